// UDP echo server, as a socket tutorial has it, on a stack of its own.
//
// Example: build/tools/examples/udp_echo_server
// It prints the command that talks to it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include <tunic/tun/blocking_udp.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/private_tun.hpp>

namespace {

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Port kPort = 7;

}  // namespace

int main() {
  auto device = tunic::tun::open_private_tun(kAddress);
  if (!device) {
    fmt::print(stderr, "{}\n", device.error().to_string());
    return 3;
  }
  tunic::tun::Engine engine({.seed = tunic::tun::os_seed()}, *device, device->fd());
  engine.add_address(kAddress);
  auto socket = tunic::tun::BlockingUdpSocket::bind(engine, {kAddress.address, kPort});
  if (!socket) {
    fmt::print(stderr, "cannot bind: {}\n", socket.error().message());
    return 1;
  }
  fmt::print("echo: try nsenter --target {} --net socat - UDP4:{}:{}\n", getpid(), kAddress.address.to_string(), kPort);
  std::fflush(stdout);
  std::array<std::byte, tunic::UdpSocket::kMaxSize> buffer;
  for (;;) {
    const auto received = socket->receive_from(buffer);
    if (!received) return 1;
    // What cannot be answered is lost, as datagrams may be.
    static_cast<void>(socket->send_to(std::span(buffer).first(received->size), received->source));
  }
}
