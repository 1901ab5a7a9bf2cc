// Segments, ICMP errors, whole packets and time, to a host whose application sends back what it is sent.
#include <array>
#include <map>

#include "tests/fuzz/world.hpp"

using namespace tunic;

namespace {

/// Accepts whoever comes, and echoes.
class Application {
 public:
  explicit Application(Stack& stack) {
    auto listener = TcpListener::listen(stack, {fuzz::kHost, fuzz::kPort});
    fuzz::require(listener.has_value());
    listener_ = std::move(*listener);
    listener_.on_ready([this](Readiness) { accept(); });
  }

 private:
  void accept() {
    while (auto socket = listener_.accept()) {
      const int number = ++last_;
      sockets_.emplace(number, std::move(*socket)).first->second.on_ready([this, number](Readiness) { echo(number); });
    }
  }

  void echo(int number) {
    TcpSocket& socket = sockets_.at(number);
    std::array<std::byte, 2000> octets;
    while (const auto count = socket.read_some(octets)) {
      if (*count == 0) break;
      static_cast<void>(socket.write_some(std::span(octets).first(*count)));  // what does not fit is lost
    }
    if (socket.readiness().peer_closed || socket.readiness().error) sockets_.erase(number);
  }

  TcpListener listener_;
  std::map<int, TcpSocket> sockets_;
  int last_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  fuzz::World world((input.octet() & 1) != 0);
  {
    Application application(world.stack());
    while (!input.empty()) {
      switch (input.octet() % 8) {
        case 0:
          world.pass_time(input);
          break;
        case 1:
          world.receive_icmp_error(input);
          break;
        case 2:
          world.receive_repaired(input.octets(input.octet()));
          break;
        default:
          world.receive_segment(input);
          break;
      }
    }
  }
  world.end();
  return 0;
}
