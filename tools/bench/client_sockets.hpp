// The client's end of connections: sockets of the kernel, from the client's addresses in turn. Linux: ip(7), tcp(7).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/tun/file_descriptor.hpp>

namespace tunic::bench {

class ClientSockets {
 public:
  ClientSockets();

  enum class Mode : std::uint8_t {
    Waiting,     ///< connected; calls wait, for five seconds at most
    NotWaiting,  ///< connecting
  };
  /// Errors: an empty descriptor, and errno says why.
  tun::FileDescriptor connect(Port port, Mode mode);
  /// The same, but an error is a std::system_error.
  tun::FileDescriptor must_connect(Port port);

 private:
  std::vector<Ipv4Address> addresses_;
  std::size_t next_ = 0;
};

/// Sends all of it; false: the connection failed.
bool send_all(const tun::FileDescriptor& fd, std::string_view text);
/// When this is closed its connection is reset, so that nothing of it stays.
void reset_at_close(const tun::FileDescriptor& fd);
/// Octets that the peer has acknowledged.
double acknowledged_octets(const tun::FileDescriptor& fd);

}  // namespace tunic::bench
