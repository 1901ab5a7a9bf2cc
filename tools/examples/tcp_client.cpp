// TCP client: sends what it reads from stdin, closes its direction, and prints the answer.
//
// Its peer is a server of the kernel in the same network namespace, reached through a TUN interface made here. To try it
// without touching your network (--user --map-root-user only when you are not root):
// Example: unshare --net --user --map-root-user sh
//          python3 -m http.server 8000 &
//          printf 'GET / HTTP/1.0\r\n\r\n' | build/tools/examples/tcp_client 8000
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include <tunic/tun/blocking.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/interface.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/tun_device.hpp>

namespace {

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Ipv4Prefix kKernelAddress{tunic::Ipv4Address(10, 9, 0, 1), 24};

/// Sends stdin and prints the answer. Small requests only: one that fills all buffers would need a thread that reads.
tunic::Result<void> talk(tunic::tun::Engine& engine, tunic::Port port) {
  auto socket = tunic::tun::BlockingTcpSocket::connect(engine, {kKernelAddress.address, port});
  if (!socket) return std::unexpected(socket.error());
  std::array<std::byte, 4096> buffer;
  for (ssize_t count = 0; (count = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    const auto written = socket->write_all(std::span(buffer).first(static_cast<std::size_t>(count)));
    if (!written) return written;
  }
  if (const auto shut = socket->shutdown_send(); !shut) return shut;
  for (;;) {
    const auto count = socket->read_some(buffer);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return {};
    std::fwrite(buffer.data(), 1, *count, stdout);
  }
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
    fmt::print(stderr, "Example: tcp_client 8000\n");
    return 2;
  }
  auto device = tunic::tun::TunDevice::open({.name = "tunic0"});
  if (!device) return complain(device.error().to_string());
  const auto set_up = tunic::tun::set_up_interface({.name = device->name(), .address = kKernelAddress});
  if (!set_up) return complain(set_up.error().to_string());

  tunic::tun::Engine engine({.seed = tunic::tun::os_seed()}, *device, device->fd());
  engine.add_address(kAddress);
  const auto done = talk(engine, port);
  engine.drain(std::chrono::seconds(5));  // the socket is closed; let the stack finish the connection
  if (done) return 0;
  fmt::print(stderr, "port {}: {}\n", port, done.error().message());
  return 4;
}
