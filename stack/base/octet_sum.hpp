// Sums of octets for the Internet checksum, one way per kind of processor. RFC 1071 §2: words may be added as the machine
// reads them and in any width, since only the rest modulo 65535 counts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tunic {

/// A number with the same rest modulo 65535 as the sum of the machine's 16-bit words, an odd last octet filled up with
/// zero; 0 only for zeros. On every processor.
std::uint64_t sum_octets_portably(const std::byte* p, std::size_t size);

/// The same by the fastest way that this processor has. All give the same checksums.
std::uint64_t sum_octets(const std::byte* p, std::size_t size);

/// The same of octets that are copied to `out` on the way, which costs little more than one of both.
std::uint64_t copy_and_sum_octets(const std::byte* p, std::size_t size, std::byte* out);

}  // namespace tunic
