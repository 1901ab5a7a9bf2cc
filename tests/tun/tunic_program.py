"""What the tests of the tunic program share: where it is, whether this machine can run it, and waiting for its output.

Where TUNIC_OFFLOAD is set, the program takes it: the same tests with and without offloads.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SKIP = 77  # Meson's exit status for a skipped test
BUILD = Path(os.environ.get("TUNIC_BUILD_ROOT", Path(__file__).resolve().parents[2] / "build"))
TUNIC = str(BUILD / "tools/tunic/tunic")
FULL = os.environ.get("TUNIC_FULL") == "1"  # the sizes of the requirement instead of those for every day
MB = 1_000_000
BAD_LINK = ["--drop-chance", "5", "--reorder-chance", "5", "--duplicate-chance", "2", "--corrupt-chance", "1"]


class FolderTest(unittest.TestCase):
    """Each test has a folder of its own, with a blank in its name."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tunic test ")))

    def file(self, name, size):
        path = self.folder / name
        path.write_bytes(os.urandom(size))
        return path


def run(*words, timeout=120, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, timeout=timeout, **options)


def skip_unless_able():
    """Ends the test with the reason, if there is no TUN node, private network or program to test with."""
    checks = json.loads(run(TUNIC, "doctor", "--json").stdout)
    for check in checks:
        if not check["ok"] and check["check"] in ("TUN node", "private network", "programs"):
            print(f"skipped: {check['detail']} (fix: {check['fix']})")
            sys.exit(SKIP)


def read_until(stream, text):
    """Lines up to the one that contains `text`; the process must say it or end."""
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text!r} was not said, only {lines!r}")
