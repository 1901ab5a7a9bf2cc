// What a peer can make one structure hold, and what one more step then costs. B5, B47, B48.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "base/timing_wheel.hpp"
#include "tcp/rack.hpp"
#include "tcp/reassembler.hpp"
#include "tcp/scoreboard.hpp"
#include "tests/steps/counted.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;
using steps::Most;
using steps::Work;
using tcp::Delivered;
using tcp::Reassembler;
using tcp::Scoreboard;

constexpr Instant kStart{1h};
constexpr std::uint32_t kSegment = 1460;
constexpr std::size_t kMaxRanges = 256;

/// `segments` in flight, each sent at an instant of its own, so that no two of them are one transmission.
struct Flight {
  explicit Flight(std::uint32_t segments, SeqNum first) : una(first) {
    Instant now = kStart;
    for (std::uint32_t i = 0; i < segments; ++i, now += 1ms)
      scoreboard.on_sent({first + i * kSegment, first + (i + 1) * kSegment}, now);
  }
  Scoreboard scoreboard;
  SeqNum una;
};

constexpr int kBlocks = 3000;

/// SACK blocks of one octet each, anywhere in a flight of so many segments. Of the basic blocks the sum: now and then the
/// memory grows.
Work many_sacks(std::uint32_t segments) {
  Flight flight(segments, SeqNum(0xffffff00));
  Random random(Seed::numbered(1), Purpose::Fuzz);
  Work sum;
  for (int i = 0; i < kBlocks; ++i) {
    const SeqNum at = flight.una + static_cast<std::uint32_t>(random.below(segments * kSegment - 1));
    Delivered delivered;
    const Work work = steps::cost_of([&] {
      flight.scoreboard.on_sack({at, at + 1}, kMaxRanges, delivered);
      (void)flight.scoreboard.lost_below(3, kSegment);
      (void)flight.scoreboard.next_hole(kSegment);
      (void)flight.scoreboard.highest_sacked();
    });
    sum = {sum.blocks + work.blocks, std::max(sum.octets_moved, work.octets_moved)};
  }
  return sum;
}

// Sixteen times the flight: four more steps of a binary search. What moves, in one piece, is what lies behind a border.
// Shows: B5
TEST(Scoreboard, FindsItsPlaceWhateverIsInFlight) {
  constexpr std::uint32_t kLarge = 16'000;
  const Work small = many_sacks(1000);
  const Work large = many_sacks(kLarge);
  EXPECT_LE(large.blocks, small.blocks * 3 / 2);
  constexpr std::size_t kBorders = 4;  // two are made, and two may go
  EXPECT_LE(large.octets_moved, kBorders * sizeof(tcp::Transmission) * (kLarge + 2 * kMaxRanges));
}

/// The dearest cumulative acknowledgment of one octet (B47), with holes all over.
Work dearest_ack(std::uint32_t segments) {
  Flight flight(segments, SeqNum(0x7fffff00));
  Delivered delivered;
  for (std::uint32_t i = 0; i < kMaxRanges; ++i) {
    const SeqNum at = flight.una + (segments / 2 + i) * kSegment;
    flight.scoreboard.on_sack({at, at + 1}, kMaxRanges, delivered);
  }
  Most most;
  for (std::uint32_t octet = 1; octet < 2000; ++octet) {
    most.add(steps::cost_of([&] { flight.scoreboard.on_ack(flight.una + octet, delivered); }));
  }
  return most.work();
}

