#!/usr/bin/env python3
"""Example: tests/script/drill_test.py DrillTest.test_broken_scripts_have_a_place

tunic drill as its users call it: what it prints and writes, its exit codes, and that nothing depends on the number of jobs.
Without privileges, and within five seconds of processor time for all of our scripts.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TUNIC_BUILD_ROOT", HERE.parents[1] / "build"))
TUNIC = str(BUILD / "tools/tunic/tunic")
NOBODY = 65534
GOOD = """0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.01 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
"""
WRITE = GOOD + "+0 write(4, ..., 100) = 100\n"


def drill(*words, seconds=60):
    """Runs it as an ordinary user, where this one may become one and that one may come here."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    done = subprocess.run([TUNIC, "drill", *map(str, words)], capture_output=True, timeout=120, preexec_fn=limit, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class DrillTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tunic drill ")))
        self.folder.chmod(0o777)

    def script(self, text, name="s.pkt"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def outcome(self, text, *words):
        """Passed or failed, with the reason."""
        status, out, err = drill(self.script(text), *words, "--json")
        self.assertEqual(err, "")
        result = json.loads(out.splitlines()[0])
        self.assertEqual(status, 0 if result["result"] == "passed" else 1)
        return result["result"], result["reason"].removeprefix(f"{self.folder}/")

    def test_all_scripts_pass_in_little_time(self):
        status, out, err = drill(HERE, seconds=5)
        self.assertEqual((status, err), (0, ""), out)
        count = len(list(HERE.rglob("*.pkt")))
        self.assertEqual(out.splitlines()[-1], f"{count} passed, 0 failed, 0 skipped")

    def test_the_readme_lists_the_scripts_of_each_chapter_in_order(self):
        listed = re.findall(r"^\| \[.*?\]\((.*?\.pkt)\)", (HERE / "README.md").read_text(), re.MULTILINE)
        self.assertEqual(listed, sorted(str(path.relative_to(HERE)) for path in HERE.glob("*/*.pkt")))

    def test_the_output_is_the_same_with_any_number_of_jobs(self):
        self.script(WRITE + "+0 > . 1:101(100) ack 1\n", "wrong.pkt")
        for words in ([], ["--json"], ["--trace"], ["--strict"]):
            first = drill(HERE, self.folder, *words, "-j1")
            self.assertEqual(first[0], 1)
            for jobs in ("-j2", "-j7"):
                self.assertEqual(drill(HERE, self.folder, *words, jobs), first)

    def test_files_are_the_same_with_any_number_of_jobs(self):
        written = []
        for jobs in ("1", "5"):
            junit, captures = self.folder / f"{jobs}.xml", self.folder / f"captures {jobs}"
            status, _, err = drill(HERE, "-j", jobs, "--junit", junit, "--pcap", captures)
            self.assertEqual((status, err), (0, ""))
            written.append((junit.read_bytes(), {path.name: path.read_bytes() for path in captures.iterdir()}))
        self.assertEqual(written[0], written[1])
        self.assertEqual(len(written[0][1]), len(list(HERE.rglob("*.pkt"))))
        for capture in written[0][1].values():
            self.assertEqual(capture[:4], b"\x0a\x0d\x0d\x0a")  # a section header of pcapng

    def test_json_has_an_object_for_each_script_and_ends_with_the_total(self):
        self.script(GOOD, "1 good.pkt")
        self.script(WRITE, "2 with more to say.pkt")
        self.script(WRITE + "+0 > . 1:101(100) ack 1\n", "3 wrong.pkt")
        self.script("--ip_version=ipv6\n" + GOOD, "4 elsewhere.pkt")
        status, out, _ = drill(self.folder, "--json")
        *objects, total = out.splitlines()
        results = [json.loads(line) for line in objects]
        self.assertEqual([r["result"] for r in results], ["passed", "passed", "failed", "skipped"])
        self.assertEqual(Path(results[0]["path"]).name, "1 good.pkt")
        self.assertEqual(results[0]["reason"], "")
        self.assertEqual(results[1]["left_over"], ["0.010000 > P. 1:101(100) ack 1 win 65535"])
        self.assertIn("3 wrong.pkt:9: flags: expected ., live P.", results[2]["reason"])
        self.assertEqual((status, total), (1, "2 passed, 1 failed, 1 skipped"))

    def test_junit_tells_the_same(self):
        self.script(GOOD, "good.pkt")
        self.script(WRITE + "+0 > . 1:101(100) ack 1 <nop,nop,nop,nop>\n", "wrong & <strange>.pkt")
        self.script("--ip_version=ipv6\n" + GOOD, "elsewhere.pkt")
        junit = self.folder / "out.xml"
        drill(self.folder, "--junit", junit)
        suite = xml.parse(junit).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("3", "1", "1"))
        cases = {case.get("name"): case for case in suite}
        self.assertIsNone(cases["good"].find("failure"))
        self.assertIsNotNone(cases["elsewhere"].find("skipped"))
        self.assertIn("<nop,nop,nop,nop>", cases["wrong & <strange>"].find("failure").text)

    def test_a_failure_tells_its_story(self):
        status, out, _ = drill(self.script(WRITE + "+0 > . 1:101(100) ack 1\n"))
        self.assertEqual(status, 1)
        for part in ("SYN-RECEIVED -> ESTABLISHED", "s.pkt:9: flags: expected ., live P.",
                     "expected: +0 > . 1:101(100) ack 1", "live:     0.010000 > P. 1:101(100) ack 1", "because:  ", "RFC "):
            self.assertIn(part, out)
        self.assertEqual(out.splitlines()[-1], "0 passed, 1 failed, 0 skipped")

    def test_trace_shows_all_events(self):
        status, out, _ = drill(self.script(GOOD), "--trace")
        self.assertEqual(status, 0)
        self.assertIn("SYN-RECEIVED -> ESTABLISHED", out)
        self.assertIn("RFC 9293 §3.10.7.2", out)

    def test_a_single_script_has_a_single_capture(self):
        capture = self.folder / "one.pcapng"
        drill(self.script(GOOD), "--pcap", capture)
        self.assertEqual(capture.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")

    def test_exit_codes(self):
        good = self.script(GOOD, "good.pkt")
        self.assertEqual(drill(good)[0], 0)
        self.assertEqual(drill(good, self.script("0 nonsense", "bad.pkt"))[0], 1)
        (self.folder / "empty").mkdir()
        for words in ([self.folder / "nowhere.pkt"], [self.folder / "empty"], [good, "--nonsense"], [good, "--psh=odd"],
                      [good, "-j0"], [good, "--profile", "cpm"], []):
            status, out, err = drill(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertNotEqual(err, "", words)
        self.assertEqual(drill(good, "--junit", self.folder / "no" / "folder.xml")[0], 3)

    def test_options_change_what_is_compared(self):
        lines = WRITE + "+0 > . 1:101(100) ack 1\n"
        self.assertEqual(self.outcome(lines)[0], "failed")
        self.assertEqual(self.outcome(lines, "--psh=lenient")[0], "passed")
        late = WRITE + "+.02 > P. 1:101(100) ack 1\n"
        self.assertEqual(self.outcome(late)[1], "s.pkt:9: time: expected 0.030000, live 0.010000")
        self.assertEqual(self.outcome(late, "--tolerance", "20ms")[0], "passed")
        joined = GOOD + "+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1\n"
        self.assertEqual(self.outcome(joined)[0], "passed")
        self.assertEqual(self.outcome(joined, "--strict")[0], "failed")
        self.assertEqual(self.outcome(joined, "--profile", "freebsd")[0], "failed")
        self.assertEqual(self.outcome("--strict_segments\n" + joined)[0], "failed")
        named = WRITE.replace("100", "SIZE") + "+0 > P. 1:101(SIZE) ack 1\n"
        self.assertEqual(self.outcome(named.replace("mss SIZE0", "mss 1000"), "-D", "SIZE=100")[0], "passed")
        offered = GOOD.replace("<mss 1460>", "<mss 1460,nop,nop,sackOK>").replace("<mss 1000>", "<mss 1000,nop,nop,sackOK>")
        self.assertEqual(self.outcome(offered)[0], "passed")
        self.assertEqual(self.outcome(offered, "--set", "net.ipv4.tcp_sack=0")[0], "failed")

    def test_broken_scripts_have_a_place(self):
        for text, reason in (
                ('0 setsockopt(3, 1, 1, "text, 4) = 0', "s.pkt:1:23: the text has no end: expected '\"'"),
                ("0 `true", "s.pkt:1:3: a command begins here and has no end: expected '`'"),
                ("0 %{ assert 1", "s.pkt:1:3: a piece of code begins here and has no end: expected '}%'"),
                ("0 frobnicate(3) = 0", "s.pkt:1:3: there is no call 'frobnicate'"),
                ("--frobnicate\n0 `true`", "s.pkt:1:3: there is no option --frobnicate"),
                (GOOD + "+0 < . 1:2(3) ack 1 win 5", "s.pkt:8:12: 1:2 are 1 octets"),
                (GOOD + "+0 < . 1:1(0) ack 1 win 99999", "s.pkt:8:25: the window is at most 65535"),
                (GOOD + "+0 < . 1:1(0) ack 1 win 5 <odd 3>", "s.pkt:8:28: expected an option"),
                (GOOD + "+0 `frobnicate`", "s.pkt:8:1: the command 'frobnicate' is not understood, and nothing is given"),
                ("", "s.pkt:1:1: expected an event")):
            result, said = self.outcome(text)
            self.assertEqual(result, "failed")
            self.assertTrue(said.startswith(reason), said)

    def test_ten_megabytes_of_noise_fail_with_a_place(self):
        noise = bytes((i * i * 31 + i // 7) % 256 for i in range(10_000)) * 1000
        self.assertRegex(self.outcome(noise)[1], r"^s.pkt:1:1: expected ")
        self.assertRegex(self.outcome(GOOD.encode() + b"+0 " + noise)[1], r"^s.pkt:8:\d+: expected ")

    def test_help_is_about_this_command(self):
        status, out, _ = drill("--help")
        self.assertEqual(status, 0)
        for word in ("--profile", "--strict", "--psh", "--tolerance", "--json", "--junit", "--jobs", "--trace", "--pcap", "--set"):
            self.assertIn(word, out)


if __name__ == "__main__":
    if not os.access(TUNIC, os.X_OK):
        print("skipped: tunic is not built")
        sys.exit(77)
    unittest.main()
