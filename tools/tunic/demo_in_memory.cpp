// The demonstration without a machine to show it on: both ends are stacks, time is virtual, the link is 5 ms long.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include <tunic/tun/wrappers.hpp>

#include "demo.hpp"
#include "demo_page.hpp"
#include "exit_code.hpp"
#include "services/catalog.hpp"
#include "services/folder.hpp"
#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"

namespace tunic::command {
namespace {

/// What a host's ping sends.
PacketBuffer echo_request(BlockPool& pool, Ipv4Address source, Ipv4Address destination, std::uint16_t sequence) {
  constexpr std::array<std::byte, 56> kData{};
  const std::array pieces{std::span<const std::byte>(kData)};
  PacketBuffer packet(Chain(pool.copy(kData)));
  const wire::IcmpHeader echo{.type = static_cast<std::uint8_t>(wire::IcmpType::Echo), .word1 = 1, .word2 = sequence};
  wire::emit_icmp(echo, pieces, packet.prepend(wire::kIcmpHeaderSize));
  const wire::Ipv4Header ip{.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Icmp),
                            .source = source,
                            .destination = destination,
                            .total_length = static_cast<std::uint16_t>(packet.size() + wire::kIpv4HeaderSize)};
  wire::emit_ipv4(ip, packet.prepend(wire::kIpv4HeaderSize));
  return packet;
}

void ping(sim::Pair& pair) {
  for (std::uint16_t sequence = 1; sequence <= 2; ++sequence) {
    pair.rightward().send(echo_request(pair.left().pool(), pair.left_address(), pair.right_address(), sequence),
                          pair.network().now());
    pair.network().run_for(std::chrono::milliseconds(200));
  }
}

Result<std::string> fetch(sim::Pair& pair) {
  auto socket = sim::connect(pair.network(), pair.left(), {pair.right_address(), 80});
  if (!socket) return std::unexpected(socket.error());
  const std::string request = fmt::format("GET /{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", DemoPage::kName,
                                          pair.right_address().to_string());
  const auto written = sim::write_all(pair.network(), *socket, std::as_bytes(std::span(request)));
  if (!written) return std::unexpected(written.error());
  constexpr std::size_t kMore = 65536;  // than there is: reads to the end
  const auto answer = sim::read_exactly(pair.network(), *socket, kMore);
  if (!answer) return std::unexpected(answer.error());
  socket->close();
  pair.network().run_for(std::chrono::milliseconds(200));
  std::string text(answer->size(), '\0');
  std::ranges::transform(*answer, text.begin(), [](std::byte byte) { return static_cast<char>(byte); });
  return text;
}

}  // namespace

int run_demo_in_memory() {
  const DemoPage page;
  const auto folder = services::Folder::open(page.folder());
  if (!folder) {
    return complain({ExitCode::Environment, {"cannot serve " + page.folder(), folder.error().message(), "set TMPDIR"}});
  }
  const services::WallClock clock = [] { return std::chrono::sys_seconds{}; };  // virtual time has no date
  const auto http = *services::parse_service("http");

  const link::Conditions link{.delay = std::chrono::milliseconds(5)};
  sim::Pair pair({.rightward = link, .leftward = link});
  pair.network().settle();  // the stacks learn what time it is
  tun::EventPrinter printer(stdout, tun::EventFormat::Text);
  pair.right().observe(&printer);
  const auto server = services::Server::start(pair.right(), {pair.right_address(), http.port},
                                              services::sessions_of(http.service, pair.right(), *folder, clock));
  fmt::print("== A stack at {} pings one at {}, whose trace this is\n", pair.left_address().to_string(),
             pair.right_address().to_string());
  ping(pair);
  fmt::print("\n== It fetches a page from it: http://{}/{}\n", pair.right_address().to_string(), DemoPage::kName);
  const auto answer = server ? fetch(pair) : std::unexpected(server.error());
  pair.right().observe(nullptr);
  if (!answer)
    return complain({ExitCode::Peer, {"cannot fetch the page", answer.error().message(), "report this as a bug"}});
  fmt::print("\n== What it got\n{}", *answer);
  return static_cast<int>(ExitCode::Ok);
}

}  // namespace tunic::command
