#!/usr/bin/env python3
"""Example: tests/lint/mutable_state.py --build build

Law 1: stack/ has no mutable static. Looks into the object files of its rooms for data in writable sections, guard variables
and dynamic initialisers. Constants that need relocation (.data.rel.ro) are fine.
"""

import re
import subprocess

import common

ALLOWED = ()  # mangled names; keep it empty
COMPILER_MADE = ("DW.ref.",)  # pointer to the exception personality, constant in effect


def sections(obj):
    """section index -> (name, flags)"""
    table = {}
    listing = subprocess.run(["readelf", "-SW", obj], check=True, capture_output=True, text=True).stdout
    for match in re.finditer(r"^\s*\[\s*(\d+)\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([A-Za-z]*)\s",
                             listing, re.M):
        table[match.group(1)] = (match.group(2), match.group(4), int(match.group(3), 16))
    return table


def mutable_symbols(obj):
    table = sections(obj)
    for name, flags, size in table.values():
        if name.startswith((".init_array", ".ctors")) and size:
            yield None, name
    listing = subprocess.run(["readelf", "-sW", obj], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[3] not in ("OBJECT", "TLS", "COMMON"):
            continue
        index, symbol = fields[6], fields[7]
        section, flags, _ = table.get(index, (".bss" if index == "COM" else "", "W" if index == "COM" else "", 0))
        if "W" in flags and not section.startswith(".data.rel.ro") and not symbol.startswith(COMPILER_MADE) \
                and symbol not in ALLOWED:
            yield symbol, section


def demangle(symbol):
    return subprocess.run(["c++filt", symbol], check=True, capture_output=True, text=True).stdout.strip()


def source_of(obj, root):
    """Meson names an object after its source, with _ for /."""
    name = obj.name.removesuffix(".o")
    for path in common.sources(root, ".cpp", dirs=("stack",)):
        if path.as_posix().replace("/", "_").endswith("stack_" + name) or path.name == name:
            if obj.as_posix().find(path.parent.name) >= 0:
                return path
    return None


def main():
    args = common.arguments(__doc__, build=True).parse_args()
    build = args.build or args.root / "build"
    objects = sorted(build.glob("stack/libtunic-*.a.p/*.o"))
    if not objects:
        if common.sources(args.root, ".cpp", dirs=("stack",)):
            print(f"{build}:1: no object files of stack/ here\n  Fix: build first: ninja -C {build}")
            raise SystemExit(1)
        common.skip("stack/ has no .cpp yet")
    findings = common.Findings()
    for obj in objects:
        for symbol, section in mutable_symbols(obj):
            path = source_of(obj, args.root) or obj.relative_to(build)
            if symbol is None:
                findings.add(path, 1, f"an object with a dynamic initialiser ({section})",
                             "make it constexpr, or a member of the Stack")
                continue
            readable = demangle(symbol)
            line = 1
            word = re.findall(r"[A-Za-z_]\w*", re.sub(r"\(.*?\)|<.*?>|\[abi:\w+\]", "", readable))
            if word and (args.root / path).is_file():
                text = (args.root / path).read_text()
                text = common.code_only(text)
                name = re.escape(word[-1])
                match = re.search(rf"\b(?:static|thread_local|inline)\b[^;{{}}()]*\b{name}\b", text) or re.search(rf"\b{name}\b", text)
                line = common.line_of(text, match.end()) if match else 1
            findings.add(path, line, f"mutable static `{readable}` in {section}",
                         "make it constexpr (a std::error_category: beside a char in a constexpr union with an empty "
                         "constexpr destructor), or a member of what the Stack owns")
    findings.finish(len(objects), "object files")


if __name__ == "__main__":
    main()
