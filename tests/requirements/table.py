#!/usr/bin/env python3
"""Example: tests/requirements/table.py --build build MUST-12

Prints which tests show each requirement of table.txt, and fails where one is missing. With ids: all tests of these.

A test names what it shows in a comment directly above it (scripts: anywhere in the comment they begin with):
    // Shows: MUST-12, B25 (against), RFC 2525 §2.8
"""

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDS = {"for": {"for"}, "for against": {"for", "against"}, "deviation": {"any"}, "none": set()}
MARK = re.compile(r"\s*(?://|#) Shows: (.+)$")
COMMENT = {".cpp": re.compile(r"//"), ".py": re.compile(r"\s*#"), ".pkt": re.compile(r"//")}
TEST = {
    ".cpp": re.compile(r"(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+), (\w+)"),
    ".py": re.compile(r"\s*(?:@|def (test_\w+))"),
}


class Table:
    """The rows in their order, and what is wrong with them and with the marks."""

    def __init__(self, path):
        self.rows, self.errors = {}, []
        section = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("=="):
                section = line.strip("= ")
            elif line and not line.startswith("#"):
                fields = [field.strip() for field in line.split("|")]
                if len(fields) != 4 or fields[1] not in NEEDS or fields[2] not in ("", "not yet") or fields[0] in self.rows:
                    self.errors.append(f"{path.name}:{number}: not a row, or a second one of its id: {line}")
                    continue
                self.rows[fields[0]] = {"section": section, "needs": fields[1], "not yet": fields[2] != "",
                                        "subject": fields[3], "for": [], "against": []}

    def add(self, place, test, names):
        for name in names.split(","):
            name = name.strip()
            way = "against" if name.endswith(" (against)") else "for"
            row = self.rows.get(name.removesuffix(" (against)"))
            if row is None:
                self.errors.append(f"{place}: the table has no '{name}'")
            else:
                row[way].append(test)

    def judge(self):
        for name, row in self.rows.items():
            has = {way for way in ("for", "against") if row[way]}
            missing = NEEDS[row["needs"]] - has - ({"any"} if has else set())
            if missing and not row["not yet"]:
                said = "no test shows it" if not has else f"no test is marked '{name}{' (against)' * ('against' in missing)}'"
                self.errors.append(f"{name}: {said}. Fix: mark one, or write 'not yet' in its row")
            elif row["not yet"] and not missing:
                self.errors.append(f"{name}: has its tests. Fix: take 'not yet' out of its row")


def built_tests(build):
    """Test names as C++ and Python files spell them, and the folders whose scripts are run."""
    names, files, folders = set(), set(), []
    for test in json.loads((build / "meson-info/intro-tests.json").read_text()):
        words = [Path(word) for word in test["cmd"]]
        files.update(word.resolve() for word in words if word.suffix == ".py")
        folders += [word.resolve() for word in words[1:] if "drill" in test["cmd"] and word.is_dir()]
        if len(words) == 1 and build.resolve() in words[0].resolve().parents:
            listed = subprocess.run([words[0], "--gtest_list_tests"], capture_output=True, text=True, timeout=60, check=True)
            suite = ""
            for line in listed.stdout.splitlines():
                name = line.split("#")[0].rstrip()
                if not line.startswith(" "):
                    parts = name.rstrip(".").split("/")  # Instance/Suite of a TEST_P, Suite/0 of a TYPED_TEST
                    suite = parts[1] if len(parts) > 1 and not parts[1].isdigit() else parts[0]
                else:
                    names.add(f"{suite}.{name.strip().split('/')[0]}")
    return names, files, folders


def read_marks(path, root, table, names, files, folders):
    """Adds the marks of one file."""
    place, kind = path.relative_to(root), path.suffix
    pending = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark = MARK.match(line)
        if mark:
            pending.append((number, mark.group(1)))
        elif not pending or COMMENT[kind].match(line):
            continue
        else:
            test = TEST[kind].match(line) if kind in TEST else None
            if kind == ".pkt":
                name, runs = str(place), any(folder in path.resolve().parents for folder in folders)
            elif test is None:
                table.errors += [f"{place}:{at}: 'Shows:' stands above no test" for at, _ in pending]
                pending = []
                continue
            elif kind == ".py":
                if test.group(1) is None:
                    continue  # a decorator
                name, runs = f"{path.stem}.{test.group(1)}", path.resolve() in files
            else:
                name, runs = f"{test.group(1)}.{test.group(2)}", f"{test.group(1)}.{test.group(2)}" in names
            if not runs:
                table.errors.append(f"{place}:{number}: {name} is in no test program")
            for at, shown in pending:
                table.add(f"{place}:{at}", name, shown)
            pending = []
    table.errors += [f"{place}:{at}: 'Shows:' stands above no test" for at, _ in pending]


def print_table(table):
    counts = defaultdict(lambda: [0, 0, 0, 0])
    section = None
    for name, row in table.rows.items():
        if row["section"] != section:
            section = row["section"]
            print(f"\n{section}\n{'':20}{'for':>4}{'against':>9}")
        tests = row["for"] + row["against"]
        state = "not yet" if row["not yet"] else row["needs"] if row["needs"] in ("deviation", "none") else ""
        against = len(row["against"]) if row["against"] or "against" in row["needs"] else ""
        print(f"{name:20}{len(row['for']):>4}{against:>9}  {state:10}{row['subject']}" + (f"  [{tests[0]}]" if tests else ""))
        counts[section][0 if state == "" else 1 + ("deviation", "none", "not yet").index(state)] += 1
    print()
    for section, (shown, deviations, nothing, missing) in counts.items():
        print(f"{section}: {shown} with tests, {deviations} deviations, {nothing} without anything to show, {missing} not yet")
    missing = [name for name, row in table.rows.items() if row["not yet"]]
    print(f"Not yet: {', '.join(missing) or 'none'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", help="print all tests of these requirements")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build directory (default: build/ in the tree)")
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree")
    args = parser.parse_args()

    table = Table(args.root / "tests/requirements/table.txt")
    known = built_tests(args.build)
    for path in sorted((args.root / "tests").rglob("*")):
        if path.suffix in COMMENT and "requirements" not in path.parts and "corpus" not in path.parts:
            read_marks(path, args.root, table, *known)
    table.judge()
    if args.ids:
        for name in args.ids:
            row = table.rows.get(name)
            if row is None:
                parser.error(f"the table has no '{name}'")
            print(f"{name}: {row['subject']}")
            for way in ("for", "against"):
                print("".join(f"  {way:8} {test}\n" for test in row[way]), end="")
        return 0
    print_table(table)
    for error in table.errors:
        print(f"requirements: {error}", file=sys.stderr)
    return 1 if table.errors else 0


if __name__ == "__main__":
    sys.exit(main())
