// getsockopt and setsockopt: names, sizes and ranges as on Linux. What the options mean is in <tunic/tcp_options.hpp>.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "host/host.hpp"
#include "socket/option_value.hpp"
#include "socket/stream_socket.hpp"
#include "socket/tcp_info.hpp"
#include "tcp/connection.hpp"

namespace tunic::socket {

using posix::fail;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t kCongestionNameRoom = 16;  // TCP_CA_NAME_MAX
constexpr int kEcnBits = 3;

}  // namespace

// ---- Getting ----

Answer StreamSocket::get_option(int level, int option, void* value, posix::SockLen* length) {
  if (length == nullptr) return fail(Errno::BadAddress);
  if (static_cast<std::int32_t>(*length) < 0) return fail(Errno::Invalid);
  if (level == posix::kSolSocket && option == posix::kSoLinger) {
    const LingerOption linger = options().linger;
    const posix::Linger shape{linger.on ? 1 : 0, linger.seconds};
    return give(&shape, sizeof shape, value, length);
  }
  if (level == posix::kIpProtoTcp && option == posix::kTcpInfo) return get_tcp_info(value, length);
  if (level == posix::kIpProtoTcp && option == posix::kTcpCongestion) {
    std::array<char, kCongestionNameRoom> name{};
    std::ranges::copy(to_string(options().congestion_control), name.begin());
    return give(name.data(), name.size(), value, length);
  }
  if (level == posix::kIpProtoTcp && option == posix::kTcpFastOpenKey) return get_fast_open_keys(value, length);
  const auto number = level == posix::kSolSocket    ? get_socket_int(option)
                      : level == posix::kIpProtoTcp ? get_tcp_int(option)
                      : level == posix::kIpProtoIp  ? get_ip_int(option)
                                                    : fail(Errno::NotSupported);
  if (!number) return fail(number.error());
  return give_number(level, *number, value, length);
}

std::expected<int, Errno> StreamSocket::get_socket_int(int option) {
  const SocketOptions o = options();
  const std::int64_t factor = stack_.config().sockets.buffer_factor;
  const tcp::Connection* with = connection();
  switch (option) {
    case posix::kSoReuseAddr:
      return o.reuse_address;
    case posix::kSoType:
      return posix::kSockStream;
    case posix::kSoDomain:
      return posix::kAfInet;
    case posix::kSoProtocol:
      return posix::kIpProtoTcp;
    case posix::kSoError:
      if (const auto error = take_error()) return static_cast<int>(*error);
      return 0;
    // TCP may have fitted both to the segment size or to the flow.
    case posix::kSoSndBuf:
      return clamp_to_int((with == nullptr ? o.send_buffer : with->send_capacity()) * factor);
    case posix::kSoRcvBuf:
      return clamp_to_int((with == nullptr ? o.receive_buffer : with->receive_capacity()) * factor);
    case posix::kSoKeepAlive:
      return o.keep_alive.on;
    case posix::kSoRcvLowAt:
      return clamp_to_int(o.receive_low_water);
    case posix::kSoOobInline:
      return o.urgent_inline;
    case posix::kSoAcceptConn:
      return listening();
    default:
      return fail(Errno::NoProtocolOption);
  }
}

std::expected<int, Errno> StreamSocket::get_tcp_int(int option) const {
  const SocketOptions o = options();
  const auto whole_seconds = [](Duration d) {
    return static_cast<int>(std::chrono::duration_cast<seconds>(d).count());
  };
  const tcp::Connection* with = connection();
  switch (option) {
    case posix::kTcpNoDelay:
      return o.no_delay;
    case posix::kTcpMaxSeg: {
      if (with != nullptr) return static_cast<int>(with->effective_mss());
      return o.max_segment != 0 ? o.max_segment : stack_.config().tcp.default_mss;
    }
    case posix::kTcpCork:
      return o.cork;
    case posix::kTcpKeepIdle:
      return whole_seconds(o.keep_alive.idle);
    case posix::kTcpKeepIntvl:
      return whole_seconds(o.keep_alive.interval);
    case posix::kTcpKeepCnt:
      return o.keep_alive.count;
    case posix::kTcpSynCnt:
      return o.syn_retransmits;
    case posix::kTcpLinger2:
      return o.fin_wait_2 == Duration::zero() ? -1 : whole_seconds(o.fin_wait_2);
    case posix::kTcpNoOpt:
      return o.no_options;
    case posix::kTcpKeepInit:
      return whole_seconds(o.open_limit);
    case posix::kTcpUserTimeout:
      return static_cast<int>(std::chrono::duration_cast<milliseconds>(o.user_timeout).count());
    case posix::kTcpFastOpen:
      return clamp_to_int(o.fast_open_queue);
    case posix::kTcpFastOpenConnect:
      return o.fast_open_connect;
    case posix::kTcpFastOpenNoCookie:
      return o.fast_open_no_cookie;
    case posix::kTcpNotSentLowAt:
      return static_cast<int>(o.not_sent_low_water);
    case posix::kTcpQuickAck:
      return socket_.quick_ack();
    default:
      return fail(Errno::NoProtocolOption);
  }
}

