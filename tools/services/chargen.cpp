// Character generator: lines of printable characters, each beginning one character later, until the peer closes. RFC 864.
//
// They are always the same, so all connections share one block of them, and nothing is copied.
#include "session.hpp"

namespace tunic::services {
namespace {

constexpr std::size_t kCharacters = 95;  // from space to tilde
constexpr std::size_t kLineLength = 72;
constexpr std::size_t kPatternSize = kCharacters * (kLineLength + 2);

/// So often in one slice: a super-segment is seldom in more than two.
constexpr std::size_t kRepetitions = 9;

Chain make_pattern(BlockPool& pool) {
  Slice slice = pool.allocate(kPatternSize * kRepetitions);
  slice.trim_back(slice.size() - kPatternSize * kRepetitions);
  auto at = slice.writable().begin();
  for (std::size_t line = 0; line < kCharacters * kRepetitions; ++line) {
    for (std::size_t column = 0; column < kLineLength; ++column) {
      *at++ = static_cast<std::byte>(' ' + (line + column) % kCharacters);
    }
    *at++ = std::byte{'\r'};
    *at++ = std::byte{'\n'};
  }
  return Chain(std::move(slice));
}

class Chargen : public Session {
 public:
  explicit Chargen(const Chain& pattern) : pattern_(pattern) {}

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
      if (waiting_.empty()) waiting_ = pattern_;
      const Result<std::size_t> written = socket.write_shared(waiting_);
      if (!written) return would_block(written.error()) ? Next::Wait : Next::Abort;
    }
  }

 private:
  const Chain& pattern_;
  Chain waiting_;
};

}  // namespace

std::function<std::unique_ptr<Session>()> chargen_sessions(Stack& stack) {
  return [pattern = make_pattern(stack.pool())] { return std::make_unique<Chargen>(pattern); };
}

}  // namespace tunic::services
