// Epoll sets: order, edges, and ends. (The kernel's own answers are the measure in tests/tun/errno_table_test.)
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "loopback.hpp"

namespace tunic::testing {
namespace {

using namespace posix;

class EpollTest : public ::testing::Test {
 protected:
  void add(int fd, std::uint32_t events) {
    EpollEvent event;
    event.events = events;
    event.data = static_cast<std::uint64_t>(fd);
    net_.table().epoll_ctl(set_, kEpollCtlAdd, fd, &event).value();
  }
  std::vector<int> wait(int room = 8) {
    std::array<EpollEvent, 8> events{};
    std::vector<int> seen(static_cast<std::size_t>(net_.table().epoll_wait(set_, events.data(), room).value()));
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = static_cast<int>(events[i].data);
    return seen;
  }

  Loopback net_;
  int set_ = static_cast<int>(net_.table().epoll_create1(0).value());
};

TEST_F(EpollTest, AnEdgeIsToldOncePerArrival) {
  const auto pair = net_.connected();
  add(pair.server, kEpollIn | kEpollEt);
  EXPECT_TRUE(wait().empty());
  net_.send(pair.client, "a").value();
  net_.settle();
  EXPECT_EQ(wait(), std::vector{pair.server});
  EXPECT_TRUE(wait().empty()) << "unread, but nothing new";
  net_.send(pair.client, "b").value();
  net_.settle();
  EXPECT_EQ(wait(), std::vector{pair.server});
}

TEST_F(EpollTest, ALevelIsToldInTurnsWhenTheRoomIsSmall) {
  const auto one = net_.connected(80);
  const auto two = net_.connected(81);
  add(one.server, kEpollIn);
  add(two.server, kEpollIn);
  net_.send(one.client, "a").value();
  net_.send(two.client, "b").value();
  net_.settle();
  EXPECT_EQ(wait(1), std::vector{one.server});
  EXPECT_EQ(wait(1), std::vector{two.server});
  EXPECT_EQ(wait(1), std::vector{one.server});
}

TEST_F(EpollTest, TheSetsOwnWatcherHearsOfItsMembers) {
  const auto pair = net_.connected();
  net_.settle();
  add(pair.server, kEpollIn);
  int calls = 0;
  net_.table().watch(set_, [&] { ++calls; });
  net_.send(pair.client, "a").value();
  net_.settle();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(net_.table().ready_events(set_) & kPollIn, kPollIn);
}

TEST_F(EpollTest, ClosedDescriptorsAndSetsAreForgotten) {
  const auto pair = net_.connected();
  add(pair.client, kEpollOut);
  net_.table().close(pair.client).value();
  EXPECT_TRUE(wait().empty());
  const int again = net_.socket();  // the same number, another socket
  EXPECT_EQ(again, pair.client);
  add(again, kEpollOut);
  EXPECT_EQ(wait(), std::vector{again});
  net_.table().close(set_).value();
  net_.table().close(again).value();
}

TEST_F(EpollTest, ADuplicateHasAnInterestOfItsOwn) {
  const auto pair = net_.connected();
  const int twin = static_cast<int>(net_.table().dup(pair.client).value());
  add(pair.client, kEpollOut);
  add(twin, kEpollOut);
  EXPECT_EQ(wait(), (std::vector{pair.client, twin}));
  net_.table().close(pair.client).value();
  EXPECT_EQ(wait(), std::vector{twin});
}

}  // namespace
}  // namespace tunic::testing
