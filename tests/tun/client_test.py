#!/usr/bin/env python3
"""Example: TUNIC_FULL=1 tests/tun/client_test.py GetTest

tunic get and nc with the kernel's own programs as peers. Sizes are small unless TUNIC_FULL=1.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from tunic_program import FULL, TUNIC, read_until, run, skip_unless_able

PEER = [sys.executable, str(Path(__file__).with_name("client_peer.py"))]
WEB = [sys.executable, "-m", "http.server", "8000"]
MB = 1_000_000
BAD_LINK = ["--drop-chance", "5", "--reorder-chance", "5", "--duplicate-chance", "2", "--corrupt-chance", "1"]


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tunic test ")))

    def tunic(self, *words, status=0, timeout=120, **options):
        done = run(TUNIC, *words, timeout=timeout, **options)
        self.assertEqual(done.returncode, status, done.stderr.decode()[-2000:])
        return done

    def file(self, name, size):
        path = self.folder / name
        path.write_bytes(os.urandom(size))
        return path

    def summary(self):
        return json.loads((self.folder / "log").read_text().splitlines()[-1])


class GetTest(ClientTest):
    def get(self, path, *words, server=WEB, **options):
        return self.tunic("get", f"http://10.9.0.1:8000/{path}", *words, "--", *server, cwd=self.folder, **options)

    def test_a_file_arrives_bit_exact(self):
        source = self.file("F", 100 * MB if FULL else 10 * MB)
        self.get("F", "-o", "copy", "--log", "log", "--json" if not FULL else "--trace")
        self.assertTrue((self.folder / "copy").read_bytes() == source.read_bytes())
        if not FULL:
            self.assertEqual((self.summary()["connections_open"], self.summary()["bytes_queued"]), (0, 0))

    def test_the_document_goes_to_stdout_alone(self):
        (self.folder / "F").write_text("content\n")
        for option in ("--trace", "--json"):
            self.assertEqual(self.get("F", option).stdout, b"content\n")

    def test_a_slow_reader_gets_it_all(self):
        source = self.file("F", 3 * MB)
        script = f'"{TUNIC}" get http://10.9.0.1:8000/F -- "$@" | {{ sleep 1; cat; }}'
        done = run("bash", "-c", script, "bash", *WEB, cwd=self.folder)
        self.assertTrue(done.stdout == source.read_bytes(), done.stderr)

    def test_a_bad_link_changes_nothing(self):
        source = self.file("F", MB)
        self.get("F", *BAD_LINK, "-o", "copy", "--json", "--log", "log")
        self.assertTrue((self.folder / "copy").read_bytes() == source.read_bytes())
        self.assertGreater(self.summary()["drops"].get("LinkDrop", 0), 0)

    def test_a_long_download_tells_how_far_it_is(self):
        self.file("F", MB)
        self.assertRegex(self.get("F", "--rate", "4Mbit").stderr, rb"tunic: \d+\.\d of 1\.0 MB, \d+\.\d MB/s\n")

    def test_chunks_are_put_together(self):
        self.assertEqual(self.get("", server=[*PEER, "chunked", "8000"]).stdout, b"hello world")

    def test_failures_of_the_peer_have_their_exit_code(self):
        for server, named in ((WEB, b"the server says 404 File not found"),
                              ([*PEER, "cut", "8000"], b"it ended before its body was complete"),
                              ([*PEER, "reset", "8000"], b"reset"),
                              (["sleep", "60"], b"connection refused")):
            began = time.monotonic()
            said = self.get("nothing", server=server, status=4).stderr
            self.assertIn(named, said)
            self.assertIn(b"\n  Fix: ", said)
            self.assertLess(time.monotonic() - began, 10)

    def test_without_a_command_a_refusal_is_final(self):
        began = time.monotonic()
        self.tunic("get", "http://10.9.0.1:8000/", status=4)
        self.assertLess(time.monotonic() - began, 1.5)

    def test_mistakes_are_named_with_a_fix(self):
        for words, status, named in ((["get", "http://10.9.0.255/"], 2, "10.9.0.255"),
                                     (["get", "http://10.9.0.1/", "-o", "/nosuch/f"], 3, "/nosuch/f"),
                                     (["nc", "224.0.0.1", "7"], 2, "224.0.0.1"),
                                     (["nc", "10.9.0.1", "7", "--", "no-such-program"], 3, "no-such-program")):
            said = self.tunic(*words, status=status).stderr.decode()
            self.assertIn(named, said)
            self.assertIn("\n  Fix: ", said)


class NcTest(ClientTest):
    def nc(self, *words, peer, data=b"", **options):
        return self.tunic("nc", *words, "--", *PEER, *peer, input=data, **options)

    def test_what_goes_out_comes_back(self):
        data = os.urandom(20 * MB if FULL else 2 * MB)
        self.assertTrue(self.nc("10.9.0.1", "7000", peer=["echo", "7000"], data=data).stdout == data)

    def test_a_listener_takes_one_connection(self):
        data = os.urandom(MB)
        done = self.nc("-l", "7000", *BAD_LINK, peer=["echo", "10.9.0.2", "7000"], data=data)
        self.assertTrue(done.stdout == data)

    def test_all_is_sent_to_a_peer_that_ended_first(self):
        data = os.urandom(MB)
        self.assertIn(b"1000000 octets came", self.nc("10.9.0.1", "7000", peer=["early", "7000"], data=data).stderr)

    def test_a_reset_is_a_failure_of_the_peer(self):
        said = self.nc("10.9.0.1", "7000", peer=["reset", "7000"], data=os.urandom(MB), status=4).stderr
        self.assertIn(b"the connection with 10.9.0.1:7000 failed: ", said)

    def test_a_command_that_does_not_connect_ends_the_wait(self):
        self.tunic("nc", "-l", "7000", "--", "true", status=4)

    def test_a_signal_ends_it_with_its_number(self):
        nc = subprocess.Popen([TUNIC, "nc", "-l", "7000"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        read_until(nc.stderr, "listening on 10.9.0.2:7000")
        nc.send_signal(signal.SIGINT)
        nc.communicate(timeout=20)
        self.assertEqual(nc.returncode, 128 + signal.SIGINT)

    def test_the_command_ends_with_it(self):
        nc = subprocess.Popen([TUNIC, "nc", "-l", "7000", "--", "sh", "-c", "echo $$ >&2; sleep 600"],
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        pid = int(nc.stderr.readline())
        nc.send_signal(signal.SIGTERM)
        nc.communicate(timeout=20)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


if __name__ == "__main__":
    skip_unless_able()
    unittest.main(verbosity=2)
