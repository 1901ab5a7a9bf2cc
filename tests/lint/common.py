"""What the lints share: which files there are, source text without comments and strings, how a finding is printed."""

import argparse
import os
import re
import sys
from pathlib import Path

SOURCE_DIRS = ("stack", "tun", "tools", "tests")
SKIP = 77  # Meson's exit status for a skipped test


def arguments(description, build=False):
    """Example and purpose come from the lint's doc string; --root lets the self-test point at a tree of its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="the source tree")
    if build:
        parser.add_argument("--build", type=Path, help="the build directory (default: build/ in the tree)")
    return parser


def sources(root, *suffixes, dirs=SOURCE_DIRS):
    """All files with these suffixes, as sorted paths relative to root."""
    found = []
    for top in dirs:
        for directory, names, files in os.walk(root / top):
            names[:] = [n for n in names if not n.startswith((".", "build", "__pycache__"))]
            found += [Path(directory, f).relative_to(root) for f in files if f.endswith(suffixes)]
    return sorted(found)


TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)


def code_only(text):
    """The text with comments and literals blanked out, lines kept; #include lines stay."""

    def blank(match):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.group().startswith('"') and re.match(r"[ \t]*#[ \t]*include", text[line_start:match.start()]):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Findings:
    def __init__(self):
        self.count = 0

    def add(self, path, line, what, fix):
        self.count += 1
        print(f"{path}:{line}: {what}\n  Fix: {fix}")

    def finish(self, looked_at, what):
        """Prints the verdict and ends with it as exit status."""
        print(f"{looked_at} {what} checked, {self.count} findings")
        sys.exit(1 if self.count else 0)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)
