// The table of TIME-WAIT records in order of their end, against a plain list of the same.
#include "tcp/time_wait_table.hpp"

#include "tests/support/property.hpp"

#include <algorithm>
#include <vector>

namespace tunic::tcp {
namespace {

using namespace std::chrono_literals;

TimeWaitRecord record(ConnectionNumber number, Instant until) {
  TimeWaitRecord made;
  made.number = number;
  made.until = until;
  return made;
}

TEST(TimeWaitTable, EndsInTheOrderOfEntering) {
  TimeWaitTable table;
  EXPECT_EQ(table.next_deadline(), kNever);
  EXPECT_FALSE(table.oldest().valid());
  const SlotKey first = table.add(record(1, Instant(10s)));
  const SlotKey second = table.add(record(2, Instant(20s)));
  EXPECT_EQ(table.oldest(), first);
  EXPECT_EQ(table.next_deadline(), Instant(10s));
  table.restart(first, Instant(30s));
  EXPECT_EQ(table.oldest(), second);
  table.erase(second);
  EXPECT_EQ(table.next_deadline(), Instant(30s));
  EXPECT_EQ(table.find(second), nullptr);
  table.erase(first);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.next_deadline(), kNever);
  table.erase(first);  // a stale key
  table.restart(first, Instant(40s));
  EXPECT_EQ(table.next_deadline(), kNever);
}

RC_GTEST_PROP(TimeWaitTable, AgreesWithAPlainList, ()) {
  TimeWaitTable table;
  std::vector<std::pair<SlotKey, Instant>> model;  // oldest first
  Instant now{};
  const int steps = test::any_in(1, 200);
  for (int step = 0; step < steps; ++step) {
    now += std::chrono::seconds(test::any_in(0, 3));
    const auto chosen = static_cast<std::ptrdiff_t>(model.empty() ? 0 : test::any_in<std::size_t>(0, model.size()));
    switch (test::any_in(0, 4)) {
      case 0:
      case 1:
        model.emplace_back(table.add(record(static_cast<ConnectionNumber>(step), now)), now);
        break;
      case 2:
        if (model.empty()) break;
        table.restart(model[static_cast<std::size_t>(chosen)].first, now);
        model[static_cast<std::size_t>(chosen)].second = now;
        std::rotate(model.begin() + chosen, model.begin() + chosen + 1, model.end());
        break;
      default:
        if (model.empty()) break;
        table.erase(model[static_cast<std::size_t>(chosen)].first);
        model.erase(model.begin() + chosen);
    }
    RC_ASSERT(table.size() == model.size());
    RC_ASSERT(table.next_deadline() == (model.empty() ? kNever : model.front().second));
    RC_ASSERT((model.empty() || table.oldest() == model.front().first));
  }
  for (const auto& [key, until] : model) {  // all the way down the links
    RC_ASSERT(table.oldest() == key);
    RC_ASSERT(table.find(key)->until == until);
    table.erase(key);
  }
  RC_ASSERT(table.size() == 0U);
}

}  // namespace
}  // namespace tunic::tcp
