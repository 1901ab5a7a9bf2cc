// What an application can set on a UDP socket. RFC 768, RFC 1122 §4.1.4.
//
// Here are meanings and ranges; how POSIX spells them is in <tunic/socket_table.hpp>.
#pragma once

#include <cstdint>

#include <tunic/error.hpp>

namespace tunic {

struct Config;

struct UdpOptions {
  std::uint8_t tos = 0;        ///< of our datagrams (RFC 2474, RFC 3168)
  std::uint8_t ttl = 64;       ///< of our datagrams to single hosts, 1..255; those to groups have 1 (RFC 1112 §6.1)
  bool checksum = true;        ///< off: sent as 0, "none" (RFC 768); arriving ones are verified in any case
  bool broadcast = false;      ///< may send to broadcast addresses
  bool reuse_address = false;  ///< the address may be bound although other sockets have it, if they all say so

  // In octets of memory, bookkeeping included: 1 KiB..16 MiB. One datagram of any length always fits.
  std::uint32_t receive_buffer = 256 * 1024;
  std::uint32_t send_buffer = 256 * 1024;

  friend bool operator==(const UdpOptions&, const UdpOptions&) = default;

  /// What the sockets of a stack with this configuration begin with.
  static UdpOptions defaults(const Config& config);
  /// Error::InvalidArgument if a value lies outside its range.
  Result<void> check() const;
};

}  // namespace tunic
