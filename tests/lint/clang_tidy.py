#!/usr/bin/env python3
"""Example: TUNIC_LINT_BASE=origin/main tests/lint/clang_tidy.py --build build

Runs clang-tidy on what changed since a revision (TUNIC_LINT_BASE, default HEAD~1), two files at a time: the changed .cpp
files and, for a changed header, one .cpp that includes it. Starts no new file after --seconds, and says which it left out.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import common

TOOL = "clang-tidy-19"


def git(root, *words):
    return subprocess.run(["git", "-C", root, *words], capture_output=True, text=True)


def changed_files(root):
    base = os.environ.get("TUNIC_LINT_BASE") or "HEAD~1"
    if git(root, "rev-parse", "--git-dir").returncode:
        common.skip("this is no git checkout, so nothing says what changed; use --all")
    names = git(root, "ls-files", "--others", "--exclude-standard").stdout.split()
    if git(root, "rev-parse", "--verify", "--quiet", base + "^{commit}").returncode == 0:
        names += git(root, "diff", "--name-only", "--diff-filter=d", base).stdout.split()
    elif os.environ.get("TUNIC_LINT_BASE"):
        print(f"TUNIC_LINT_BASE={base} is no revision here\n  Fix: fetch it, or name another")
        raise SystemExit(3)
    else:
        names += git(root, "ls-files").stdout.split()  # the first commit: everything is new
    return {Path(n) for n in names}


def select(root, compiled, changed):
    """The translation units to look at: product first, tests last."""
    chosen = {p for p in compiled if p in changed}
    for header in (p for p in changed if p.suffix == ".hpp"):
        twin = header.with_suffix(".cpp")
        including = [p for p in compiled if re.search(rf'#include ["<][^">]*\b{re.escape(header.name)}[">]', (root / p).read_text())]
        if twin not in chosen and including and not chosen.intersection(including):
            chosen.add(twin if twin in including else min(including, key=lambda p: (p.parent != header.parent, p)))
    return sorted(chosen, key=lambda p: (p.parts[0] == "tests", p))


def main():
    parser = common.arguments(__doc__, build=True)
    parser.add_argument("--all", action="store_true", help="every .cpp, without a limit of time")
    parser.add_argument("--seconds", type=int, default=200, help="start no new file after this time (default 200)")
    parser.add_argument("files", nargs="*", type=Path, help="these .cpp files instead of what changed")
    args = parser.parse_args()
    build = args.build or args.root / "build"
    if not shutil.which(TOOL):
        common.skip(f"{TOOL} is not installed (tools/deps lint)")
    database = build / "compile_commands.json"
    if not database.is_file():
        print(f"{database}:1: missing\n  Fix: build first: tests/run")
        raise SystemExit(3)
    root = args.root.resolve()
    compiled = set()
    for entry in json.loads(database.read_text()):
        path = Path(os.path.normpath(Path(entry["directory"], entry["file"])))
        if path.is_relative_to(root) and path.exists():
            compiled.add(path.relative_to(root))
    if args.files:
        files = [p.resolve().relative_to(root) for p in args.files]
    elif args.all:
        files = sorted(compiled)
    else:
        files = select(root, compiled, changed_files(root))
    deadline = None if args.all or args.files else time.monotonic() + args.seconds
    findings = common.Findings()
    seen, left_out = set(), []

    def tidy(path):
        if deadline and time.monotonic() > deadline:
            return None
        return subprocess.run([TOOL, "--quiet", "-p", build, root / path], cwd=root, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, result in zip(files, pool.map(tidy, files)):
            if result is None:
                left_out.append(path)
                continue
            found = re.findall(r"^(.+?):(\d+):\d+: (?:error|warning): (.*?) \[([\w.,-]+)\]$", result.stdout, re.M)
            for where, line, what, check in found:
                where = os.path.relpath(os.path.join(build, where), root)
                check = check.split(",")[0]
                if (where, line, check) not in seen:
                    seen.add((where, line, check))
                    findings.add(where, line, f"{what} [{check}]", f"as it says; or, with a reason beside it, // NOLINT({check})")
            if result.returncode and not found:
                findings.add(path, 1, f"{TOOL} failed: {(result.stdout + result.stderr).strip()[-400:]}", "see its message")
    if left_out:
        print(f"not looked at, for lack of time: {len(left_out)} files, from {left_out[0]} on; run tests/lint/clang_tidy.py --all")
    findings.finish(len(files) - len(left_out), "files")


if __name__ == "__main__":
    main()
