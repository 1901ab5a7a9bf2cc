// Character generator: lines of printable characters, each beginning one character later, until the peer closes. RFC 864.
#include <array>

#include "session.hpp"

namespace tunic::services {
namespace {

constexpr std::size_t kCharacters = 95;  // from space to tilde
constexpr std::size_t kLineLength = 72;
constexpr std::size_t kPatternSize = kCharacters * (kLineLength + 2);

constexpr std::array<std::byte, kPatternSize> make_pattern() {
  std::array<std::byte, kPatternSize> pattern{};
  std::size_t at = 0;
  for (std::size_t line = 0; line < kCharacters; ++line) {
    for (std::size_t column = 0; column < kLineLength; ++column) {
      pattern[at++] = static_cast<std::byte>(' ' + (line + column) % kCharacters);
    }
    pattern[at++] = std::byte{'\r'};
    pattern[at++] = std::byte{'\n'};
  }
  return pattern;
}

constexpr auto kPattern = make_pattern();

class Chargen : public Session {
 public:
  Next on_ready(TcpSocket& socket) override {
    switch (discard_input(socket)) {
      case Input::Open:
        break;
      case Input::Ended:
        return Next::Close;
      case Input::Failed:
        return Next::Abort;
    }
    for (;;) {
      const Result<std::size_t> written = socket.write_some(std::span(kPattern).subspan(position_));
      if (!written) return would_block(written.error()) ? Next::Wait : Next::Abort;
      position_ = (position_ + *written) % kPatternSize;
    }
  }

 private:
  std::size_t position_ = 0;
};

}  // namespace

std::unique_ptr<Session> make_chargen() {
  return std::make_unique<Chargen>();
}

}  // namespace tunic::services
