#!/usr/bin/env python3
"""Example: tests/linux/linux_test.py

Plays what a Linux kernel did to this stack: the scripts of this folder pass; those of differs/ do not, each of them, so that one
moves up when its time has come.
"""

import json
import os
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TUNIC = Path(os.environ.get("TUNIC_BUILD_ROOT", HERE.parents[1] / "build")) / "tools/tunic/tunic"


def play(folder):
    """For each script directly in `folder`: (passed, reason)."""
    scripts = sorted(folder.glob("*.pkt"))
    command = [TUNIC, "drill", "--profile", "linux", "--psh", "lenient", "--tolerance", "20ms", "--json", *scripts]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {Path(one["path"]).name: (one["result"] == "passed", one.get("reason")) for one in results}


class LinuxTest(unittest.TestCase):
    def test_what_the_kernel_did_this_stack_does(self):
        results = play(HERE)
        self.assertGreater(len(results), 50)
        self.assertEqual({name: reason for name, (passed, reason) in results.items() if not passed}, {})

    def test_what_is_said_to_differ_differs(self):
        passing = [name for name, (passed, _) in play(HERE / "differs").items() if passed]
        self.assertEqual(passing, [], "these pass: move them from differs/ to tests/linux")


if __name__ == "__main__":
    unittest.main()