std::expected<int, Errno> StreamSocket::get_ip_int(int option) const {
  if (option == posix::kIpTos) return options().tos;
  if (option == posix::kIpTtl) return options().ttl;
  if (option == posix::kIpRecvErr) return options().tell_soft_errors;
  return fail(Errno::NoProtocolOption);
}

Answer StreamSocket::get_tcp_info(void* value, posix::SockLen* length) const {
  posix::TcpInfo info;
  if (const tcp::Connection* with = connection()) {
    info = tcp_info(*with, stack_.config(), stack_.now());
  } else {
    info = tcp_info(listener_.info(), stack_.config());
  }
  return give(&info, sizeof info, value, length);
}

// ---- Setting ----

Answer StreamSocket::set_option(int level, int option, const void* value, posix::SockLen length) {
  if (static_cast<std::int32_t>(length) < 0) return fail(Errno::Invalid);
  if (value == nullptr) return fail(Errno::BadAddress);
  if (level == posix::kIpProtoTcp && option == posix::kTcpCongestion) {
    if (length == 0) return fail(Errno::Invalid);
    const std::string_view given(static_cast<const char*>(value), std::min<std::size_t>(length, kCongestionNameRoom));
    const auto algorithm = congestion_algorithm_named(given.substr(0, given.find('\0')));
    if (!algorithm) return fail(Errno::NoEntry);
    SocketOptions changed = options();
    changed.congestion_control = *algorithm;
    return apply(changed);
  }
  if (level == posix::kIpProtoTcp && option == posix::kTcpFastOpenKey) {
    return set_fast_open_keys({static_cast<const std::byte*>(value), length});
  }
  int number = 0;
  if (level == posix::kIpProtoIp) {  // an octet will do
    if (length >= sizeof(int)) {
      number = take<int>(value);
    } else if (length >= 1) {
      number = take<std::uint8_t>(value);
    } else if (option == posix::kIpTtl) {
      return fail(Errno::Invalid);
    }
  } else {
    if (level != posix::kSolSocket && level != posix::kIpProtoTcp) return fail(Errno::NoProtocolOption);
    if (length < sizeof(int)) return fail(Errno::Invalid);
    number = take<int>(value);
  }
  if (level == posix::kSolSocket && option == posix::kSoLinger) {
    if (length < sizeof(posix::Linger)) return fail(Errno::Invalid);
    const auto linger = take<posix::Linger>(value);
    SocketOptions changed = options();
    // As Linux: "off" keeps the time, and a negative one is for ever.
    changed.linger.on = linger.on_off != 0;
    if (changed.linger.on) {
      changed.linger.seconds =
          static_cast<std::uint16_t>(std::min(static_cast<std::uint32_t>(linger.seconds), 0xffffU));
    }
    return apply(changed);
  }
  // Nothing that stays, and without a connection nothing to do.
  if (level == posix::kIpProtoTcp && option == posix::kTcpQuickAck) {
    if (socket_.valid()) return socket_.set_quick_ack(number != 0) ? Answer(0) : fail(Errno::Invalid);
    return 0;
  }
  const auto changed = level == posix::kSolSocket    ? with_socket_int(option, number)
                       : level == posix::kIpProtoTcp ? with_tcp_int(option, number)
                                                     : with_ip_int(option, number);
  if (!changed) return fail(changed.error());
  return apply(*changed);
}

std::expected<SocketOptions, Errno> StreamSocket::with_socket_int(int option, int value) const {
  SocketOptions o = options();
  const std::uint32_t buffer = std::min(static_cast<std::uint32_t>(value), stack_.config().sockets.max_buffer);
  switch (option) {
    case posix::kSoReuseAddr:
      o.reuse_address = value != 0;
      return o;
    case posix::kSoSndBuf:
      o.send_buffer = std::max(buffer, kMinSendBuffer);
      return o;
    case posix::kSoRcvBuf:
      o.receive_buffer = std::max(buffer, kMinReceiveBuffer);
      return o;
    case posix::kSoKeepAlive:
      o.keep_alive.on = value != 0;
      return o;
    case posix::kSoRcvLowAt:  // as Linux: negative is as much as can be, 0 is 1, and half of the buffer is enough
      o.receive_low_water =
          value < 0 ? o.receive_buffer / 2 : std::min(static_cast<std::uint32_t>(value), o.receive_buffer / 2);
      o.receive_low_water = std::max(o.receive_low_water, 1u);
      return o;
    case posix::kSoOobInline:
      o.urgent_inline = value != 0;
      return o;
    default:  // also those that can only be asked for
      return fail(Errno::NoProtocolOption);
  }
}