// Shows: B47
TEST(Scoreboard, TakesDividedAcknowledgments) {
  const Work small = dearest_ack(1000);
  const Work large = dearest_ack(16'000);
  EXPECT_LE(large.blocks, small.blocks * 3 / 2);
  EXPECT_LE(large.octets_moved, 1000U);
}

/// Time tells what is lost: all that a flight's acknowledgments cost together, which is what each adds.
Work all_detections(std::uint32_t segments) {
  Flight flight(segments, SeqNum(0xffffff00));
  tcp::Rack rack(3);
  Instant now = kStart;
  for (std::uint32_t i = 0; i < segments; ++i, now += 1ms) {
    rack.on_sent({flight.una + i * kSegment, flight.una + (i + 1) * kSegment}, now, i + 1);
  }
  return steps::cost_of([&] {
    for (std::uint32_t i = 1; i < segments; i += 2) {
      Delivered delivered;
      const SeqNum at = flight.una + i * kSegment;
      flight.scoreboard.on_sack({at, at + kSegment}, kMaxRanges, delivered);
      rack.on_delivered(delivered, now, at + kSegment, kSegment);
      rack.detect(flight.scoreboard, {.now = now, .srtt = 100ms, .smss = kSegment, .recovering = true});
    }
  });
}

// Every second segment is lost: each acknowledgment's share stays.
// Shows: B5
TEST(Rack, LooksAtEachSendingOnce) {
  const Work small = all_detections(1000);
  const Work large = all_detections(8000);
  EXPECT_LE(large.blocks, 8 * small.blocks * 3 / 2);
}

enum class Order : std::uint8_t { Forwards, Backwards, Anyhow };

struct Arrived {
  Work dearest;
  std::uint64_t blocks = 0;  ///< of all together
};

/// `count` segments of `size` octets with `gap` octets between them.
Arrived arrivals(Order order, std::uint32_t count, std::uint32_t size, std::uint32_t gap) {
  BlockPool pool;
  Reassembler reassembler;
  Random random(Seed::numbered(1), Purpose::Fuzz);
  const std::vector<std::byte> text(size);
  const SeqNum nxt(0x7ffffff0);
  Most most;
  Arrived arrived;
  for (std::uint32_t i = 1; i <= count; ++i) {
    std::uint32_t place = i;
    if (order == Order::Backwards) place = count - i + 1;
    if (order == Order::Anyhow) place = 1 + static_cast<std::uint32_t>(random.below(count));
    const SeqNum at = nxt + place * (size + gap);
    const Chain bytes(pool.copy(text));
    const Work work = steps::cost_of([&] {
      (void)reassembler.held_part({at, at + size});
      reassembler.insert(at, bytes, {.ranges = 512, .pinned = std::size_t{32} << 20}, pool);
      std::array<SeqRange, 4> blocks;
      (void)reassembler.sack_blocks(blocks);
    });
    most.add(work);
    arrived.blocks += work.blocks;
  }
  arrived.dearest = most.work();
  return arrived;
}

class Arrivals : public ::testing::TestWithParam<Order> {};

// SegmentSmack: single octets with holes between them. What moves is at most the 512 ranges.
// Shows: B48
TEST_P(Arrivals, WithHolesCostNoMoreWhenThereAreMany) {
  const Work at_the_cap = arrivals(GetParam(), 1000, 1, 1).dearest;
  const Work later = arrivals(GetParam(), 8000, 1, 1).dearest;
  EXPECT_LE(later.blocks, at_the_cap.blocks * 5 / 4);
}

// One hole in front of everything, and all the rest side by side: a range that grows at its end, at its begin, or is put
// together. Then one arrival may join two long chains, but not each of them.
// Shows: B48
TEST_P(Arrivals, SideBySideCostNoMoreWhenThereAreMany) {
  constexpr std::uint32_t kFew = 400;
  constexpr std::uint32_t kMany = 8000;
  for (const std::uint32_t size : {1U, kSegment}) {
    const Arrived few = arrivals(GetParam(), kFew, size, 0);
    const Arrived many = arrivals(GetParam(), kMany, size, 0);
    EXPECT_LE(many.blocks / kMany, few.blocks / kFew * 2) << size;
  }
}

std::string name_of(const ::testing::TestParamInfo<Order>& each) {
  switch (each.param) {
    case Order::Forwards:
      return "Order";
    case Order::Backwards:
      return "ReversedOrder";
    case Order::Anyhow:
      break;
  }
  return "AnyOrder";
}

INSTANTIATE_TEST_SUITE_P(In, Arrivals, ::testing::Values(Order::Forwards, Order::Backwards, Order::Anyhow), name_of);

// A hundred thousand timers due in the same millisecond.
TEST(TimingWheel, SaysWhenTheNextIsDueHoweverManyThereAre) {
  const auto cost = [](int timers) {
    TimingWheel wheel;
    wheel.pop_due(kStart);
    for (int i = 0; i < timers; ++i) wheel.set(kStart + 10ms + Duration(i), 0);
    Most most;
    for (int i = 0; i < 100; ++i) {
      most.add(steps::cost_of([&] {
        const auto handle = wheel.set(kStart + 10ms + Duration(i), 1);
        (void)wheel.next_deadline();
        wheel.move(handle, kStart + 11ms);
        (void)wheel.next_deadline();
        wheel.cancel(handle);
      }));
    }
    return most.work();
  };
  EXPECT_LE(cost(100'000).blocks, cost(100).blocks + 100);
}

}  // namespace
}  // namespace tunic
