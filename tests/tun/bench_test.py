#!/usr/bin/env python3
"""Example: tests/tun/bench_test.py BenchTest.test_all_contestants_are_in_the_document

tunic bench, very short: that everything runs and the shape of what it prints. Never how fast anything is.
"""

import json
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

from tunic_program import TUNIC, read_until, run, skip_unless_able

EVERYTHING = {
    "send": {"tunic", "tunic-plain", "kernel", "null", "null-plain"},
    "receive": {"tunic", "tunic-plain", "kernel", "null", "null-plain"},
    "send-8": {"tunic", "kernel"},
    "receive-8": {"tunic", "kernel"},
    "round-trip": {"tunic", "tunic-spinning", "kernel", "null", "null-spinning"},
    "connections": {"tunic", "kernel", "null"},
    "connections-64": {"tunic", "kernel", "null"},
    "crowd": {"tunic", "kernel"},
    "pair": {"tunic"},
    "beside": {"tunic"},
    "endpoints": {"tunic"},
}


class BenchTest(unittest.TestCase):
    def test_all_contestants_are_in_the_document(self):
        done = run(TUNIC, "bench", "--quick", "--idle", "20", "--time-wait", "20", "--json", timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        document = json.loads(done.stdout)
        seen = {}
        for one in document["runs"]:
            self.assertNotIn("error", one)
            self.assertTrue(one["metrics"], one)
            seen.setdefault(one["measurement"], set()).add(one["contestant"])
        self.assertEqual(seen, EVERYTHING)
        for goal in document["goals"]:
            self.assertEqual(goal["reached"], goal["value"] >= goal["at_least"] if "at_least" in goal
                             else goal["value"] <= goal["at_most"], goal)
        self.assertIn("round 1 of 1: send, tunic;", done.stderr.decode())

    def test_only_what_was_named_is_in_the_table(self):
        done = run(TUNIC, "bench", "--quick", "--only", "round-trip,kernel,null", timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        lines = done.stdout.decode().splitlines()
        self.assertEqual(lines[0].split(), ["medians", "kernel", "null", "tunic/kernel", "tunic/null", "plain/null"])
        self.assertRegex(lines[1], r"^round trip, p50 us +[0-9.*]+ +[0-9.*]+ +- +- +-$")

    def test_a_signal_ends_it_with_what_there_is(self):
        bench = subprocess.Popen([TUNIC, "bench", "--quick", "--rounds", "1000", "--only", "pair"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        read_until(bench.stderr, "round 2 of 1000")
        bench.send_signal(signal.SIGINT)
        table, _ = bench.communicate(timeout=20)
        self.assertEqual(bench.returncode, 128 + signal.SIGINT)
        self.assertIn("in memory, Gbit/s", table)

    def test_a_run_that_fails_is_named(self):
        bench = subprocess.Popen([TUNIC, "bench", "--rounds", "1", "--seconds", "60", "--only", "round-trip,null"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.kill(self.server_of(bench.pid), signal.SIGKILL)
        table, _ = bench.communicate(timeout=60)
        self.assertEqual(bench.returncode, 4)
        self.assertRegex(table, r"round-trip, null: \w")

    def server_of(self, bench):
        """The child of a child: bench, client, server. It must come to be within ten seconds."""
        def children(process):
            try:
                return Path(f"/proc/{process}/task/{process}/children").read_text().split()
            except FileNotFoundError:
                return []  # it has ended

        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            for client in children(bench):
                for server in children(client):
                    return int(server)
            time.sleep(0.01)
        self.fail("there is no server")

    def test_without_a_tun_device_it_says_so(self):
        script = 'mount -t tmpfs none /dev/net && exec "$0" bench --quick --only "$1"'
        for only, said in ("send", ""), ("send,pair", "in memory, Gbit/s"):
            done = run("unshare", "--mount", "sh", "-c", script, TUNIC, only, timeout=30)
            self.assertEqual(done.returncode, 3)
            self.assertIn("mknod -m 0666 /dev/net/tun c 10 200", done.stderr.decode())
            self.assertIn(said, done.stdout.decode())

    def test_nothing_is_left_of_a_thousand_endpoints(self):
        done = run(TUNIC, "bench", "--quick", "--only", "endpoints", "--idle", "100", "--json", timeout=60)
        self.assertEqual(json.loads(done.stdout)["runs"][0]["metrics"]["left_over"], 0)


if __name__ == "__main__":
    skip_unless_able()
    unittest.main(verbosity=2)
