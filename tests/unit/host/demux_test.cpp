// The table from tuples to what they belong to, against std::map, with deletions; and with all tuples in one chain.
#include "host/demux.hpp"

#include "tests/support/property.hpp"

#include <map>
#include <tuple>

namespace tunic::host {
namespace {

constexpr SipKey kKey{1, 2};

FourTuple tuple(std::uint32_t number) {
  return {{Ipv4Address(10, 9, 0, 2), static_cast<Port>(number >> 16)},
          {Ipv4Address(10, 9, 0, 1), static_cast<Port>(number & 0xffff)}};
}

Target connection(std::uint32_t index) {
  return {Target::Kind::Connection, {index, 1}};
}

TEST(Demux, FindsNothingWhereNothingWasPut) {
  Demux demux(kKey);
  EXPECT_EQ(demux.find(tuple(1)).kind, Target::Kind::None);
  demux.erase(tuple(1));
  EXPECT_EQ(demux.size(), 0U);
  demux.put(tuple(1), connection(1));
  EXPECT_EQ(demux.find(tuple(2)).kind, Target::Kind::None);
  demux.erase(tuple(2));
  EXPECT_EQ(demux.size(), 1U);
}

TEST(Demux, TellsEveryPartOfATupleApart) {
  Demux demux(kKey);
  const FourTuple base = tuple(0x00500001);
  demux.put(base, connection(1));
  FourTuple other = base;
  other.local.port ^= 1;
  EXPECT_EQ(demux.find(other).kind, Target::Kind::None);
  other = base;
  other.remote.port ^= 1;
  EXPECT_EQ(demux.find(other).kind, Target::Kind::None);
  other = base;
  other.remote.address = Ipv4Address(10, 9, 0, 3);
  EXPECT_EQ(demux.find(other).kind, Target::Kind::None);
  EXPECT_EQ(demux.find({base.remote, base.local}).kind, Target::Kind::None);
  EXPECT_EQ(demux.find(base).key, (SlotKey{1, 1}));
}

TEST(Demux, ReplacesWhatIsThere) {
  Demux demux(kKey);
  demux.put(tuple(1), {Target::Kind::SynRecord, {7, 7}});
  demux.put(tuple(1), connection(3));
  EXPECT_EQ(demux.size(), 1U);
  EXPECT_EQ(demux.find(tuple(1)).kind, Target::Kind::Connection);
}

// Few tuples, so that chains form, break and wrap around the table's end.
RC_GTEST_PROP(Demux, AgreesWithAMap, ()) {
  Demux demux({static_cast<std::uint64_t>(test::any_in(0, 1000)), 5});
  std::map<std::uint32_t, std::uint32_t> model;
  const auto tuples = static_cast<std::uint32_t>(test::any_in(1, 300));
  const int steps = test::any_in(1, 600);
  for (int step = 0; step < steps; ++step) {
    const auto number = static_cast<std::uint32_t>(test::any_in<std::uint32_t>(0, tuples));
    if (test::any_in(0, 5) < 3) {
      demux.put(tuple(number), connection(static_cast<std::uint32_t>(step)));
      model[number] = static_cast<std::uint32_t>(step);
    } else {
      demux.erase(tuple(number));
      model.erase(number);
    }
    RC_ASSERT(demux.size() == model.size());
  }
  for (std::uint32_t number = 0; number < tuples; ++number) {
    const Target target = demux.find(tuple(number));
    const auto found = model.find(number);
    RC_ASSERT((target.kind == Target::Kind::Connection) == (found != model.end()));
    RC_ASSERT((found == model.end() || target.key.index == found->second));
  }
}

// A long life leaves no tombstones behind: a table that is always nearly empty stays small and right.
TEST(Demux, LivesLong) {
  Demux demux(kKey);
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    demux.put(tuple(i), connection(i));
    if (i >= 10) demux.erase(tuple(i - 10));
  }
  EXPECT_EQ(demux.size(), 10U);
  for (std::uint32_t i = 199'990; i < 200'000; ++i) EXPECT_EQ(demux.find(tuple(i)).key.index, i);
}

}  // namespace
}  // namespace tunic::host
