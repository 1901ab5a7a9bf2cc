// Options of connections: where they begin, and their ranges.
#include <tunic/tcp_options.hpp>

#include <tunic/config.hpp>

namespace tunic {

SocketOptions SocketOptions::defaults(const Config& config) {
  SocketOptions options;
  options.no_delay = !config.tcp.nagle;
  options.ttl = config.ttl;
  options.congestion_control = config.tcp.congestion_control;
  options.syn_retransmits = config.tcp.syn_retransmits;
  options.fin_wait_2 = config.tcp.fin_wait_2;
  options.open_limit = config.tcp.open_limit;
  options.send_buffer = config.tcp.send_buffer;
  options.receive_buffer = config.tcp.receive_buffer;
  options.keep_alive = {
      .idle = config.tcp.keep_idle, .interval = config.tcp.keep_interval, .count = config.tcp.keep_count};
  return options;
}

Result<void> SocketOptions::check() const {
  constexpr auto kSeconds = [](Duration duration) {
    return duration >= std::chrono::seconds(1) && duration <= std::chrono::seconds(32767);
  };
  constexpr auto kBuffer = [](std::uint32_t octets) { return octets >= 1024 && octets <= 16 * 1024 * 1024; };
  const bool good = (max_segment == 0 || (max_segment >= 88 && max_segment <= 32767)) && (tos & 3) == 0 && ttl >= 1 &&
                    user_timeout >= Duration::zero() && fin_wait_2 >= Duration::zero() &&
                    open_limit >= Duration::zero() && syn_retransmits >= 1 && syn_retransmits <= 127 &&
                    kSeconds(keep_alive.idle) && kSeconds(keep_alive.interval) && keep_alive.count >= 1 &&
                    keep_alive.count <= 127 && kBuffer(send_buffer) && kBuffer(receive_buffer);
  if (!good) return fail(Error::InvalidArgument);
  return {};
}

}  // namespace tunic
