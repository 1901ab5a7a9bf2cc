// Text of addresses, prefixes and endpoints. RFC 791's dotted quad and nothing else: no names, no hexadecimal, no octal.
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <tunic/address.hpp>

namespace tunic {

namespace {

/// Takes a decimal number in 0..max off the front of `text`. A leading zero is refused: some read it as octal.
std::optional<std::uint8_t> take_number(std::string_view& text, std::uint8_t max) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  unsigned value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto digits = static_cast<std::size_t>(rest - text.data());
  if (error != std::errc() || value > max || (text[0] == '0' && digits > 1)) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint8_t>(value);
}

std::optional<Ipv4Address> take_address(std::string_view& text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto number = take_number(text, 255);
    if (!number) return std::nullopt;
    value = value << 8 | *number;
  }
  return Ipv4Address(value);
}

}  // namespace

Result<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  const auto address = take_address(text);
  if (!address || !text.empty()) return fail(Error::InvalidArgument);
  return *address;
}

std::string Ipv4Address::to_string() const {
  return fmt::format("{}.{}.{}.{}", value_ >> 24, value_ >> 16 & 0xff, value_ >> 8 & 0xff, value_ & 0xff);
}

Result<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const auto address = take_address(text);
  if (!address || !text.starts_with('/')) return fail(Error::InvalidArgument);
  text.remove_prefix(1);
  const auto length = take_number(text, 32);
  if (!length || !text.empty()) return fail(Error::InvalidArgument);
  return Ipv4Prefix{*address, *length};
}

std::string Ipv4Prefix::to_string() const {
  return fmt::format("{}/{}", address.to_string(), length);
}

std::string Endpoint::to_string() const {
  return fmt::format("{}:{}", address.to_string(), port);
}

}  // namespace tunic
