#!/usr/bin/env python3
"""Example: tests/support/summary.py build/meson-logs/testlog.json 0

Reads Meson's log of a test run (and its exit status) and ends with the line 'N passed, N failed, N skipped'. A gtest
executable counts as its test cases, any other test as one. Skipped tests are printed with their reason, failed ones by
name, and the table of requirements whole.
"""

import json
import re
import sys

GTEST_LINE = re.compile(r"\[ +(OK|FAILED|SKIPPED) +\] ([^\s,]+).*\(\d+ ms\)$")
GTEST_RUN = re.compile(r"\[ RUN +\] (\S+)")


def gtest_cases(output):
    """Yields (name, verdict, reason) for each test case that ran; a case that never ended has failed."""
    running, said = None, []
    for line in output.splitlines():
        run = GTEST_RUN.search(line)
        end = GTEST_LINE.search(line)
        if run:
            running, said = run.group(1), []
        elif end and end.group(2) == running:
            reason = " ".join(s.strip() for s in said if s.strip() and not s.endswith(": Skipped"))
            yield running, end.group(1), reason
            running = None
        elif running:
            said.append(line)
    if running:
        yield running, "FAILED", "the program ended inside this test"


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            runs = [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        runs = []
    passed, failed, skipped = 0, [], []
    for run in runs:
        name, result = run["name"].split(" / ")[-1], run["result"]
        output = run.get("stdout") or ""
        cases = list(gtest_cases(output)) if "[==========] Running" in output else []
        for case, verdict, reason in cases:
            if verdict == "OK":
                passed += 1
            elif verdict == "SKIPPED":
                skipped.append(f"{name}: {case}: {reason or 'no reason given'}")
            else:
                failed.append(f"{name}: {case}")
        good = result in ("OK", "EXPECTEDFAIL")
        if cases and (good or any(verdict == "FAILED" for _, verdict, _ in cases)):
            continue  # the cases say it all
        if name == "requirements":
            print(output)
        if result == "SKIP":
            lines = (output + "\n" + (run.get("stderr") or "")).strip().splitlines()
            skipped.append(f"{name}: {lines[-1] if lines else 'no reason given'}")
        elif good:
            passed += 1
        else:
            failed.append(f"{name}: {result.lower()}, exit status {run.get('returncode')}")
    for line in skipped:
        print(f"skipped: {line}")
    for line in failed:
        print(f"failed: {line}")
    status = int(sys.argv[2])
    if status != 0 and not failed:
        failed.append("meson test")
        print(f"failed: meson test ended with exit status {status} without naming a test")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
