// TCP sockets of the kernel, as the peers of the stack. Every call gives up after 20 s, so that a test cannot hang.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/tun/file_descriptor.hpp>

namespace tunic::tun::testing {

class KernelSocket {
 public:
  KernelSocket() = default;

  /// Connects; see error().
  static KernelSocket connect(Endpoint remote, int receive_buffer = 0);
  static KernelSocket listen(Endpoint local, int receive_buffer = 0);

  KernelSocket accept() const;
  bool send_all(std::span<const std::byte> data) const;
  /// Octets, 0 for the end, or -errno.
  int receive(std::span<std::byte> out) const;
  /// All up to the end of the peer's data; what came before an error if there is one.
  std::vector<std::byte> receive_to_end() const;
  void shutdown_send() const;
  /// RST instead of FIN.
  void abort();
  void close() { fd_ = FileDescriptor(); }
  Port port() const;
  /// errno of what made this socket; 0: it is good.
  int error() const { return error_; }
  int fd() const { return fd_.get(); }

 private:
  explicit KernelSocket(int fd, int error = 0) : fd_(fd), error_(error) {}

  FileDescriptor fd_;
  int error_ = 0;
};

}  // namespace tunic::tun::testing
