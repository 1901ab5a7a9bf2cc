#!/usr/bin/env python3
"""Example: tests/lint/format.py --fix

Checks the layout of all .cpp and .hpp against .clang-format; --fix repairs it.
"""

import re
import shutil
import subprocess

import common

TOOL = "clang-format-19"


def main():
    parser = common.arguments(__doc__)
    parser.add_argument("--fix", action="store_true", help="rewrite the files")
    args = parser.parse_args()
    if not shutil.which(TOOL):
        common.skip(f"{TOOL} is not installed (tools/deps lint)")
    findings = common.Findings()
    files = common.sources(args.root, ".cpp", ".hpp", ".h", ".cc")
    if files and args.fix:
        subprocess.run([TOOL, "-i", *files], cwd=args.root, check=True)
    elif files:
        result = subprocess.run([TOOL, "--dry-run", "-Werror", *files], cwd=args.root, capture_output=True, text=True)
        seen = set()
        for path, line in re.findall(r"^(.+?):(\d+):\d+: error:", result.stderr, re.M):
            if path not in seen:  # the first place of a file is enough
                seen.add(path)
                findings.add(path, line, "not formatted as .clang-format says", f"{TOOL} -i {path}")
        if result.returncode and not seen:
            print(result.stderr)
            raise SystemExit(result.returncode)
    findings.finish(len(files), "files")


if __name__ == "__main__":
    main()
