// Daytime: one line with the date and time, then the end. RFC 867.
#include <fmt/chrono.h>

#include <string>

#include "session.hpp"

namespace tunic::services {
namespace {

class Daytime : public Session {
 public:
  explicit Daytime(const WallClock& clock) : line_(fmt::format("{:%A, %B %d, %Y %H:%M:%S}-UTC\r\n", clock())) {}

  Next on_ready(TcpSocket& socket) override {
    // What the peer sent is thrown away first: closing with data unread would reset the connection and lose the line.
    if (discard_input(socket) == Input::Failed) return Next::Abort;
    const Result<std::size_t> written = socket.write_some(std::as_bytes(std::span(line_)));
    if (!written) return would_block(written.error()) ? Next::Wait : Next::Abort;
    line_.erase(0, *written);
    return line_.empty() ? Next::Close : Next::Wait;
  }

 private:
  std::string line_;
};

}  // namespace

std::unique_ptr<Session> make_daytime(const WallClock& clock) {
  return std::make_unique<Daytime>(clock);
}

}  // namespace tunic::services
