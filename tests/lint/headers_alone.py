#!/usr/bin/env python3
"""Example: tests/lint/headers_alone.py

Compiles each header alone, two at a time. The installed ones see nothing but the installed headers.
"""

import concurrent.futures
import re
import subprocess

import common


def compile_alone(root, path):
    public = [f"-I{root}/stack/include"]
    if path.is_relative_to("tun/include"):
        public.append(f"-I{root}/tun/include")
    internal = [f"-I{root}/{d}" for d in ("stack/include", "stack", "tun/include", "tools/include", "tools", ".")]
    installed = path.is_relative_to("stack/include") or path.is_relative_to("tun/include")
    command = ["g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++", "-", "-I/usr/include/libnl3"]
    program = f'#include "{root / path}"\n'
    return subprocess.run(command + (public if installed else internal), input=program, capture_output=True, text=True)


def main():
    args = common.arguments(__doc__).parse_args()
    findings = common.Findings()
    headers = common.sources(args.root, ".hpp", ".h")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, result in zip(headers, pool.map(lambda h: compile_alone(args.root, h), headers)):
            if result.returncode == 0:
                continue
            first = re.search(r"([^\s:]+):(\d+):\d+: (?:fatal )?error: (.*)", result.stderr)
            where, line, why = first.groups() if first else (path, 1, result.stderr.strip().splitlines()[0])
            where = str(where).removeprefix(f"{args.root}/")
            what = f"{path} does not compile alone: {why}" if where != str(path) else f"does not compile alone: {why}"
            fix = "include in it what it uses"
            if path.is_relative_to("stack/include") or path.is_relative_to("tun/include"):
                fix += " (an installed header may include installed headers only)"
            findings.add(where, line, what, fix)
    findings.finish(len(headers), "headers")


if __name__ == "__main__":
    main()
