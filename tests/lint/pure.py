#!/usr/bin/env python3
"""Example: tests/lint/pure.py

Law 1: stack/ calls no OS, reads no clock, starts no thread and uses no floating point. Checks that its files include only
headers of the allow-list below and use none of the forbidden names.
"""

import re

import common

ALLOWED_HEADERS = set("""
algorithm array bit bitset cassert charconv chrono cinttypes climits compare concepts coroutine cstddef cstdint cstdlib
cstring deque exception expected functional initializer_list iosfwd iterator limits list map memory memory_resource new
numeric optional queue ranges set source_location span stdexcept string string_view system_error tuple type_traits
typeindex typeinfo unordered_map unordered_set utility variant vector version
fmt/base.h fmt/core.h fmt/format.h fmt/ranges.h immintrin.h
""".split())

# path -> prefixes of headers that this file alone may include.
EXTRA_HEADERS = {
    "stack/include/tunic/asio.hpp": ("boost/asio", "boost/system"),
    "stack/base/assert.cpp": ("cstdio",),
}
NO_IO = "the stack does no input or output"
EXEMPT = {("stack/base/assert.cpp", NO_IO)}  # its last words before abort()

NOT_MEMBER = r"(?<![\w.>])(?<!->)"
FORBIDDEN = [
    (r"\b(?:float|double)\b", "floating point differs between compilers", "use integers, or a ratio of integers"),
    (r"(?<![\w.])(?:\d[\d']*\.\d*|\.\d+)(?:[eE][-+]?\d+)?[fFlL]?(?![\w.])", "floating point differs between compilers",
     "use integers, or a ratio of integers"),
    (r"(?<!Stack)::\s*now\s*\(", "the stack reads no clock", "take `now` as an argument"),
    (r"\b(?:system_clock|steady_clock|high_resolution_clock|utc_clock|clock_gettime|gettimeofday)\b",
     "the stack reads no clock", "take `now` as an argument"),
    (r"(?<![\w:.>])(?:std\s*::\s*|::\s*)?time\s*\(\s*(?:0|NULL|nullptr|&\w+)\s*\)", "the stack reads no clock",
     "take `now` as an argument"),
    (r"\b(?:std\s*::\s*)?(?:random_device|mt19937(?:_64)?|default_random_engine)\b", "randomness must come in from outside",
     "use the Random that the Stack was given"),
    (NOT_MEMBER + r"(?:std\s*::\s*)?s?rand\s*\(", "randomness must come in from outside",
     "use the Random that the Stack was given"),
    (r"\b(?:std\s*::\s*)?(?:secure_)?getenv\s*\(", "the environment is the OS", "take it from the Config"),
    (r"\berrno\b", "errno belongs to the OS", "return a Result with a tunic error code"),
    (r"\b(?:std\s*::\s*)?(?:jthread|mutex|shared_mutex|recursive_mutex|condition_variable|atomic|atomic_ref|atomic_flag|"
     r"lock_guard|unique_lock|once_flag|call_once)\b", "the stack owns no thread and no lock", "leave threads to tun/"),
    (r"\bthread_local\b", "the stack has no mutable static", "make it a member"),
    (r"\bstd\s*::\s*(?:cout|cerr|clog|cin|ifstream|ofstream|fstream|filesystem)\b", NO_IO,
     "give it to the Observer or to a sink"),
    (r"\bfmt\s*::\s*(?:print|println|output_file)\b", NO_IO,
     "give it to the Observer or to a sink"),
    (NOT_MEMBER + r"(?:std\s*::\s*)?(?:f|v|vf)?printf\s*\(|" + NOT_MEMBER + r"(?:std\s*::\s*)?(?:fopen|fwrite|fread|puts|fputs|perror)\s*\(",
     NO_IO, "give it to the Observer or to a sink"),
    (r"\b(?:unordered_map|unordered_set|hash)\s*<\s*(?:const\s+)?[\w:]+(?:\s+const)?\s*\*", "hashes of pointers change from run to run",
     "key by a handle or a sequence number"),
]
FORBIDDEN = [(re.compile(pattern), why, fix) for pattern, why, fix in FORBIDDEN]


def main():
    args = common.arguments(__doc__).parse_args()
    findings = common.Findings()
    files = common.sources(args.root, ".hpp", ".cpp", ".h", ".cc", dirs=("stack",))
    for path in files:
        text = common.code_only((args.root / path).read_text())
        for match in common.INCLUDE.finditer(text):
            name = match.group(2)
            if name and name not in ALLOWED_HEADERS and not name.startswith("tunic/") \
                    and not name.startswith(EXTRA_HEADERS.get(path.as_posix(), ("\0",))):
                findings.add(path, common.line_of(text, match.start(2)), f"<{name}> is not on the list of pure headers",
                             "do without it, or, if it is pure, add it to ALLOWED_HEADERS in tests/lint/pure.py")
        for pattern, why, fix in FORBIDDEN:
            if (path.as_posix(), why) in EXEMPT:
                continue
            for match in pattern.finditer(text):
                found = re.sub(r"\s+", "", match.group())
                findings.add(path, common.line_of(text, match.start()), f"`{found}`: {why}", fix)
    findings.finish(len(files), "files")


if __name__ == "__main__":
    main()
