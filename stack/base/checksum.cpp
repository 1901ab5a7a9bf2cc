// The Internet checksum. RFC 1071 §2: the sum does not depend on the order of octets in a word, so words are added as the
// machine reads them and the result is swapped once; and an odd begin only swaps the result.
#include "base/checksum.hpp"

#include <bit>

#include "base/endian.hpp"
#include "base/octet_sum.hpp"

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

}  // namespace

void Checksum::add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const std::uint16_t words = fold(sum_octets(bytes.data(), bytes.size()));
  const std::uint16_t sum = std::endian::native == std::endian::little ? swap_octets(words) : words;
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
