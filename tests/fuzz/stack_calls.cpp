// What an application may do, in any order and at any time, while segments come and timers go off.
#include <array>
#include <memory>
#include <vector>

#include "tests/fuzz/world.hpp"

using namespace tunic;
using fuzz::Input;

namespace {

constexpr std::size_t kMostSockets = 6;

class Application {
 public:
  explicit Application(Stack& stack) : stack_(stack) {}

  void call(Input& input);

 private:
  void open(Input& input);
  void listen(Input& input);
  void accept();
  void use(Input& input);
  void set_options(TcpSocket& socket, Input& input);

  Stack& stack_;
  std::vector<TcpListener> listeners_;
  std::vector<std::unique_ptr<TcpSocket>> sockets_;  // where they are, for their callbacks
};

void Application::call(Input& input) {
  switch (input.octet() % 8) {
    case 0:
      return open(input);
    case 1:
      return listen(input);
    case 2:
      return accept();
    default:
      return use(input);
  }
}

void Application::open(Input& input) {
  if (sockets_.size() == kMostSockets) return;
  constexpr std::array<Ipv4Address, 4> kTargets{fuzz::kPeer, fuzz::kHost, Ipv4Address(127, 0, 0, 1),
                                                Ipv4Address(10, 9, 0, 255)};
  ConnectOptions options{.local_port = static_cast<Port>(input.octet() % 4)};
  auto socket = TcpSocket::connect(stack_, {kTargets[input.octet() % kTargets.size()], fuzz::kPort}, options);
  if (socket) sockets_.push_back(std::make_unique<TcpSocket>(std::move(*socket)));
}

void Application::listen(Input& input) {
  const std::uint8_t choice = input.octet();
  if (!listeners_.empty() && choice % 4 == 0) {
    listeners_.pop_back();
  } else if (listeners_.size() < 2) {
    auto listener = TcpListener::listen(stack_, {choice % 2 == 0 ? fuzz::kHost : Ipv4Address(), fuzz::kPort},
                                        {.backlog = 1U + choice % 3});
    if (listener) listeners_.push_back(std::move(*listener));
  }
}

void Application::accept() {
  for (TcpListener& listener : listeners_) {
    if (sockets_.size() == kMostSockets) return;
    auto socket = listener.accept();
    if (socket) sockets_.push_back(std::make_unique<TcpSocket>(std::move(*socket)));
  }
}

void Application::use(Input& input) {
  if (sockets_.empty()) return;
  const auto chosen = sockets_.begin() + static_cast<std::ptrdiff_t>(input.octet() % sockets_.size());
  TcpSocket& socket = **chosen;
  std::vector<std::byte> octets(input.up_to(3000));
  switch (input.octet() % 10) {
    case 0:
      static_cast<void>(socket.read_some(octets));
      break;
    case 1:
      static_cast<void>(socket.peek(octets));
      break;
    case 2:
    case 3:
      static_cast<void>(socket.write_some(octets, octets.size() % 2 == 0));
      break;
    case 4:
      static_cast<void>(socket.shutdown_send());
      break;
    case 5:
      set_options(socket, input);
      break;
    case 6:
      socket.on_ready([&socket](Readiness readiness) {
        std::array<std::byte, 100> some;
        static_cast<void>(socket.read_some(some));
        static_cast<void>(socket.write_some(some));
        if (readiness.peer_closed) socket.close();
      });
      break;
    case 7:
      socket.abort();
      sockets_.erase(chosen);
      break;
    default:
      sockets_.erase(chosen);
      break;
  }
}

void Application::set_options(TcpSocket& socket, Input& input) {
  SocketOptions options = socket.options();
  const std::uint8_t bits = input.octet();
  options.no_delay = (bits & 1) != 0;
  options.cork = (bits & 2) != 0;
  options.keep_alive.on = (bits & 4) != 0;
  options.keep_alive.idle = std::chrono::seconds(input.octet());
  options.keep_alive.interval = std::chrono::seconds(input.octet());
  options.keep_alive.count = input.octet();
  options.user_timeout = std::chrono::milliseconds(input.word());
  options.max_segment = input.word();
  options.tos = input.octet();
  options.ttl = input.octet();
  options.send_buffer = input.word();
  options.receive_buffer = input.word();
  static_cast<void>(socket.set_options(options));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
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
        case 2: {
          const std::uint8_t choice = input.octet();
          world.set_link(choice % 4 != 0, choice % 16 == 1 ? 1 : 0xffffffff);
          break;
        }
        case 3:
        case 4:
        case 5:
          world.receive_segment(input);
          break;
        default:
          application.call(input);
          world.run();
          break;
      }
    }
  }
  world.end();
  return 0;
}
