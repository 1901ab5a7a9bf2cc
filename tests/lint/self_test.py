#!/usr/bin/env python3
"""Example: tests/lint/self_test.py

Each lint must fail on a deliberate violation and pass without it. Makes a small tree for each, in a temporary directory.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# lint, file, its text, what the finding must say
VIOLATIONS = [
    ("layering", "stack/base/x.hpp", '#include "tcp/y.hpp"\n', "x.hpp:1: room base may not include room tcp"),
    ("layering", "stack/text/x.hpp", '\n#include "tcp/y.hpp"\n', "x.hpp:2: room text may not include room tcp"),
    ("layering", "stack/include/tunic/x.hpp", '#include "tcp/y.hpp"\n', "room api may not include room tcp"),
    ("layering", "stack/tcp/x.hpp", '#include <tunic/tun/y.hpp>\n', "room tcp may not include room tun-api"),
    ("layering", "tools/examples/x.cpp", '#include "tcp/y.hpp"\n', "room examples may not include room tcp"),
    ("layering", "stack/tcp/x.hpp", '#include "nowhere.hpp"\n', "is no file of the tree"),
    ("layering", "stack/tcp/x.cpp", "#include <tins/tins.h>\n", "does not belong here"),
    ("layering", "tools/tunic/x.hpp", "#include <CLI/CLI.hpp>\n", "does not belong here"),
    ("pure", "stack/tcp/x.hpp", "#include <unistd.h>\n", "x.hpp:1: <unistd.h> is not on the list"),
    ("pure", "stack/tcp/x.hpp", "#include <sys/socket.h>\n", "not on the list"),
    ("pure", "stack/tcp/x.hpp", "#include <iostream>\n", "not on the list"),
    ("pure", "stack/tcp/x.hpp", "auto t = std::chrono::steady_clock::now();\n", "reads no clock"),
    ("pure", "stack/tcp/x.hpp", "auto t = time(nullptr);\n", "reads no clock"),
    ("pure", "stack/tcp/x.hpp", "int r = std::rand();\n", "randomness"),
    ("pure", "stack/tcp/x.hpp", "std::random_device d;\n", "randomness"),
    ("pure", "stack/tcp/x.hpp", 'auto e = getenv("HOME");\n', "environment"),
    ("pure", "stack/tcp/x.hpp", "int e = errno;\n", "errno"),
    ("pure", "stack/tcp/x.hpp", "std::atomic<int> a;\n", "no thread"),
    ("pure", "stack/tcp/x.hpp", "int a;\ndouble d;\n", "x.hpp:2: `double`: floating point"),
    ("pure", "stack/tcp/x.hpp", "auto d = 0.5;\n", "floating point"),
    ("pure", "stack/tcp/x.hpp", 'void f() { printf("x"); }\n', "no input or output"),
    ("mutable_state", "stack/tcp/x.cpp", "int counter = 1;\n", "x.cpp:1: mutable static `counter`"),
    ("mutable_state", "stack/tcp/x.cpp", "int next() { static int n; return ++n; }\n", "mutable static `next()::n`"),
    ("mutable_state", "stack/tcp/x.cpp", "inline int shared = 2; int* p() { return &shared; }\n", "mutable static `shared`"),
    ("mutable_state", "stack/tcp/x.cpp", "thread_local int t; int& f() { return t; }\n", "mutable static `t`"),
    ("mutable_state", "stack/tcp/x.cpp", "int g();\nint f() { static const int n = g(); return n; }\n", "guard variable for f()::n"),
    ("headers_alone", "stack/tcp/x.hpp", "inline std::uint8_t f() { return 0; }\n", "x.hpp:1: does not compile alone"),
    ("headers_alone", "stack/include/tunic/x.hpp", '#include "tcp/y.hpp"\n', "installed headers only"),
    ("format", "stack/tcp/x.hpp", "int  *f( );\n", "x.hpp:1: not formatted"),
    ("clang_tidy", "stack/tcp/x.cpp", "int BadName() { return 0; }\n", "x.cpp:1: invalid case style for function 'BadName'"),
    ("sources_named", "stack/tcp/x.cpp", "int f();\n", "x.cpp:1: no meson.build names this file"),
    ("file_length", "stack/tcp/x.hpp", "\n" * 501, "x.hpp:501: 501 lines"),
    ("shell_syntax", "tests/x", "#!/usr/bin/env bash\nset -euo pipefail\nif true; then\n", "tests/x:"),
    ("shell_syntax", "tests/x", "#!/usr/bin/env bash\ntrue\n", "goes on after an error"),
]

CONSTANTS = """#include <string_view>
struct Shape { virtual ~Shape() = default; virtual int f() const { return 1; } };
constexpr std::string_view kNames[] = {"a", "b"};
std::string_view name(int i) { return kNames[i]; }
Shape* make() { return new Shape; }
int thrown() { try { throw 1; } catch (int n) { return n; } }
"""


def run(lint, root):
    command = [sys.executable, HERE / f"{lint}.py", "--root", root]
    if lint in ("mutable_state", "clang_tidy"):
        command += ["--build", root / "build"]
    if lint == "clang_tidy":
        command.append("--all")
    result = subprocess.run(command, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def tree(root, file=None, text=""):
    """The clean tree, and one file more; object files and compile commands as a build would leave them."""
    shutil.rmtree(root, ignore_errors=True)
    for path in ("stack/tcp/y.hpp", "tun/include/tunic/tun/y.hpp", "stack/include/tunic/y.hpp", "tools/examples/y.hpp"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("// Takes 0.5 of a double at time(0).\n#pragma once\n#include <cstdint>\n")
    (root / "tests").mkdir()
    (root / "stack/tcp/meson.build").write_text("room_sources = files('y.cpp')\n")
    (root / "stack/tcp/y.cpp").write_text("#include <string_view>\n")
    shutil.copy(HERE.parents[1] / ".clang-format", root)
    shutil.copy(HERE.parents[1] / ".clang-tidy", root)
    if file:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
        (root / file).chmod(0o755)


def compiled(root, source):
    objects = root / "build/stack/libtunic-tcp.a.p"
    objects.mkdir(parents=True, exist_ok=True)
    subprocess.run(["g++", "-std=c++23", "-fPIC", "-c", root / source, "-o", objects / f"tcp_{Path(source).name}.o"], check=True)
    (root / "build/compile_commands.json").write_text(
        f'[{{"directory": "{root}", "file": "{source}", "command": "g++ -std=c++23 -c {source}"}}]')


def main():
    wrong, checked = 0, 0
    missing = [tool for tool in ("clang-format-19", "clang-tidy-19") if not shutil.which(tool)]
    with tempfile.TemporaryDirectory() as work:
        root = Path(work, "tree")
        lints = sorted({v[0] for v in VIOLATIONS})
        for lint in lints:
            if lint.replace("format", "clang-format").replace("_", "-") + "-19" in missing:
                continue
            tree(root)
            if lint == "mutable_state":
                (root / "stack/tcp/y.cpp").write_text(CONSTANTS)
            compiled(root, "stack/tcp/y.cpp")
            status, output = run(lint, root)
            checked += 1
            if status != 0:
                wrong += 1
                print(f"{lint} finds fault with a clean tree:\n{output}")
        for lint, file, text, expected in VIOLATIONS:
            if lint.replace("format", "clang-format").replace("_", "-") + "-19" in missing:
                continue
            tree(root, file, text)
            if lint in ("mutable_state", "clang_tidy"):
                compiled(root, file)
            status, output = run(lint, root)
            checked += 1
            if status != 1 or expected not in output or "Fix: " not in output:
                wrong += 1
                print(f"{lint} does not see (exit status {status}) {text.strip()[:60]!r} in {file}; it says:\n{output}")
    note = f"; not tried: {', '.join(missing)}" if missing else ""
    print(f"{checked} cases, {wrong} wrong{note}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
