#!/usr/bin/env python3
"""Example: tests/lint/sources_named.py

Checks that each .cpp is named in the meson.build of its directory or of one above it: a forgotten file is a test that never ran.
"""

import re

import common


def named(root, path):
    directory = path.parent
    while True:
        build_file = root / directory / "meson.build"
        if build_file.is_file():
            relative = path.relative_to(directory)
            text = re.sub(r"#.*", "", build_file.read_text())
            # an example is named without its suffix
            if f"'{relative}'" in text or f"'{relative.with_suffix('')}'" in text:
                return True
        if directory == directory.parent:
            return False
        directory = directory.parent


def main():
    args = common.arguments(__doc__).parse_args()
    findings = common.Findings()
    files = common.sources(args.root, ".cpp", ".cc")
    for path in files:
        if not named(args.root, path):
            findings.add(path, 1, "no meson.build names this file", f"add '{path.name}' to {path.parent}/meson.build")
    findings.finish(len(files), "files")


if __name__ == "__main__":
    main()
