#!/usr/bin/env bash
# Installs into an empty directory and builds programs that know nothing but pkg-config, or nothing but CMake's packages.
set -euo pipefail

if [[ ${1:-} == --help || $# -ne 1 ]]; then
  echo "Example: tests/lint/installed_package.sh build"
  echo "Checks that \`meson install\` gives headers, libraries, packages for pkg-config and CMake, and the tunic binary, and that they"
  echo "work where the source tree is out of reach: tests/example_project is built with CMake and with Meson, and its tests run."
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
  include/tunic/testing.hpp include/tunic/testing/{drill,golden,replay}.hpp 'lib/**/libtunic-testing.a' 'lib/**/pkgconfig/tunic-testing.pc' \
  'lib/**/cmake/tunic/tunic-config.cmake' 'lib/**/cmake/tunic/tunic-config-version.cmake'; do
  # shellcheck disable=SC2206
  found=("$prefix"/$wanted)
  [[ ${#found[@]} -gt 0 && -e ${found[0]} ]] || fail "not installed" "no $wanted below /usr/local" "install it in its meson.build"
done
if find "$prefix/include" -type f ! -path "$prefix/include/tunic/*.hpp" | grep .; then
  fail "too much is installed" "the files above are no headers below tunic/" "keep only .hpp files in the include directories"
fi
if grep -rn '^#include "' "$prefix/include"; then
  fail "an installed header asks for another by its place in the tree" "see above" "install it as tools/testing/meson.build does"
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
# All headers at once, with nothing but what pkg-config names.
(cd "$prefix/include" && find tunic -name '*.hpp' | sort | sed 's/.*/#include <&>/') >"$work/headers.cpp"
read -r -a words <<<"$(pkg-config --cflags tunic-testing tunic-tun)"
g++ -fsyntax-only -Wall -Wextra -Werror "$work/headers.cpp" "${words[@]}" >"$work/log" 2>&1 ||
  fail "an installed header does not compile" "$(grep -m 3 error "$work/log")" "install what it includes (tools/testing/meson.build)"

# CMake: each component by itself, and a sentence for what there is not.
export CMAKE_PREFIX_PATH=$prefix
cat >"$work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(components CXX)
find_package(tunic REQUIRED COMPONENTS ${WANTED})
foreach(component IN ITEMS tunic tun testing)
  add_executable(${component} example.cpp)
  target_link_libraries(${component} PRIVATE tunic::${component})
endforeach()
CMAKE
cmake -G Ninja -S "$work" -B "$work/components" -DWANTED="tunic;tun;testing" >"$work/log" 2>&1 && cmake --build "$work/components" >>"$work/log" 2>&1 ||
  fail "a program using CMake's package does not build" "$(grep -m 3 -i -E -A 3 'error|undefined' "$work/log")" "give tools/package/tunic-config.cmake.in what it lacks"
for program in tunic tun testing; do
  "$work/components/$program" || fail "a program built with CMake does not run" "$program" "see tests/lint/installed_package.sh"
done
if cmake -G Ninja -S "$work" -B "$work/components" -DWANTED=ipv6 >"$work/log" 2>&1 || ! grep -q 'there is no component ipv6' "$work/log"; then
  fail "an unknown component is found" "find_package(tunic REQUIRED COMPONENTS ipv6) does not fail as it should" "see tools/package/tunic-config.cmake.in"
fi

# A project of someone else's, far from this tree: in a namespace of mounts where the tree is empty, if this user may have one.
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cp -r "$source/tests/example_project" "$work/project"
cp "$source"/pcap-fixtures/one-loss.{pcap,json} "$work/project"
cat >"$work/build_project" <<'SCRIPT'
set -euo pipefail
for hidden in "$@"; do
  mount -t tmpfs none "$hidden"
done
cmake -G Ninja -S project -B with_cmake
cmake --build with_cmake
ctest --test-dir with_cmake --output-on-failure
meson setup with_meson project
meson test -C with_meson --print-errorlogs
SCRIPT
cd "$work"
hide=(unshare --mount --map-root-user)
hidden=("$build" "$source")
if ! "${hide[@]}" mount -t tmpfs none "$source" 2>/dev/null; then
  hide=()
  hidden=()
fi
"${hide[@]}" bash "$work/build_project" "${hidden[@]}" >"$work/log" 2>&1 ||
  fail "tests/example_project does not build and pass" "$(grep -m 3 -A 5 -E 'rror|undefined|Failure' "$work/log" || tail -n 5 "$work/log")" \
    "see $(basename "$0")"
if grep -rlF "$source/" --include=.ninja_deps --include=build.ninja with_cmake with_meson; then
  fail "the example project reaches into the source tree" "see above" "install what it needs (tools/testing/meson.build, tools/package)"
fi
echo "installed package: headers, libraries, packages for pkg-config and CMake, and the binary work outside the tree"