std::expected<SocketOptions, Errno> StreamSocket::with_tcp_int(int option, int value) const {
  constexpr int kMaxKeepAlive = 32767;
  constexpr int kMaxCount = 127;
  const bool unconnected = phase_ == Phase::Idle || phase_ == Phase::Listening;
  SocketOptions o = options();
  const auto checked = [&](bool good) -> std::expected<SocketOptions, Errno> {
    if (!good) return fail(Errno::Invalid);
    return o;
  };
  switch (option) {
    case posix::kTcpNoDelay:
      o.no_delay = value != 0;
      return o;
    case posix::kTcpMaxSeg:
      o.max_segment = static_cast<std::uint16_t>(value);
      return checked(value == 0 || in_range(value, 88, 32767));
    case posix::kTcpCork:
      o.cork = value != 0;
      return o;
    case posix::kTcpKeepIdle:
      o.keep_alive.idle = seconds(value);
      return checked(in_range(value, 1, kMaxKeepAlive));
    case posix::kTcpKeepIntvl:
      o.keep_alive.interval = seconds(value);
      return checked(in_range(value, 1, kMaxKeepAlive));
    case posix::kTcpKeepCnt:
      o.keep_alive.count = static_cast<std::uint8_t>(value);
      return checked(in_range(value, 1, kMaxCount));
    case posix::kTcpSynCnt:
      o.syn_retransmits = static_cast<std::uint8_t>(value);
      return checked(in_range(value, 1, kMaxCount));
    case posix::kTcpLinger2: {  // as Linux: negative is not at all, 0 the default, and there is a limit
      constexpr int kMaxLinger = 120;
      o.fin_wait_2 = value == 0 ? stack_.config().tcp.fin_wait_2 : seconds(std::clamp(value, 0, kMaxLinger));
      return o;
    }
    case posix::kTcpNoOpt:
      o.no_options = value != 0;
      return o;
    case posix::kTcpKeepInit:
      o.open_limit = value == 0 ? stack_.config().tcp.open_limit : seconds(value);
      return checked(in_range(value, 0, kMaxKeepAlive));
    case posix::kTcpUserTimeout:
      o.user_timeout = milliseconds(value);
      return checked(value >= 0);
    case posix::kTcpFastOpen:
      o.fast_open_queue = static_cast<std::uint32_t>(value);
      return checked(value >= 0 && unconnected);
    case posix::kTcpFastOpenConnect:
      o.fast_open_connect = o.fast_open = value != 0;
      return checked(in_range(value, 0, 1) && phase_ == Phase::Idle);
    case posix::kTcpFastOpenNoCookie:
      o.fast_open_no_cookie = value != 0;
      return checked(in_range(value, 0, 1) && unconnected);
    case posix::kTcpNotSentLowAt:
      o.not_sent_low_water = static_cast<std::uint32_t>(value);
      return o;
    default:
      return fail(Errno::NoProtocolOption);
  }
}

/// One key, or two: the primary one and the backup. As Linux: 16 or 32 octets.
Answer StreamSocket::set_fast_open_keys(std::span<const std::byte> octets) {
  FastOpenKeys keys;
  constexpr std::size_t kSize = sizeof keys.primary;
  if (octets.size() != kSize && octets.size() != 2 * kSize) return fail(Errno::Invalid);
  std::ranges::copy(octets.first(kSize), keys.primary.begin());
  if (octets.size() > kSize) std::ranges::copy(octets.last(kSize), keys.backup.emplace().begin());
  SocketOptions changed = options();
  changed.fast_open_keys = keys;
  return apply(changed);
}

Answer StreamSocket::get_fast_open_keys(void* value, posix::SockLen* length) {
  const FastOpenKeys keys = stack_.host().fast_open_keys(options());
  std::array<std::byte, 2 * sizeof keys.primary> octets{};
  std::ranges::copy(keys.primary, octets.begin());
  if (keys.backup) std::ranges::copy(*keys.backup, octets.begin() + sizeof keys.primary);
  return give(octets.data(), (keys.backup ? 2 : 1) * sizeof keys.primary, value, length);
}

std::expected<SocketOptions, Errno> StreamSocket::with_ip_int(int option, int value) const {
  SocketOptions o = options();
  if (option == posix::kIpTos) {
    o.tos = static_cast<std::uint8_t>(value & ~kEcnBits);
    return o;
  }
  if (option == posix::kIpTtl) {
    if (value != -1 && !in_range(value, 1, 255)) return fail(Errno::Invalid);
    o.ttl = value == -1 ? stack_.config().ttl : static_cast<std::uint8_t>(value);
    return o;
  }
  if (option == posix::kIpRecvErr) {
    o.tell_soft_errors = value != 0;
    return o;
  }
  return fail(Errno::NoProtocolOption);
}

Answer StreamSocket::apply(const SocketOptions& options) {
  Result<void> done;
  if (socket_.valid()) {
    done = socket_.set_options(options);
  } else if (listener_.valid()) {
    done = listener_.set_options(options);
  } else {
    done = options.check();
    idle_options_ = std::make_shared<const SocketOptions>(options);
    if (bound_) stack_.host().claim(*bound_, idle_options_);
  }
  if (!done) return fail(to_errno(done.error()));
  return 0;
}

}  // namespace tunic::socket
