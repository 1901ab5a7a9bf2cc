// The same socket calls, asked of the kernel and of the socket table: the same answers, but for decisions of ours.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string_view>

#include "kernel_calls.hpp"
#include "socket_program.hpp"
#include "table_calls.hpp"

namespace tunic::testing {
namespace {

struct Decision {
  std::string_view call;
  std::string_view table;  ///< what the socket table answers
  std::string_view because;
};

constexpr std::array kDecisions{
    Decision{"send: after family 0", "-1 EPIPE", "who disconnects on purpose is not told of a reset"},
    Decision{"TCP_DEFER_ACCEPT: set", "-1 ENOPROTOOPT", "not built; a program that asks for it does without"},
    Decision{"epoll_ctl: a set in a set", "-1 EINVAL", "sets do not nest"},
};

TEST(ErrnoTable, KernelAndSocketTableAnswerAlike) {
  KernelCalls kernel;
  TableCalls table;
  const auto expected = run_socket_program(kernel);
  const auto actual = run_socket_program(table);
  ASSERT_EQ(expected.size(), actual.size());
  EXPECT_GE(expected.size(), 300U);
  std::map<std::string_view, const Decision*> decided;
  for (const Decision& decision : kDecisions) decided[decision.call] = &decision;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].call, actual[i].call);
    EXPECT_TRUE(seen.insert(expected[i].call).second) << "two calls are named: " << expected[i].call;
    const auto decision = decided.find(expected[i].call);
    if (decision == decided.end()) {
      EXPECT_EQ(expected[i].result, actual[i].result) << "call: " << expected[i].call;
    } else {
      EXPECT_EQ(actual[i].result, decision->second->table) << "call: " << expected[i].call;
      EXPECT_NE(actual[i].result, expected[i].result) << "no decision is needed any more: " << expected[i].call;
    }
  }
  for (const Decision& decision : kDecisions) {
    EXPECT_TRUE(seen.contains(decision.call)) << "no such call: " << decision.call;
  }
}

}  // namespace
}  // namespace tunic::testing
