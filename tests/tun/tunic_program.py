"""What the tests of the tunic program share: where it is, whether this machine can run it, and waiting for its output."""

import json
import os
import subprocess
import sys
from pathlib import Path

SKIP = 77  # Meson's exit status for a skipped test
BUILD = Path(os.environ.get("TUNIC_BUILD_ROOT", Path(__file__).resolve().parents[2] / "build"))
TUNIC = str(BUILD / "tools/tunic/tunic")
FULL = os.environ.get("TUNIC_FULL") == "1"  # the sizes of the requirement instead of those for every day
OFFLOAD = os.environ.get("TUNIC_OFFLOAD")  # auto or off: how the stacks and the kernel are to exchange packets


def with_offload(command, *words):
    """A command of tunic, with --offload if the whole test is about that."""
    return [command, "--offload", OFFLOAD, *words] if OFFLOAD else [command, *words]


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
