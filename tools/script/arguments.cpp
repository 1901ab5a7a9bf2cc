// Everything is checked: a script is input.
#include "script/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "script/names.hpp"

namespace tunic::script {

namespace {

constexpr std::int64_t kMostOctets = 64 * 1024 * 1024;

template <typename T>
void append(std::vector<std::byte>& bytes, T value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(&bytes[at], &value, sizeof value);
}

}  // namespace

Resolved<std::int64_t> number_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Ellipsis:
      return 0;
    case Value::Kind::Integer:
      return value.integer;
    case Value::Kind::Name: {
      const auto constant = constant_named(value.text);
      if (!constant) return std::unexpected(fmt::format("there is no constant '{}'", value.text));
      return *constant;
    }
    case Value::Kind::Either: {
      std::int64_t bits = 0;
      for (const Value& item : value.items) {
        const auto number = number_of(item);
        if (!number) return number;
        bits |= *number;
      }
      return bits;
    }
    case Value::Kind::Apply:
      if ((value.text == "htons" || value.text == "htonl") && value.items.size() == 1) return number_of(value.items[0]);
      return std::unexpected(fmt::format("there is no function {}()", value.text));
    case Value::Kind::List:
      if (value.items.size() == 1) return number_of(value.items[0]);
      [[fallthrough]];
    default:
      return std::unexpected("expected a number here");
  }
}

Resolved<posix::SockAddrIn> address_of(const Value& value, const Endpoint& otherwise) {
  if (value.kind == Value::Kind::Ellipsis) return posix::to_sockaddr(otherwise);
  const Value* family = value.field("sa_family");
  const Value* port = value.field("sin_port");
  const Value* address = value.field("sin_addr");
  if (family == nullptr)
    return std::unexpected("expected an address: ... or {sa_family=AF_INET, sin_port=…, sin_addr=…}");
  Endpoint endpoint;
  const auto family_number = number_of(*family);
  if (!family_number) return std::unexpected(family_number.error());
  const auto port_number = port == nullptr ? Resolved<std::int64_t>(0) : number_of(*port);
  if (!port_number) return std::unexpected(port_number.error());
  endpoint.port = static_cast<Port>(*port_number);
  if (address != nullptr && address->kind == Value::Kind::Apply && address->items.size() == 1) {
    const auto parsed = Ipv4Address::parse(address->items[0].text);
    if (!parsed) return std::unexpected(fmt::format("'{}' is no IPv4 address", address->items[0].text));
    endpoint.address = *parsed;
  } else if (address != nullptr) {
    const auto number = number_of(*address);
    if (!number) return std::unexpected(number.error());
    endpoint.address = Ipv4Address(static_cast<std::uint32_t>(*number));
  }
  posix::SockAddrIn result = posix::to_sockaddr(endpoint);
  result.family = static_cast<std::uint16_t>(*family_number);
  return result;
}

bool is_bad_pointer(const Value& value) {
  return value.kind == Value::Kind::Integer || (value.kind == Value::Kind::Name && value.text == "NULL");
}

Resolved<std::vector<std::byte>> option_of(const Value& value) {
  std::vector<std::byte> bytes;
  if (value.kind == Value::Kind::Text) {
    const auto* data = reinterpret_cast<const std::byte*>(value.text.data());
    return std::vector<std::byte>(data, data + value.text.size());
  }
  if (value.kind == Value::Kind::Record) {
    const Value* on = value.field("onoff");
    const Value* seconds = value.field("linger");
    if (on == nullptr || seconds == nullptr) return std::unexpected("expected {onoff=…, linger=…}");
    const auto on_off = number_of(*on);
    const auto linger = number_of(*seconds);
    if (!on_off || !linger) return std::unexpected("expected numbers in {onoff=…, linger=…}");
    append(bytes, static_cast<int>(*on_off));
    append(bytes, static_cast<int>(*linger));
    return bytes;
  }
  const auto number = number_of(value);
  if (!number) return std::unexpected(number.error());
  append(bytes, static_cast<int>(*number));
  return bytes;
}

Resolved<std::vector<std::size_t>> pieces_of(const Value& value) {
  std::vector<std::size_t> pieces;
  for (const Value& item : value.items) {
    const bool pair = item.kind == Value::Kind::Record && item.fields.size() == 2;
    const auto size = pair ? number_of(item.fields[1].value) : Resolved<std::int64_t>(-1);
    if (!size || *size < 0 || *size > kMostOctets) return std::unexpected("expected pieces: [{..., 10}, {..., 20}]");
    pieces.push_back(static_cast<std::size_t>(*size));
  }
  return pieces;
}

std::vector<std::byte> octets_of(const Value& value, std::size_t size) {
  std::vector<std::byte> octets(size);
  if (value.kind == Value::Kind::Text) {
    std::memcpy(octets.data(), value.text.data(), std::min(size, value.text.size()));
  }
  return octets;
}

}  // namespace tunic::script
