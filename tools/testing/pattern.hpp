// The contents of test streams: every octet follows from its place in the stream, so that any part can be checked alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tunic::testing {

/// Two streams with different names differ nearly everywhere.
enum class Stream : std::uint8_t { FromPeer = 0, FromStack = 0x5a };

constexpr std::byte pattern_byte(Stream stream, std::uint64_t offset) {
  constexpr std::uint64_t kOddConstant = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio: spreads neighbours far apart
  return static_cast<std::byte>((offset + 1) * kOddConstant >> 56) ^ static_cast<std::byte>(stream);
}

inline std::vector<std::byte> pattern(Stream stream, std::uint64_t offset, std::size_t length) {
  std::vector<std::byte> bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = pattern_byte(stream, offset + i);
  return bytes;
}

/// Whether `bytes` are what the stream has from `offset` on.
inline bool is_pattern(Stream stream, std::uint64_t offset, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != pattern_byte(stream, offset + i)) return false;
  }
  return true;
}

}  // namespace tunic::testing
