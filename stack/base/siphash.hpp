// SipHash-2-4 and SipHash-1-3: keyed hashes for ISNs (RFC 9293 §3.4.1), ports (RFC 6056) and hash tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tunic {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

std::uint64_t siphash24(const SipKey& key, std::span<const std::byte> bytes);
/// Fewer rounds: for tables, not for secrets that show on the wire. Two words are all that a 4-tuple needs.
std::uint64_t siphash13(const SipKey& key, std::uint64_t first, std::uint64_t second);
/// SipHash-2-4 of the same two words.
std::uint64_t siphash24(const SipKey& key, std::uint64_t first, std::uint64_t second);

}  // namespace tunic
