// An IPv4 packet taken apart, recorded or live: the same view of both, so that they can be compared.
//
// RFC 791, RFC 768, RFC 792, RFC 9293 §3.1. Checksums are looked at and do not make a packet unreadable. It must not know
// connections: sequence numbers are as on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tunic/event.hpp>
#include <tunic/time.hpp>

#include "replay/capture.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"
#include "wire/tcp.hpp"
#include "wire/tcp_options.hpp"
#include "wire/udp.hpp"

namespace tunic::replay {

struct Packet {
  std::uint64_t frame = 0;  ///< number of a recorded one
  Duration at{};            ///< since the first frame
  std::vector<std::byte> octets{};
  std::size_t present = 0;  ///< so many of them were captured; the rest is zeros

  wire::Ipv4Header ip{};
  // At most one of these; none in a fragment that is not the first.
  std::optional<wire::TcpHeader> tcp{};
  std::optional<wire::UdpHeader> udp{};
  std::optional<wire::IcmpHeader> icmp{};
  /// The checksum of TCP is right, or left to the device that would have completed it.
  bool checksum_good = true;

  Endpoint source() const;
  Endpoint destination() const;
  wire::TcpFlags flags() const { return tcp ? tcp->flags : wire::TcpFlags(); }
  /// Behind the headers of IP and, where there is one, of the transport.
  std::span<const std::byte> payload() const;
  std::span<const std::byte> options() const;
  /// SEG.LEN
  std::uint32_t sequence_length() const;
  SeqNum end() const { return tcp->seq + sequence_length(); }
};

/// The error is a phrase: "its IP header is broken: …".
std::expected<Packet, std::string> read_packet(std::vector<std::byte> octets, std::size_t present);

/// "10.9.0.1:80", or without a port "10.9.0.1"; nullopt: it is neither.
std::optional<Endpoint> endpoint_named(std::string_view text);

/// In packetdrill's notation, with numbers relative to these.
std::string to_notation(const Packet& packet, std::uint32_t seq_base, std::uint32_t ack_base);

}  // namespace tunic::replay
