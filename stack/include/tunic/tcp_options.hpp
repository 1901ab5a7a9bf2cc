// What an application can set on a TCP connection or listener. RFC 9293 §3.9.1 and §3.8.4, RFC 5482, RFC 7413.
//
// One plain value for both: a connection inherits from its listener when it is accepted. Here are meanings and ranges;
// how POSIX spells them is in <tunic/socket_table.hpp>, what a connection does about them is TCP's business.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <tunic/congestion_control.hpp>
#include <tunic/error.hpp>
#include <tunic/fast_open.hpp>
#include <tunic/time.hpp>

namespace tunic {

struct Config;

/// RFC 9293 §3.8.4 (MUST-24 to MUST-28): off unless asked for, and idle for at least two hours by default.
struct KeepAlive {
  bool on = false;
  Duration idle = std::chrono::hours(2);         ///< before the first probe, 1..32767 s
  Duration interval = std::chrono::seconds(75);  ///< between probes, 1..32767 s
  std::uint8_t count = 9;                        ///< unanswered probes that end the connection, 1..127

  friend bool operator==(const KeepAlive&, const KeepAlive&) = default;
};

/// What close() does with data that is not acknowledged yet.
struct LingerOption {
  bool on = false;            ///< off: close() returns at once and the stack finishes the connection
  std::uint16_t seconds = 0;  ///< on, 0: close() resets the connection; else a blocking close() waits so long

  friend bool operator==(const LingerOption&, const LingerOption&) = default;
};

struct SocketOptions {
  // Sending (RFC 9293 §3.7.4, §3.7.1)
  bool no_delay = false;          ///< MUST-17: Nagle's algorithm off
  bool cork = false;              ///< only full segments leave, until it is taken off or so much time passes
  std::uint16_t max_segment = 0;  ///< bounds what we send and the MSS we offer, 88..32767; 0: no bound
  bool no_options = false;        ///< our SYN has none, so that none is agreed on either (BSD)
  std::uint32_t not_sent_low_water =
      0xffffffff;  ///< writable only while fewer octets than this wait unsent; 0: no bound
  std::uint32_t receive_low_water =
      1;                  ///< readable only with so many octets, or a window that takes no more; 1 or more
  std::uint8_t tos = 0;   ///< of our packets (RFC 2474); the two ECN bits are TCP's own
  std::uint8_t ttl = 64;  ///< of our packets, 1..255

  CongestionAlgorithm congestion_control = CongestionAlgorithm::Cubic;  ///< if set before the connection is open

  // Giving up (RFC 9293 §3.8.3, RFC 5482)
  Duration user_timeout{};  ///< what waits to be delivered without progress for so long ends the connection, and
                            ///< so do keep-alive probes, whatever their count; 0: R2 and the count rule
  std::uint8_t syn_retransmits = 7;  ///< R2 of an active open (MUST-22), 1..127
  Duration open_limit{};             ///< an active open gives up after this, whatever its SYNs; 0: no limit
  bool urgent_inline =
      false;  ///< SO_OOBINLINE: recv() gives the last urgent octet with the others. Typed sockets always do
  bool tell_soft_errors = false;  ///< readiness tells of them too (SHLD-20); TcpSocket::soft_error() does always
  KeepAlive keep_alive;
  LingerOption linger;
  Duration fin_wait_2 =
      std::chrono::seconds(60);  ///< after close() the peer may take so long to finish; 0: it is reset

  // Buffers, in octets of data: 1 KiB..16 MiB
  std::uint32_t send_buffer = 256 * 1024;
  std::uint32_t receive_buffer = 256 * 1024;  ///< fixes the window scale, if set before the SYN

  bool reuse_address = false;  ///< the address may be bound although other sockets have it; two listeners may not

  // Fast Open (RFC 7413)
  std::uint32_t fast_open_queue = 0;  ///< of a listener: connections that may wait with data of their SYN; 0: off
  bool fast_open_no_cookie = false;   ///< data in any SYN: of a listener, taken; of an active open with fast_open, sent
  std::optional<FastOpenKeys> fast_open_keys;  ///< of a listener; default: the stack's
  bool fast_open = false;                      ///< of an active open: data given before the SYN leaves may ride in it
  bool fast_open_connect = false;  ///< of an active open: with a cookie at hand the SYN waits for the first data

  friend bool operator==(const SocketOptions&, const SocketOptions&) = default;

  /// What the sockets of a stack with this configuration begin with.
  static SocketOptions defaults(const Config& config);
  /// Error::InvalidArgument if a value lies outside its range.
  Result<void> check() const;
};

/// Those who have the same options share them: a listener and all its connections. nullptr: the stack's defaults.
using SharedOptions = std::shared_ptr<const SocketOptions>;

}  // namespace tunic
