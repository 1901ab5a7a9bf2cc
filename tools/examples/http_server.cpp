// HTTP server of a folder's files, a thread per connection, as small as a tutorial's: GET, one request per connection.
// (`tunic serve http` is the one for every day: keep-alive, listings, types.)
//
// Example: build/tools/examples/http_server .
// It prints the command that talks to it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include <tunic/tun/blocking.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/os.hpp>
#include <tunic/tun/private_tun.hpp>

namespace {

namespace fs = std::filesystem;
using tunic::tun::BlockingTcpSocket;

constexpr tunic::Ipv4Prefix kAddress{tunic::Ipv4Address(10, 9, 0, 2), 24};
constexpr tunic::Port kPort = 80;
constexpr std::size_t kMaxHead = 8192;

/// The request up to the empty line; empty if that does not come.
std::string read_head(BlockingTcpSocket& socket) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    std::array<char, 1024> part;
    const auto count = socket.read_some(std::as_writable_bytes(std::span(part)));
    if (!count || *count == 0 || head.size() > kMaxHead) return {};
    head.append(part.data(), *count);
  }
  return head;
}

/// The file that "GET /path HTTP/1.1" asks for; empty: none in the folder. Links are resolved before the comparison.
fs::path requested_file(const fs::path& folder, std::string_view head) {
  if (!head.starts_with("GET /")) return {};
  const std::string_view path = head.substr(5, head.find_first_of(" ?\r", 5) - 5);
  std::error_code none;
  const fs::path file = fs::canonical(folder / (path.empty() ? "index.html" : path), none);
  const bool inside = std::ranges::mismatch(folder, file).in1 == folder.end();
  return !none && inside && fs::is_regular_file(file, none) ? file : fs::path();
}

bool send(BlockingTcpSocket& socket, std::string_view text) {
  return socket.write_all(std::as_bytes(std::span(text))).has_value();
}

void serve(BlockingTcpSocket socket, const fs::path& folder) {
  const fs::path path = requested_file(folder, read_head(socket));
  std::ifstream file(path, std::ios::binary);
  bool sent = file ? send(socket, fmt::format("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", fs::file_size(path)))
                   : send(socket, "HTTP/1.0 404 Not Found\r\nContent-Length: 10\r\n\r\nnot found\n");
  std::array<char, 65536> part;
  while (sent && (file.read(part.data(), part.size()), file.gcount() > 0)) {
    sent = send(socket, {part.data(), static_cast<std::size_t>(file.gcount())});
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::error_code missing;
  const fs::path folder = fs::canonical(count == 2 ? arguments[1] : ".", missing);
  if (missing) {
    fmt::print(stderr, "cannot serve {}: {}\n", arguments[1], missing.message());
    return 2;
  }
  auto device = tunic::tun::open_private_tun(kAddress);
  if (!device) {
    fmt::print(stderr, "{}\n", device.error().to_string());
    return 3;
  }
  tunic::tun::Engine engine({.seed = tunic::tun::os_seed()}, *device, device->fd());
  engine.add_address(kAddress);
  auto listener = tunic::tun::BlockingTcpListener::listen(engine, {kAddress.address, kPort});
  if (!listener) {
    fmt::print(stderr, "cannot listen: {}\n", listener.error().message());
    return 1;
  }
  fmt::print("http: try nsenter --target {} --net curl http://{}/\n", getpid(), kAddress.address.to_string());
  std::fflush(stdout);
  for (;;) {
    auto socket = listener->accept();
    if (!socket) return 1;
    std::thread(serve, std::move(*socket), folder).detach();
  }
}
