// SipHash-c-d as its authors define it (Aumasson and Bernstein, 2012): c rounds per word of the message, d at the end.
#include "base/siphash.hpp"

#include <bit>

namespace tunic {

namespace {

template <int kWordRounds, int kFinalRounds>
class SipState {
 public:
  explicit SipState(const SipKey& key)
      : v0_(key.k0 ^ 0x736f6d6570736575),
        v1_(key.k1 ^ 0x646f72616e646f6d),
        v2_(key.k0 ^ 0x6c7967656e657261),
        v3_(key.k1 ^ 0x7465646279746573) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    rounds(kWordRounds);
    v0_ ^= word;
  }
  std::uint64_t finish() {
    v2_ ^= 0xff;
    rounds(kFinalRounds);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_;
      v2_ += v3_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v1_;
      v0_ += v3_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

/// Up to eight octets, the first one lowest.
std::uint64_t load_little_endian(std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) word |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return word;
}

template <typename State>
std::uint64_t hash_two_words(const SipKey& key, std::uint64_t first, std::uint64_t second) {
  State state(key);
  state.add(first);
  state.add(second);
  state.add(std::uint64_t{16} << 56);  // the message's length is in the top octet of the last word
  return state.finish();
}

}  // namespace

std::uint64_t siphash24(const SipKey& key, std::span<const std::byte> bytes) {
  SipState<2, 4> state(key);
  const std::uint64_t length = std::uint64_t{bytes.size()} << 56;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) state.add(load_little_endian(bytes.first(8)));
  state.add(load_little_endian(bytes) | length);
  return state.finish();
}

std::uint64_t siphash24(const SipKey& key, std::uint64_t first, std::uint64_t second) {
  return hash_two_words<SipState<2, 4>>(key, first, second);
}

std::uint64_t siphash13(const SipKey& key, std::uint64_t first, std::uint64_t second) {
  return hash_two_words<SipState<1, 3>>(key, first, second);
}

}  // namespace tunic
