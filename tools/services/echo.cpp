// Echo: what the peer sends comes back, until the peer closes. RFC 862.
//
// What was received is what is sent: slices go from one buffer to the other. While some wait for room nothing more is read, so
// a peer that never reads closes its own window.
#include "session.hpp"

namespace tunic::services {
namespace {

class Echo : public Session {
 public:
  Next on_ready(TcpSocket& socket) override {
    for (;;) {
      if (!rest_.empty()) {
        const Result<std::size_t> written = socket.write_shared(rest_);
        if (!written && !would_block(written.error())) return Next::Abort;
        if (!rest_.empty()) return Next::Wait;
      }
      Result<Chain> bytes = socket.read_shared(kMost);
      if (!bytes) return would_block(bytes.error()) ? Next::Wait : Next::Abort;
      if (bytes->empty()) return Next::Close;
      rest_ = std::move(*bytes);
    }
  }

 private:
  static constexpr std::size_t kMost = 65536;  ///< beyond what the socket's buffers hold

  Chain rest_;
};

}  // namespace

std::unique_ptr<Session> make_echo() {
  return std::make_unique<Echo>();
}

}  // namespace tunic::services
