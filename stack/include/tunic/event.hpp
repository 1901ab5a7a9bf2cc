// The event log: what an observer hears, and the one source of traces, tests and pages.
//
// Everything an Event refers to lives only during Observer::on_event. With no observer attached no event is built.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include <tunic/address.hpp>
#include <tunic/tcp_state.hpp>
#include <tunic/time.hpp>
#include <tunic/why.hpp>

namespace tunic {

/// Names a connection of one stack for as long as the stack lives: 1, 2, … in the order of opening. 0: no connection.
using ConnectionNumber = std::uint64_t;

enum class EventKind : std::uint8_t {
  Send,    ///< a packet leaves
  Recv,    ///< a packet was taken
  Drop,    ///< a packet was not taken
  Hold,    ///< something to send waits
  State,   ///< the connection changed its state
  Timer,   ///< a timer went off
  Call,    ///< the application called
  Window,  ///< the congestion window is what it was before, or there is another reason for it than segments show
};

/// One TCP segment, numbers as on the wire. `isn_*` make them relative for people (packetdrill counts data from 1).
struct SegmentInfo {
  Endpoint source;
  Endpoint destination;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t flags = 0;   ///< the wire's bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256
  std::uint16_t window = 0;  ///< the raw field
  std::uint16_t urgent = 0;
  std::uint32_t payload_size = 0;
  std::span<const std::byte> options;  ///< as on the wire
  std::uint32_t seq_base = 0;          ///< the sender's ISN (0 where not known: numbers are then absolute)
  std::uint32_t ack_base = 0;          ///< the ISN of the other side
  std::uint8_t tos = 0;                ///< DSCP and ECN bits
  std::uint8_t ttl = 0;
};

/// One ICMP message.
struct IcmpInfo {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t identifier = 0;  ///< echo only
  std::uint16_t sequence = 0;    ///< echo only
  std::uint32_t payload_size = 0;
};

/// One UDP datagram.
struct UdpInfo {
  Endpoint source;
  Endpoint destination;
  std::uint32_t payload_size = 0;
};

/// Any other IPv4 packet, a fragment, or one that was dropped before its protocol was looked at. Fields that were not there
/// are 0.
struct PacketInfo {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t protocol = 0;
  std::uint32_t size = 0;
  std::uint16_t identification = 0;
  std::uint16_t fragment_offset = 0;  ///< octets
  bool more_fragments = false;
};

/// A snapshot of one connection: RFC 9293 §3.3.1's variables and the sender's state, in octets and host order.
struct ConnectionInfo {
  ConnectionNumber number = 0;
  Endpoint local;
  Endpoint remote;
  TcpState state = TcpState::Closed;
  std::uint32_t iss = 0, irs = 0;
  std::uint32_t snd_una = 0, snd_nxt = 0, snd_wnd = 0;
  std::uint32_t rcv_nxt = 0, rcv_wnd = 0;
  std::uint32_t snd_mss = 0, rcv_mss = 0;
  std::uint8_t snd_wind_shift = 0, rcv_wind_shift = 0;
  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = 0;      ///< 0xffffffff: not yet known
  std::uint32_t in_flight = 0;     ///< pipe: octets believed to be in the network
  std::uint32_t unsent = 0;        ///< octets in the send buffer not sent yet
  std::uint32_t unacked = 0;       ///< octets sent and not acknowledged
  std::uint32_t unread = 0;        ///< octets the application has not read
  std::uint32_t out_of_order = 0;  ///< octets held beyond a hole
  Duration srtt{}, rttvar{}, rto{};
  std::uint32_t backoff = 0;        ///< timeouts in a row
  std::uint64_t retransmitted = 0;  ///< segments resent so far
  std::uint64_t segments_in = 0, segments_out = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;  ///< payload delivered in order, payload acknowledged
};

struct StateChange {
  TcpState from;
  TcpState to;
};

struct Event {
  Instant at;
  EventKind kind;
  Why why;
  ConnectionNumber connection = 0;
  std::variant<std::monostate, SegmentInfo, UdpInfo, IcmpInfo, PacketInfo, StateChange> subject;
  std::string_view detail;                   ///< Call: "send(1000) = 1000"; Timer: "retransmission"; else empty
  const ConnectionInfo* snapshot = nullptr;  ///< after the event; null where no connection is concerned
};

}  // namespace tunic
