#!/usr/bin/env python3
"""Example: tests/lint/file_length.py

A file of stack/ with more than 500 lines is a reason to look for the missing part. long_files.txt names the exceptions, one
`path: reason` a line.
"""

import common

LIMIT = 500


def main():
    args = common.arguments(__doc__).parse_args()
    findings = common.Findings()
    exceptions = {}
    table = args.root / "tests/lint/long_files.txt"
    if table.is_file():
        for line in table.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                path, _, reason = line.partition(":")
                exceptions[path.strip()] = reason.strip()
    files = common.sources(args.root, ".hpp", ".cpp", dirs=("stack",))
    for path in files:
        lines = (args.root / path).read_text().count("\n")
        if lines > LIMIT and not exceptions.get(str(path)):
            findings.add(path, LIMIT + 1, f"{lines} lines, more than {LIMIT}",
                         "find the missing part, or give the reason in tests/lint/long_files.txt")
    findings.finish(len(files), "files")


if __name__ == "__main__":
    main()
