// What the parts of TCP may use of their host.
#pragma once

#include <algorithm>

#include <tunic/config.hpp>
#include <tunic/fast_open.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/tcp_options.hpp>

#include "base/siphash.hpp"
#include "segment/event_log.hpp"
#include "tcp/fast_open.hpp"
#include "tcp/syn_cookies.hpp"

namespace tunic::tcp {

struct Context {
  const Config& config;
  BlockPool& pool;
  EventLog& log;
  SipKey isn_key;
  SipKey timestamp_key;
  FastOpenCache& fast_open;
  SynCookies syn_cookies{};
  FastOpenKeys fast_open_keys{};       ///< of listeners that have none of their own
  SocketOptions default_options{};     ///< of sockets that set none
  bool super_segments_arrive = false;  ///< the device delivers many segments at once, and each costs little
  std::size_t buffer_growth = 0;       ///< octets that tuned buffers have more than they began with, all together

  /// Packet memory beyond what should be used, or all of it.
  bool memory_is_tight() const { return pool.bytes_in_use() > config.memory_soft; }
  bool memory_is_spent() const { return pool.bytes_in_use() >= config.memory_hard; }
  /// What tuned buffers may still grow by: half of the packet memory stays for everything else.
  std::size_t growth_left() const {
    const std::size_t limit = memory_is_tight() ? 0 : config.memory_soft / 2;
    return limit - std::min(buffer_growth, limit);
  }
  const TcpConfig& tcp() const { return config.tcp; }
  /// What the MTU leaves for data with headers of 40 octets.
  std::uint16_t mtu_mss() const { return static_cast<std::uint16_t>(config.mtu - 40); }
  /// The MSS that a socket with these options offers, and the most that it sends.
  std::uint16_t own_mss(const SocketOptions& options) const {
    return options.max_segment == 0 ? mtu_mss() : std::min(options.max_segment, mtu_mss());
  }
};

}  // namespace tunic::tcp
