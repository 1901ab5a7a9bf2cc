// The packet buffer against a vector of bytes.
#include <tunic/packet_buffer.hpp>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic {
namespace {

using test::any_in;
using test::Bytes;

void write(std::span<std::byte> out, const Bytes& data) {
  std::ranges::copy(data, out.begin());
}

TEST(PacketBuffer, HeadersGoInFrontOfEachOther) {
  BlockPool pool;
  PacketBuffer packet{Chain(pool.copy(test::bytes({7, 8, 9})))};
  write(packet.prepend(2), test::bytes({5, 6}));
  write(packet.prepend(4), test::bytes({1, 2, 3, 4}));
  EXPECT_EQ(packet.size(), 9U);
  EXPECT_EQ(packet.front().size(), 6U);
  EXPECT_EQ(packet.to_vector(), test::bytes({1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(PacketBuffer, FrontOfAReceivedPacketIsItsFirstSlice) {
  BlockPool pool;
  PacketBuffer packet{Chain(pool.copy(test::pattern(60)))};
  EXPECT_EQ(packet.front().data(), packet.payload().slice(0).bytes().data());
  packet.writable_front()[0] = std::byte{99};
  EXPECT_EQ(packet.to_vector()[0], std::byte{99});
  EXPECT_TRUE(packet.header().empty());
}

TEST(PacketBuffer, PullCopiesOnlyWhatIsNotContiguous) {
  BlockPool pool;
  Chain chain(pool.copy(test::pattern(20)));
  chain.push_back(pool.copy(test::pattern(100, 3)));
  PacketBuffer packet(std::move(chain));
  const Bytes all = packet.to_vector();
  EXPECT_TRUE(packet.pull(20));
  EXPECT_TRUE(packet.header().empty());
  EXPECT_TRUE(packet.pull(30));
  EXPECT_EQ(packet.header().size(), 30U);
  EXPECT_EQ(packet.to_vector(), all);
  EXPECT_FALSE(packet.pull(121)) << "longer than the packet";
}

TEST(PacketBuffer, PullGoesNoFurtherThanTheHeaderRoom) {
  BlockPool pool;
  Chain chain(pool.copy(test::pattern(20)));
  chain.push_back(pool.copy(test::pattern(200)));
  PacketBuffer packet(std::move(chain));
  EXPECT_FALSE(packet.pull(PacketBuffer::kHeaderRoom + 1));
  EXPECT_TRUE(packet.pull(PacketBuffer::kHeaderRoom));
}

TEST(PacketBuffer, TheChainOfAReceivedPacketIsTakenAsItLies) {
  BlockPool pool;
  PacketBuffer packet{Chain(pool.copy(test::pattern(60)))};
  const std::byte* const bytes = packet.front().data();
  packet.trim_front(40);
  const Chain chain = packet.take_chain(pool);
  EXPECT_EQ(chain.slice(0).bytes().data(), bytes + 40);
  EXPECT_EQ(pool.blocks_in_use(), 1U);
  EXPECT_EQ(packet.size(), 0U);
}

TEST(PacketBuffer, MovingLeavesAnEmptyPacket) {
  BlockPool pool;
  PacketBuffer packet{Chain(pool.copy(test::pattern(10)))};
  write(packet.prepend(3), test::bytes({1, 2, 3}));
  packet.offload.gso_size = 1460;
  PacketBuffer moved = std::move(packet);
  EXPECT_EQ(packet.size(), 0U);           // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(packet.offload.gso_size, 0);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.offload.gso_size, 1460);
  packet = std::move(moved);
  EXPECT_EQ(packet.to_vector(), test::join({test::bytes({1, 2, 3}), test::pattern(10)}));
}

TEST(PacketBuffer, ClonesShareThePayload) {
  BlockPool pool;
  PacketBuffer packet{Chain(pool.copy(test::pattern(10)))};
  write(packet.prepend(3), test::bytes({1, 2, 3}));
  packet.offload.checksum_partial = true;
  const PacketBuffer clone = packet.clone();
  packet.writable_front()[0] = std::byte{77};
  EXPECT_EQ(clone.to_vector(), test::join({test::bytes({1, 2, 3}), test::pattern(10)}));
  EXPECT_EQ(clone.payload().slice(0).bytes().data(), packet.payload().slice(0).bytes().data());
  EXPECT_TRUE(clone.offload.checksum_partial);
}

/// A packet and the bytes that it should hold, after any story.
class Pair {
 public:
  Pair() {
    for (int slices = any_in(0, 4); slices > 0; --slices) {
      const Bytes data = test::pattern(any_in<std::size_t>(1, 100));
      packet_.payload().push_back(pool_.copy(data));
      model_.insert(model_.end(), data.begin(), data.end());
    }
  }
  void prepend() {
    const std::size_t room = PacketBuffer::kHeaderRoom - packet_.header().size();
    const Bytes data = test::pattern(std::min(room, any_in<std::size_t>(0, 30)), 100);
    write(packet_.prepend(data.size()), data);
    model_.insert(model_.begin(), data.begin(), data.end());
  }
  void pull() {
    const auto count = any_in<std::size_t>(0, 150);
    const bool possible =
        count <= packet_.front().size() || (count <= model_.size() && count <= PacketBuffer::kHeaderRoom);
    RC_ASSERT(packet_.pull(count) == possible);
    RC_ASSERT(!possible || packet_.front().size() >= count);
  }
  void trim() {
    const auto front = any_in<std::size_t>(0, model_.size() + 1);
    packet_.trim_front(front);
    model_.erase(model_.begin(), model_.begin() + static_cast<std::ptrdiff_t>(front));
    const auto back = any_in<std::size_t>(0, model_.size() + 1);
    packet_.trim_back(back);
    model_.resize(model_.size() - back);
  }
  void take_chain() { packet_ = PacketBuffer(packet_.take_chain(pool_)); }
  void clone() { packet_ = packet_.clone(); }
  void check() const {
    RC_ASSERT(packet_.size() == model_.size());
    RC_ASSERT(packet_.to_vector() == model_);
    RC_ASSERT(std::ranges::equal(packet_.front(), std::span(model_).first(packet_.front().size())));
    RC_ASSERT(model_.empty() || !packet_.front().empty());
  }

 private:
  BlockPool pool_;
  PacketBuffer packet_;
  Bytes model_;
};

RC_GTEST_PROP(PacketBuffer, BehavesLikeAVector, ()) {
  Pair pair;
  const int steps = any_in(1, 20);
  for (int step = 0; step < steps; ++step) {
    switch (any_in(0, 8)) {
      case 0:
        pair.trim();
        break;
      case 1:
        pair.take_chain();
        break;
      case 2:
        pair.clone();
        break;
      case 3:
      case 4:
        pair.pull();
        break;
      default:
        pair.prepend();
    }
    pair.check();
  }
}

}  // namespace
}  // namespace tunic
