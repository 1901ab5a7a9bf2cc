// IPv4 addresses, prefixes and transport endpoints as values. RFC 791, RFC 1122 §3.2.1.3, RFC 4632.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tunic/error.hpp>

namespace tunic {

class Ipv4Address {
 public:
  constexpr Ipv4Address() = default;
  /// `value` in host order: 10.9.0.2 is 0x0a090002.
  constexpr explicit Ipv4Address(std::uint32_t value) : value_(value) {}
  constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
      : value_((std::uint32_t{a} << 24) | (std::uint32_t{b} << 16) | (std::uint32_t{c} << 8) | d) {}

  /// Dotted quad only; Error::InvalidArgument otherwise.
  static Result<Ipv4Address> parse(std::string_view text);

  constexpr std::uint32_t value() const { return value_; }
  std::string to_string() const;

  constexpr bool is_unspecified() const { return value_ == 0; }
  constexpr bool is_this_network() const { return (value_ >> 24) == 0; }  // 0.0.0.0/8
  constexpr bool is_loopback() const { return (value_ >> 24) == 127; }    // 127.0.0.0/8
  constexpr bool is_multicast() const { return (value_ >> 28) == 0xe; }   // 224.0.0.0/4
  constexpr bool is_reserved() const { return (value_ >> 28) == 0xf; }    // 240.0.0.0/4, with 255.255.255.255
  constexpr bool is_limited_broadcast() const { return value_ == 0xffffffff; }

  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;

 private:
  std::uint32_t value_ = 0;
};

/// An address together with the length of its network prefix, 0..32: "10.9.0.2/24".
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 32;

  /// "A.B.C.D/N"; Error::InvalidArgument otherwise.
  static Result<Ipv4Prefix> parse(std::string_view text);
  std::string to_string() const;

  constexpr std::uint32_t mask() const { return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length); }
  constexpr Ipv4Address network() const { return Ipv4Address(address.value() & mask()); }
  /// The directed broadcast address. A /31 (RFC 3021) and a /32 have none: then this is the highest address.
  constexpr Ipv4Address broadcast() const { return Ipv4Address(address.value() | ~mask()); }
  constexpr bool has_broadcast() const { return length < 31; }
  constexpr bool contains(Ipv4Address other) const { return (other.value() & mask()) == network().value(); }

  friend constexpr auto operator<=>(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

using Port = std::uint16_t;

struct Endpoint {
  Ipv4Address address;
  Port port = 0;

  std::string to_string() const;  // "10.9.0.2:80"
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace tunic
