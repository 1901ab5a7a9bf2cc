// The receive buffer against a plain byte string, and what it pins (B48).
#include "tcp/receive_buffer.hpp"

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::tcp {
namespace {

RC_GTEST_PROP(ReceiveBuffer, BehavesLikeAByteString, ()) {
  BlockPool pool;
  ReceiveBuffer buffer;
  test::Bytes model;
  const int steps = test::any_in(1, 60);
  for (int step = 0; step < steps; ++step) {
    const auto bytes = test::pattern(test::any_in(1u, 2000u), static_cast<std::uint8_t>(step * 31));
    Chain chain(pool.copy(bytes));
    const std::size_t cut = test::any_in<std::size_t>(0, bytes.size());
    chain.trim_front(cut);  // headers, or what was received before
    buffer.push(std::move(chain), pool);
    model.insert(model.end(), bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
    RC_ASSERT(buffer.size() == model.size());
    RC_ASSERT(buffer.empty() == model.empty());

    test::Bytes out(test::any_in(0u, 3000u));
    const std::size_t count = buffer.read(out);
    RC_ASSERT(count == std::min(out.size(), model.size()));
    RC_ASSERT(std::equal(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count), out.begin()));
    model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

// A peer that sends single octets must not make us keep a large block for each.
TEST(ReceiveBuffer, PinsLittleMoreThanItHolds) {
  BlockPool pool;
  ReceiveBuffer buffer;
  for (int i = 0; i < 10'000; ++i) {
    Chain packet(pool.copy(test::pattern(1000)));
    packet.trim_front(999);
    buffer.push(std::move(packet), pool);
  }
  EXPECT_EQ(buffer.size(), 10'000U);
  EXPECT_LE(buffer.pinned(), 15'000U);
  EXPECT_LE(pool.bytes_in_use(), 15'000U);
}

// A large segment is not copied.
TEST(ReceiveBuffer, SharesLargeBlocks) {
  BlockPool pool;
  ReceiveBuffer buffer;
  Chain packet(pool.copy(test::pattern(1460)));
  const std::byte* const octets = packet.slice(0).bytes().data();
  buffer.push(packet, pool);
  EXPECT_EQ(packet.slice(0).bytes().data(), octets);
  EXPECT_EQ(pool.blocks_in_use(), 1U);
}

}  // namespace
}  // namespace tunic::tcp
