#!/usr/bin/env python3
"""Example: tests/replay/fixtures_test.py FixturesTest.test_each_replays_at_its_level

The captures of pcap-fixtures/: what each must have beside it, that tshark, tcpdump and the stack read them, and that every one
replays at its level, all in two seconds, twice the same.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FIXTURES = ROOT / "pcap-fixtures"
TUNIC = Path(os.environ.get("TUNIC_BUILD_ROOT", ROOT / "build")) / "tools/tunic/tunic"
CAPTURES = sorted(FIXTURES.glob("*.pcap"))
LARGEST = 65536
PATIENCE = 2  # seconds of the processor's time: others may want it too


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False)


def sidecar(capture):
    return json.loads(capture.with_suffix(".json").read_text())


class FixturesTest(unittest.TestCase):
    def test_each_is_small_and_explained(self):
        readme = (FIXTURES / "README.md").read_text()
        listed = {line.split()[0] for line in run(FIXTURES / "record", "--list").stdout.splitlines()}
        for capture in CAPTURES:
            with self.subTest(capture.stem):
                said = sidecar(capture)
                self.assertLessEqual(capture.stat().st_size, LARGEST)
                self.assertIn(f"| `{capture.stem}` |", readme)
                self.assertIn(said["recipe"], listed)
                for key in ("shows", "commands", "kernel", "congestion_control", "link"):
                    self.assertTrue(said[key], key)
                self.assertEqual([replay["level"] for replay in said["replays"] if replay["level"] == "outcome"],
                                 ["outcome" for replay in said["replays"] if "reason" in replay])

    def test_there_are_enough_of_each_kind(self):
        replays = [replay for capture in CAPTURES for replay in sidecar(capture)["replays"]]
        self.assertGreaterEqual(len(CAPTURES), 22)
        self.assertGreaterEqual(sum(replay["level"] == "strict" for replay in replays), 12)
        self.assertGreaterEqual(sum(replay["role"] == "sender" for replay in replays), 12)

    def test_each_replays_at_its_level(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        first = run(TUNIC, "replay", *CAPTURES)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, PATIENCE)
        self.assertEqual(first.returncode, 0, first.stdout[-3000:])
        self.assertEqual(run(TUNIC, "replay", *CAPTURES).stdout, first.stdout)

    def test_each_has_its_screen(self):
        for capture in CAPTURES:
            with self.subTest(capture.stem):
                told = run(TUNIC, "fixture", "info", capture)
                self.assertEqual(told.returncode, 0, told.stderr)
                self.assertLess(len(told.stdout.splitlines()), 40)
                self.assertIn(sidecar(capture)["shows"], told.stdout)

    def test_a_failing_capture_shrinks_to_what_fails(self):
        with tempfile.TemporaryDirectory(prefix="tunic shrink ") as folder:
            broken = Path(folder) / "broken.pcap"
            shutil.copy(FIXTURES / "one-loss.pcap", broken)
            said = sidecar(FIXTURES / "one-loss.pcap")
            for call in said["replays"][0]["calls"]:
                if call["call"] == "write":
                    call["bytes"] = 9000  # instead of 20000: the last segment of the first window is another one
            broken.with_suffix(".json").write_text(json.dumps(said))
            before = run(TUNIC, "replay", broken).stdout
            shrunk = run(TUNIC, "fixture", "shrink", broken)
            self.assertEqual(shrunk.returncode, 0, shrunk.stderr)
            small = Path(folder) / "broken-small.pcap"
            after = run(TUNIC, "replay", small)
            self.assertEqual(after.returncode, 1)
            recorded = re.compile(r"recorded, frame \d+, [0-9.]+: (\S+ \S+)")
            self.assertEqual(recorded.search(after.stdout).group(1), recorded.search(before).group(1))
            self.assertLess(small.stat().st_size, broken.stat().st_size / 1.5)
        self.assertIn("nothing to shrink", run(TUNIC, "fixture", "shrink", FIXTURES / "one-loss.pcap").stderr)

    def test_those_that_are_strict_are_scripts_too(self):
        """One connection of TCP that replays segment by segment passes as a packet script."""
        scripts = 0
        for capture in CAPTURES:
            with self.subTest(capture.stem):
                if sidecar(capture)["replays"][0]["level"] != "strict":
                    continue
                script = run(TUNIC, "fixture", "to-script", capture)
                if script.returncode != 0:
                    self.assertIn("a script tells one connection of TCP", script.stderr + "a script could tell")
                    continue
                drilled = subprocess.run([TUNIC, "drill", "--profile", "linux", "/dev/stdin"], input=script.stdout, text=True,
                                         capture_output=True, timeout=60, check=False)
                self.assertEqual(drilled.returncode, 0, drilled.stdout[-1500:])
                scripts += 1
        self.assertGreater(scripts, 8)


if __name__ == "__main__":
    unittest.main()
