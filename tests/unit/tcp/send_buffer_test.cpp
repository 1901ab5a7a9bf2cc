// The send buffer against a plain byte string.
#include "tcp/send_buffer.hpp"

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::tcp {
namespace {

RC_GTEST_PROP(SendBuffer, BehavesLikeAByteString, ()) {
  BlockPool pool;
  SendBuffer buffer;
  test::Bytes model;
  std::vector<std::pair<Chain, test::Bytes>> in_flight;  // what was shared stays as it was
  const std::size_t capacity = test::any_in(1u, 5000u);
  const int steps = test::any_in(1, 40);
  for (int step = 0; step < steps; ++step) {
    const auto bytes = test::pattern(test::any_in(0u, 3000u), static_cast<std::uint8_t>(step * 31));
    const std::size_t taken = buffer.append(bytes, capacity, pool);
    RC_ASSERT(taken == std::min(bytes.size(), capacity - model.size()));
    model.insert(model.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    RC_ASSERT(buffer.size() == model.size());

    const std::size_t offset = test::any_in<std::size_t>(0, model.size() + 1);
    const std::size_t length = test::any_in<std::size_t>(0, model.size() - offset + 1);
    const auto first = model.begin() + static_cast<std::ptrdiff_t>(offset);
    in_flight.emplace_back(buffer.share(offset, length),
                           test::Bytes(first, first + static_cast<std::ptrdiff_t>(length)));
    RC_ASSERT(in_flight.back().first.to_vector() == in_flight.back().second);

    const std::size_t count = test::any_in<std::size_t>(0, model.size() + 1);
    buffer.consume(count);
    model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
  }
  for (const auto& [shared, bytes] : in_flight) RC_ASSERT(shared.to_vector() == bytes);
  in_flight.clear();
  buffer.clear();
  RC_ASSERT(pool.bytes_in_use() == 0U);
}

// Small writes share blocks.
TEST(SendBuffer, GathersSmallWrites) {
  BlockPool pool;
  SendBuffer buffer;
  for (int i = 0; i < 1000; ++i) buffer.append(test::bytes({i & 0xff}), 100'000, pool);
  EXPECT_LE(buffer.pinned(), 4096U);
}

// What a chain holds without asking for memory: a super-segment of a bulk flow, however it was written.
TEST(SendBuffer, KeepsBulkInFewPieces) {
  BlockPool pool;
  SendBuffer buffer;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(buffer.append(test::pattern(10'000), 200'000, pool), 10'000U);
  for (std::size_t offset = 40'000; offset + 65'000 <= buffer.size(); offset += 1000)
    ASSERT_LE(buffer.share(offset, 65'000).slice_count(), 2U) << offset;
  EXPECT_LE(buffer.pinned(), 200'000U + 65'792);
}

// Behind slices that were given, in the same block, lies what belongs to others: the rest of a page, or what another buffer that
// shares it has written there.
TEST(SendBuffer, WritesNothingBehindSlicesThatItWasGiven) {
  BlockPool pool;
  const auto octets = test::pattern(300);
  const Chain page(pool.copy(octets));
  SendBuffer first;
  SendBuffer second;
  SendBuffer of_a_part;
  first.append(page, pool);
  second.append(page, pool);
  of_a_part.append(page.share(0, 100), pool);
  const auto one = test::pattern(50, 1);
  const auto other = test::pattern(50, 2);
  for (const std::size_t count : {20U, 30U}) {
    first.append(std::span(one).first(count), 1000, pool);
    second.append(std::span(other).first(count), 1000, pool);
    of_a_part.append(std::span(other).first(count), 1000, pool);
  }
  const auto begin = [](const test::Bytes& bytes, std::ptrdiff_t count) {
    return test::Bytes(bytes.begin(), bytes.begin() + count);
  };
  EXPECT_EQ(first.share(300, 20).to_vector(), begin(one, 20));
  EXPECT_EQ(first.share(320, 30).to_vector(), begin(one, 30));
  EXPECT_EQ(second.share(300, 20).to_vector(), begin(other, 20));
  EXPECT_EQ(page.to_vector(), octets);
}

// Few octets between shared pages do not get a block for bulk each.
TEST(SendBuffer, TakesSmallBlocksBetweenSharedPages) {
  BlockPool pool;
  const Chain page(pool.copy(test::pattern(50'000)));
  SendBuffer buffer;
  for (int i = 0; i < 10; ++i) {
    buffer.append(page, pool);
    buffer.append(test::bytes({i}), 1'000'000, pool);
  }
  EXPECT_LE(pool.bytes_in_use(), page.pinned() + 10 * 256 + 2048);
}

}  // namespace
}  // namespace tunic::tcp
