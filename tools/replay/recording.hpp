// A capture as a whole: its packets, and the conversations they belong to.
//
// A TCP connection begins with its SYN; what begins in mid-connection is refused, because nobody can know what was agreed on.
// What is kept is capped, and of a file that is larger one conversation can be read. It must not know who is replayed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/packet.hpp"

namespace tunic::replay {

enum class Protocol : std::uint8_t {
  Tcp,
  Udp,
  Echo,   ///< ICMP requests and replies of one identifier
  Other,  ///< ICMP errors about nothing known, and all other protocols
};

struct Flow {
  Protocol protocol = Protocol::Other;
  Endpoint first;                             ///< who sent the first packet
  Endpoint second;                            ///< without ports where the protocol has none
  std::uint16_t identifier = 0;               ///< Echo
  std::vector<std::size_t> packets{};         ///< indexes into Recording::packets, in order
  std::optional<std::uint32_t> first_isn{};   ///< Tcp
  std::optional<std::uint32_t> second_isn{};  ///< nullopt: it never sent a SYN

  bool is_from_first(const Packet& packet) const;
  bool has_host(Ipv4Address host) const { return first.address == host || second.address == host; }
  /// "10.9.0.1:43210-10.9.0.2:80"
  std::string name() const;
  /// Number relative to which `packet` counts; 0: not known.
  std::uint32_t isn_of_sender(const Packet& packet) const;
  std::uint32_t isn_of_receiver(const Packet& packet) const;
};

/// What packets of one flow have in common, whoever sends.
struct FlowKey {
  Protocol protocol = Protocol::Other;
  Endpoint low;
  Endpoint high;
  std::uint16_t identifier = 0;
  friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
};

struct Recording {
  std::string name;  ///< of the file
  std::vector<Packet> packets{};
  std::vector<std::size_t> flow_of{};  ///< of each packet: index into flows
  std::vector<Flow> flows{};
  std::map<FlowKey, std::vector<std::size_t>>
      flows_by_key{};                ///< indexes into flows; several where ports were used again
  std::vector<std::string> notes{};  ///< about frames that were left out
  Duration end{};                    ///< of the last frame

  /// The flow of this name, either way round; nullopt: there is none.
  std::optional<std::size_t> flow_named(std::string_view wanted) const;
  /// The conversations that `packet` may belong to, by its addresses, ports and identifiers, or those that it quotes. An echo
  /// request of another identifier fits where none does better.
  std::vector<std::size_t> flows_of(const Packet& packet) const;
  /// Addresses of the hosts, in order of appearance.
  std::vector<Ipv4Address> hosts() const;
  /// The host that the capture was taken beside: it answers at once, or it takes part in everything. nullopt: no telling.
  std::optional<Ipv4Address> likely_local() const;
  /// The first segment to `local` that acknowledges what the capture does not have, as a sentence with the frame's number.
  std::optional<std::string> missing_before(Ipv4Address local) const;
};

/// So much is kept; a capture with more is refused.
inline constexpr std::size_t kMostOctets = std::size_t{64} << 20;
inline constexpr std::size_t kMostPackets = 250'000;

/// `flow`: the name of the only conversation that is read, either way round; empty: all are. The error is a sentence with the
/// file's name and, if it is about one, the frame's number.
std::expected<Recording, std::string> read_recording(CaptureReader reader, std::string name,
                                                     std::string_view flow = {});
std::expected<Recording, std::string> read_recording(const std::string& path, std::string_view flow = {});

}  // namespace tunic::replay
