// Echo: what the peer sends comes back, until the peer closes. RFC 862.
//
// Memory: at most one read beyond what the socket's buffers hold. While that rest waits for room nothing more is read, so
// a peer that never reads closes its own window.
#include <array>
#include <vector>

#include "session.hpp"

namespace tunic::services {
namespace {

class Echo : public Session {
 public:
  Next on_ready(TcpSocket& socket) override {
    for (;;) {
      if (!rest_.empty()) {
        if (!write(socket, rest_)) return Next::Abort;
        if (!rest_.empty()) return Next::Wait;
      }
      std::array<std::byte, 16384> read;
      const Result<std::size_t> count = socket.read_some(read);
      if (!count) return would_block(count.error()) ? Next::Wait : Next::Abort;
      if (*count == 0) return Next::Close;
      if (!write(socket, std::span(read).first(*count))) return Next::Abort;
    }
  }

 private:
  /// Writes what fits and keeps the rest; false: the connection has failed.
  bool write(TcpSocket& socket, std::span<const std::byte> bytes) {
    const Result<std::size_t> written = socket.write_some(bytes);
    if (!written && !would_block(written.error())) return false;
    const auto unwritten = bytes.subspan(written.value_or(0));
    rest_ = std::vector(unwritten.begin(), unwritten.end());  // a new vector: `bytes` may be the old one
    return true;
  }

  std::vector<std::byte> rest_;
};

}  // namespace

std::unique_ptr<Session> make_echo() {
  return std::make_unique<Echo>();
}

}  // namespace tunic::services
