// The Internet checksum, eight octets at a time. RFC 1071 §2: the sum does not depend on the order of octets in a word, so
// words are added as the machine reads them and the result is swapped once; and an odd begin only swaps the result.
#include "base/checksum.hpp"

#include <bit>
#include <cstring>

#include "base/endian.hpp"

namespace tunic {

namespace {

constexpr std::uint16_t swap_octets(std::uint16_t word) {
  return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint16_t>(sum);
}

std::uint64_t load_native(const std::byte* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// One's complement addition of 64-bit words: the carry comes back in at the low end.
void add_carrying(std::uint64_t& sum, std::uint64_t word) {
  sum += word;
  sum += sum < word ? 1 : 0;
}

/// The folded sum of the octets as big-endian words, an odd last one filled up with zero.
std::uint16_t sum_octets(const std::byte* p, std::size_t size) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
  for (; size >= 32; size -= 32, p += 32) {  // four chains of additions that do not wait for each other
    add_carrying(a, load_native(p));
    add_carrying(b, load_native(p + 8));
    add_carrying(c, load_native(p + 16));
    add_carrying(d, load_native(p + 24));
  }
  for (; size >= 8; size -= 8, p += 8) add_carrying(a, load_native(p));
  if (size > 0) {
    std::uint64_t rest = 0;
    std::memcpy(&rest, p, size);
    add_carrying(b, rest);
  }
  add_carrying(a, b);
  add_carrying(c, d);
  add_carrying(a, c);
  return std::endian::native == std::endian::little ? swap_octets(fold(a)) : fold(a);
}

}  // namespace

void Checksum::add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const std::uint16_t sum = sum_octets(bytes.data(), bytes.size());
  sum_ += odd_ ? swap_octets(sum) : sum;
  odd_ ^= bytes.size() % 2 != 0;
}

void Checksum::add_be16(std::uint16_t word) {
  sum_ += odd_ ? swap_octets(word) : word;
}

void Checksum::add_be32(std::uint32_t word) {
  add_be16(static_cast<std::uint16_t>(word >> 16));
  add_be16(static_cast<std::uint16_t>(word & 0xffff));
}

std::uint16_t Checksum::folded() const {
  return fold(sum_);
}

std::uint16_t Checksum::finish() const {
  return static_cast<std::uint16_t>(~folded());
}

std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
  const std::uint32_t sum = (checksum ^ 0xffffU) + (old_word ^ 0xffffU) + new_word;
  return static_cast<std::uint16_t>(~fold(sum));
}

}  // namespace tunic
