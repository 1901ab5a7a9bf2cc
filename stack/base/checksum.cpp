// The Internet checksum. RFC 1071 §2: the sum does not depend on the order of octets in a word, so words are added as the
// machine reads them and the result is swapped once; and an odd begin only swaps the result.
#include "base/checksum.hpp"

#include <bit>

#include "base/endian.hpp"
#include "base/octet_sum.hpp"

namespace tunic {

void Checksum::add(std::span<const std::byte> bytes) {
  if (!bytes.empty()) add_sum(sum_octets(bytes.data(), bytes.size()), bytes.size());
}

void Checksum::add_copied(std::span<const std::byte> bytes, std::byte* out) {
  if (!bytes.empty()) add_sum(copy_and_sum_octets(bytes.data(), bytes.size(), out), bytes.size());
}

void Checksum::add_sum(std::uint64_t of_octets, std::size_t size) {
  const std::uint16_t words = detail::fold(of_octets);
  const std::uint16_t sum = std::endian::native == std::endian::little ? detail::swap_octets(words) : words;
  sum_ += odd_ ? detail::swap_octets(sum) : sum;
  odd_ ^= size % 2 != 0;
}

std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
  const std::uint32_t sum = (checksum ^ 0xffffU) + (old_word ^ 0xffffU) + new_word;
  return static_cast<std::uint16_t>(~detail::fold(sum));
}

}  // namespace tunic
