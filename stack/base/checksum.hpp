// The Internet checksum as a running sum over pieces of any length and alignment. RFC 1071, RFC 1624.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tunic {

namespace detail {

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

}  // namespace detail

class Checksum {
 public:
  /// Bytes that follow those added before; an odd count so far is handled.
  void add(std::span<const std::byte> bytes);
  /// The same of bytes that are copied to `out` on the way.
  void add_copied(std::span<const std::byte> bytes, std::byte* out);
  void add_be16(std::uint16_t word) { sum_ += odd_ ? detail::swap_octets(word) : word; }
  void add_be32(std::uint32_t word) {
    add_be16(static_cast<std::uint16_t>(word >> 16));
    add_be16(static_cast<std::uint16_t>(word & 0xffff));
  }
  /// The one's complement of the folded sum: what goes into a checksum field. Over data that includes a right checksum
  /// field it is 0.
  std::uint16_t finish() const { return static_cast<std::uint16_t>(~folded()); }
  /// The folded sum itself, not complemented: what a device wants in the field of a partial checksum.
  std::uint16_t folded() const { return detail::fold(sum_); }

 private:
  void add_sum(std::uint64_t of_octets, std::size_t size);

  std::uint64_t sum_ = 0;
  bool odd_ = false;
};

/// RFC 1624 eqn. 3: the checksum after one 16-bit word has changed.
std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word);

}  // namespace tunic
