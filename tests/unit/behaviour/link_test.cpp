// What an emulated link does is part of the story too: its reasons come from there.
#include <gtest/gtest.h>

#include <algorithm>

#include "segment/codec.hpp"
#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "testing/journal.hpp"
#include "testing/pattern.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;

TEST(BadLink, TellsWhatItDoesAndTheStreamSurvives) {
  testing::Journal journal(sim::Network::kStart);
  link::Conditions bad{.seed = Seed::numbered(5),
                       .drop = 300,
                       .duplicate = 300,
                       .reorder = 300,
                       .corrupt = 300,
                       .delay = 10ms,
                       .bits_per_second = 20'000'000,
                       .queue_packets = 5,
                       .size_limit = 1500};
  sim::Pair pair({.rightward = bad, .link_observer = &journal});
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), 80}).value();
  auto client = sim::connect(pair.network(), pair.left(), {pair.right_address(), 80}).value();
  auto server = sim::accept(pair.network(), listener).value();
  const auto data = testing::pattern(testing::Stream::FromPeer, 0, 150'000);
  ASSERT_TRUE(sim::write_all(pair.network(), client, data));
  EXPECT_EQ(sim::read_exactly(pair.network(), server, data.size()).value(), data);
  for (const Why why : {Why::LinkDrop, Why::LinkQueueFull}) EXPECT_TRUE(journal.take_drop(why)) << name(why);
  EXPECT_TRUE(journal.take_hold(Why::LinkReorder));
  for (const Why why : {Why::LinkDuplicate, Why::LinkCorrupt}) {
    EXPECT_TRUE(std::ranges::any_of(journal.announcements(), [why](const auto& said) { return said.why == why; }))
        << name(why);
  }
}

TEST(CongestedLink, MarksWhatIsEcnCapable) {
  testing::Journal journal(sim::Network::kStart);
  BlockPool pool;
  link::Impairment congested({.mark = link::kCertain}, pool, &journal);
  Segment segment;
  segment.source = {Ipv4Address(10, 9, 0, 1), 40000};
  segment.destination = {Ipv4Address(10, 9, 0, 2), 80};
  constexpr std::uint8_t kEct0 = 2;
  congested.push(encode_segment(segment, {.tos = kEct0}), sim::Network::kStart);
  ASSERT_EQ(journal.announcements().size(), 1U);
  EXPECT_EQ(journal.announcements().front().why, Why::LinkMark);
}

TEST(NarrowLink, DropsWhatIsTooLong) {
  testing::Journal journal(sim::Network::kStart);
  sim::Pair pair({.rightward = {.size_limit = 1000}, .link_observer = &journal});
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), 80}).value();
  auto client = sim::connect(pair.network(), pair.left(), {pair.right_address(), 80}).value();
  ASSERT_TRUE(client.write_some(std::vector<std::byte>(1400)));
  pair.network().run_for(1s);
  EXPECT_TRUE(journal.take_drop(Why::LinkTooLong));
}

}  // namespace
}  // namespace tunic
