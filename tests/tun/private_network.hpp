// Where the tests of this suite live: a network namespace of their own, entered before the first test.
//
// Without one, or without a usable TUN node, the tests that need it are skipped and say why.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace tunic::tun::testing {

/// Why TUN devices cannot be used here; empty: they can.
const std::string& why_no_private_network();

/// Was this started by root? In a user namespace everybody looks like root.
bool started_by_root();

/// Skips its tests where there is no private network.
class PrivateNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!why_no_private_network().empty()) GTEST_SKIP() << why_no_private_network();
  }
};

/// Runs `body` in a forked process, for what cannot be undone (namespaces, user ids). Returns what body returned, by
/// convention the complaint; a body that hangs for 20 s or crashes is a complaint too.
std::string in_child(const std::function<std::string()>& body);

}  // namespace tunic::tun::testing
