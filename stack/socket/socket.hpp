// What every socket behind a descriptor can be asked, whatever its protocol. It knows no descriptors.
#pragma once

#include <optional>
#include <span>

#include "socket/addresses.hpp"
#include "socket/file.hpp"

namespace tunic::socket {

/// What came with received data.
struct Arrival {
  std::optional<Endpoint> from;  ///< of a datagram
  bool cut = false;              ///< the datagram was longer than the room
};

class Socket : public File {
 public:
  using File::File;

  virtual Answer listen(int backlog) = 0;
  virtual Answer shutdown(int how) = 0;
  /// As by connect() to AF_UNSPEC.
  virtual void disconnect() = 0;
  virtual Answer receive(std::span<const posix::IoVec> parts, int flags, Arrival& arrival) = 0;
  /// `remote`: where sendto() and sendmsg() were told to send to.
  virtual Answer send(std::span<const posix::IoVec> parts, int flags, const std::optional<Endpoint>& remote) = 0;
  virtual Answer get_option(int level, int option, void* value, posix::SockLen* length) = 0;
  virtual Answer set_option(int level, int option, const void* value, posix::SockLen length) = 0;
  virtual Answer ioctl(std::uint32_t request, int* argument) = 0;
  virtual Endpoint local() const = 0;
  /// nullopt: there is no peer.
  virtual std::optional<Endpoint> peer() const = 0;
};

/// Octets of all parts together.
std::size_t total(std::span<const posix::IoVec> parts);
std::span<std::byte> bytes(const posix::IoVec& part);

}  // namespace tunic::socket
