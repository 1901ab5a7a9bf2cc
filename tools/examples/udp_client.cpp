// UDP client: sends each line of stdin as a datagram and prints what comes back within a second.
//
// Its peer is a server of the kernel in the same network namespace, reached through a TUN interface made here. To try it
// without touching your network (--user --map-root-user only when you are not root):
// Example: unshare --net --user --map-root-user sh
//          socat UDP4-RECVFROM:9000,fork EXEC:cat &
//          echo hello | build/tools/examples/udp_client 9000
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include <tunic/tun/blocking_udp.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/interface.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/tun_device.hpp>

namespace {

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Ipv4Prefix kKernelAddress{tunic::Ipv4Address(10, 9, 0, 1), 24};

/// Sends the lines and prints the answers.
tunic::Result<void> talk(tunic::tun::Engine& engine, tunic::Port port) {
  auto socket = tunic::tun::BlockingUdpSocket::bind(engine, {});
  if (!socket) return std::unexpected(socket.error());
  if (const auto connected = socket->connect({kKernelAddress.address, port}); !connected) return connected;
  std::array<std::byte, tunic::UdpSocket::kMaxSize> buffer;
  for (std::string line; std::getline(std::cin, line);) {
    if (const auto sent = socket->send(std::as_bytes(std::span(line))); !sent) return sent;
    const auto received = socket->receive_from(buffer, std::chrono::seconds(1));
    if (!received) return std::unexpected(received.error());
    fmt::print("{}\n", std::string_view(reinterpret_cast<const char*>(buffer.data()), received->size));
  }
  return {};
}

int complain(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  return 3;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view text = count == 2 ? arguments[1] : "";
  tunic::Port port = 0;
  std::from_chars(text.begin(), text.end(), port);
  if (port == 0) {
    fmt::print(stderr, "Example: udp_client 9000\n");
    return 2;
  }
  auto device = tunic::tun::TunDevice::open({.name = "tunic0"});
  if (!device) return complain(device.error().to_string());
  const auto set_up = tunic::tun::set_up_interface({.name = device->name(), .address = kKernelAddress});
  if (!set_up) return complain(set_up.error().to_string());

  tunic::tun::Engine engine({.seed = tunic::tun::os_seed()}, *device, device->fd());
  engine.add_address(kAddress);
  const auto done = talk(engine, port);
  if (done) return 0;
  fmt::print(stderr, "port {}: {}\n", port, done.error().message());
  return 4;
}
