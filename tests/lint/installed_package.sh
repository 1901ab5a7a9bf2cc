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
  include/tunic/testing/drill.hpp 'lib/**/libtunic-testing.a' 'lib/**/pkgconfig/tunic-testing.pc'; do
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
# A project of someone else's: packet scripts, stories and a simulated pair in his GoogleTest program, far from this tree.
cat >"$work/passes.pkt" <<'PKT'
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
PKT
sed 's/<mss 1460>/<mss 1461>/' "$work/passes.pkt" >"$work/fails.pkt"
cat >"$work/project.cpp" <<'CPP'
#include <gtest/gtest.h>
#include <sim/pair.hpp>
#include <sstream>
#include <testing/story.hpp>
#include <tunic/testing/drill.hpp>
using tunic::testing::drill;
TEST(Project, RunsScripts) {
  const auto run = drill("passes.pkt");
  EXPECT_TRUE(run) << run;
  std::ostringstream story;
  story << drill("fails.pkt");
  EXPECT_NE(story.str().find("fails.pkt:5: options: expected <mss 1461>, live <mss 1460>"), std::string::npos) << story.str();
}
TEST(Project, TellsStories) {
  tunic::testing::Story story([](const std::string& what, const auto&) { ADD_FAILURE() << what; });
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1460>");
  story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", tunic::Why::PassiveOpenReply);
}
CPP
read -r -a words <<<"$(pkg-config --cflags --libs tunic-testing gtest_main)"
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$work"
g++ -MD -MF "$work/seen" project.cpp -o project "${words[@]}" >"$work/log" 2>&1 ||
  fail "a GoogleTest program using pkg-config tunic-testing does not build" "$(grep -m 3 -E 'error|undefined' "$work/log" || head -n 3 "$work/log")" \
    "install what it lacks (tools/testing/meson.build)"
if grep -F "$source/" "$work/seen"; then
  fail "the installed headers reach into the source tree" "see above" "install the headers (tools/testing/meson.build)"
fi
./project >"$work/log" 2>&1 || fail "a GoogleTest program with scripts fails" "$(grep -m 3 -A 3 Failure "$work/log")" "see tests/lint/installed_package.sh"
echo "installed package: headers, libraries, pkg-config files and the binary work outside the tree"
