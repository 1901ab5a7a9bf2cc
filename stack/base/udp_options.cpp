// Options of UDP sockets: where they begin, and their ranges.
#include <tunic/udp_options.hpp>

#include <tunic/config.hpp>

namespace tunic {

UdpOptions UdpOptions::defaults(const Config& config) {
  UdpOptions options;
  options.ttl = config.ttl;
  options.receive_buffer = config.udp.receive_buffer;
  options.send_buffer = config.udp.send_buffer;
  return options;
}

Result<void> UdpOptions::check() const {
  constexpr auto kBuffer = [](std::uint32_t octets) { return octets >= 1024 && octets <= 16 * 1024 * 1024; };
  if (ttl == 0 || !kBuffer(receive_buffer) || !kBuffer(send_buffer)) return fail(Error::InvalidArgument);
  return {};
}

}  // namespace tunic
