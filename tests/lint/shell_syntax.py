#!/usr/bin/env python3
"""Example: tests/lint/shell_syntax.py

Checks each bash script: `bash -n`, `set -euo pipefail`, the executable bit.
"""

import os
import re
import subprocess
from pathlib import Path

import common


def scripts(root):
    places = [p for p in root.iterdir() if p.name in common.SOURCE_DIRS + (".ci",)]
    for place in places:
        for directory, names, files in os.walk(place):
            names[:] = [n for n in names if not n.startswith("build") and n != "__pycache__"]
            for name in files:
                path = Path(directory, name)
                if path.suffix in ("", ".sh") and path.is_file():
                    with open(path, "rb") as file:
                        if re.match(rb"#!.*\b(?:ba)?sh\b", file.readline(80)):
                            yield path.relative_to(root)


def main():
    args = common.arguments(__doc__).parse_args()
    findings = common.Findings()
    found = sorted(scripts(args.root))
    for path in found:
        result = subprocess.run(["bash", "-n", args.root / path], capture_output=True, text=True)
        if result.returncode:
            line = re.search(r"line (\d+): (.*)", result.stderr)
            findings.add(path, line.group(1) if line else 1, line.group(2) if line else result.stderr.strip(), "repair the syntax")
        if "set -euo pipefail" not in (args.root / path).read_text():
            findings.add(path, 1, "goes on after an error", "begin it with: set -euo pipefail")
        if not os.access(args.root / path, os.X_OK):
            findings.add(path, 1, "is not executable", f"chmod +x {path}")
    findings.finish(len(found), "scripts")


if __name__ == "__main__":
    main()
