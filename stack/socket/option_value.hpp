// Values of options as getsockopt and setsockopt pass them: octets with a length.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "socket/addresses.hpp"

namespace tunic::socket {

// The least that SO_SNDBUF and SO_RCVBUF give, in octets: half of Linux's numbers, which count its bookkeeping too.
inline constexpr std::uint32_t kMinSendBuffer = 2304;
inline constexpr std::uint32_t kMinReceiveBuffer = 1152;

/// As much as fits, and how much that was.
inline Answer give(const void* from, std::size_t size, void* value, posix::SockLen* length) {
  const std::size_t count = std::min<std::size_t>(size, *length);
  if (count > 0 && value == nullptr) return posix::fail(Errno::BadAddress);
  if (count > 0) std::memcpy(value, from, count);
  *length = static_cast<posix::SockLen>(count);
  return 0;
}

template <typename T>
T take(const void* value) {
  T taken;
  std::memcpy(&taken, value, sizeof taken);
  return taken;
}

inline bool in_range(int value, int least, int most) {
  return value >= least && value <= most;
}

inline int clamp_to_int(std::int64_t value) {
  return static_cast<int>(std::min<std::int64_t>(value, 0x7fffffff));
}

/// A number at `level`. At the level of IP a small one fits one octet, for whoever has no more room.
inline Answer give_number(int level, int number, void* value, posix::SockLen* length) {
  const bool octet = level == posix::kIpProtoIp && *length > 0 && *length < sizeof(int) && in_range(number, 0, 255);
  const auto small = static_cast<std::uint8_t>(number);
  return octet ? give(&small, 1, value, length) : give(&number, sizeof(int), value, length);
}

}  // namespace tunic::socket
