#!/usr/bin/env bash
# Installs into an empty directory and compiles and runs a program that knows nothing but pkg-config.
set -euo pipefail

if [[ ${1:-} == --help || $# -ne 1 ]]; then
  echo "Example: tests/lint/installed_package.sh build"
  echo "Checks that \`meson install\` gives headers, libraries, pkg-config files and the tunic binary, and that they work."
  [[ ${1:-} == --help ]] && exit 0 || exit 2
fi
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { # what, why, fix
  printf 'installed_package: %s: %s\n  Fix: %s\n' "$1" "$2" "$3"
  exit 1
}

DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet >"$work/log" 2>&1 ||
  fail "meson install failed" "$(tail -n 3 "$work/log")" "see its message"
prefix=$work/root/usr/local
shopt -s globstar nullglob
for wanted in include/tunic/stack.hpp 'include/tunic/tun/*.hpp' 'lib/**/libtunic.a' 'lib/**/libtunic-tun.a' \
  'lib/**/pkgconfig/tunic.pc' 'lib/**/pkgconfig/tunic-tun.pc' bin/tunic \
  include/tunic/testing.hpp include/tunic/testing/drill.hpp include/tunic/testing/replay.hpp 'lib/**/cmake/tunic/tunic-config.cmake' 'lib/**/libtunic-testing.a' 'lib/**/pkgconfig/tunic-testing.pc'; do
  # shellcheck disable=SC2206
  found=("$prefix"/$wanted)
  [[ ${#found[@]} -gt 0 && -e ${found[0]} ]] || fail "not installed" "no $wanted below /usr/local" "install it in its meson.build"
done
if find "$prefix/include" -type f ! -name '*.hpp' | grep .; then
  fail "too much is installed" "the files above are no headers" "keep only .hpp files in the include directories"
fi

cat >"$work/example.cpp" <<'CPP'
#include <tunic/error.hpp>
#include <tunic/stack.hpp>
int main() {
  return tunic::make_error_code(tunic::Error::WouldBlock).message().empty() ? 1 : 0;
}
CPP
PKG_CONFIG_PATH=$(find "$prefix" -name pkgconfig -type d)
export PKG_CONFIG_PATH
for package in tunic tunic-tun tunic-testing; do
  read -r -a words <<<"$(pkg-config --cflags --libs "$package")"
  # The product's symbols must all be there: the whole archive is linked, with what pkg-config names and nothing else.
  g++ "$work/example.cpp" -o "$work/example" "${words[@]}" >"$work/log" 2>&1 ||
    fail "a program using pkg-config $package does not build" "$(grep -m 3 -E 'error|undefined' "$work/log" || head -n 3 "$work/log")" \
      "give $package.pc what it lacks (stack/meson.build, tun/meson.build, tools/testing/meson.build)"
  "$work/example" || fail "the program does not run" "it ended with exit status $?" "see tests/lint/installed_package.sh"
  g++ "$work/example.cpp" -o "$work/whole" -Wl,--whole-archive "$(find "$prefix" -name "lib$package.a")" -Wl,--no-whole-archive \
    "${words[@]}" >"$work/log" 2>&1 ||
    fail "lib$package.a is not complete" "$(grep -m 3 -E 'error|undefined|multiple' "$work/log" || head -n 3 "$work/log")" \
      "gather the missing room in its meson.build"
done
# A project of someone else's: scripts, captures, stories and a simulated pair in his GoogleTest program, far from this tree.
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cp "$source"/tests/example_project/{CMakeLists.txt,example_test.cpp,handshake.pkt} "$source"/pcap-fixtures/one-loss.{pcap,json} "$work"
read -r -a words <<<"$(pkg-config --cflags --libs tunic-testing gtest_main)"
cd "$work"
g++ -MD -MF "$work/seen" example_test.cpp -o project "${words[@]}" >"$work/log" 2>&1 ||
  fail "a GoogleTest program using pkg-config tunic-testing does not build" "$(grep -m 3 -E 'error|undefined' "$work/log" || head -n 3 "$work/log")" \
    "install what it lacks (tools/testing/meson.build)"
if grep -F "$source/" "$work/seen"; then
  fail "the installed headers reach into the source tree" "see above" "install the headers (tools/testing/meson.build)"
fi
./project >"$work/log" 2>&1 || fail "a GoogleTest program with scripts fails" "$(grep -m 3 -A 3 Failure "$work/log")" "see tests/lint/installed_package.sh"
# The same project with CMake.
if command -v cmake >/dev/null; then
  { cmake -S "$work" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" && cmake --build "$work/cmake" && "$work/cmake/example"; } \
    >"$work/log" 2>&1 || fail "the example project does not build and pass with CMake" "$(grep -m 3 -iE 'error|failed|undefined' "$work/log")" \
    "see tools/cmake/tunic-config.cmake"
fi
echo "installed package: headers, libraries, pkg-config files and the binary work outside the tree"
