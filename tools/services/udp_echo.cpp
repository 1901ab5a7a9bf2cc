#include "udp_echo.hpp"

#include <utility>
#include <vector>

namespace tunic::services {

Result<std::unique_ptr<UdpEcho>> UdpEcho::start(Stack& stack, Endpoint local) {
  auto socket = UdpSocket::bind(stack, local);
  if (!socket) return std::unexpected(socket.error());
  return std::unique_ptr<UdpEcho>(new UdpEcho(std::move(*socket)));
}

UdpEcho::UdpEcho(UdpSocket socket) : socket_(std::move(socket)) {
  socket_.on_ready([this](Readiness) { answer_all(); });
}

/// The work of one call is bounded by the receive buffer. What cannot be sent is lost, as datagrams may be. A datagram from
/// another echo server is not answered: the two would go on for ever.
void UdpEcho::answer_all() {
  std::vector<std::byte> buffer(UdpSocket::kMaxSize);
  while (const auto received = socket_.receive_from(buffer)) {
    const bool from_a_service = received->source.port == 0 || received->source.port == local().port;
    if (from_a_service) continue;
    static_cast<void>(socket_.send_to(std::span(buffer).first(received->size), received->source));
  }
}

}  // namespace tunic::services
