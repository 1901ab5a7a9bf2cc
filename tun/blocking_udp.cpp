#include "tunic/tun/blocking_udp.hpp"

#include "tun/shared_socket.hpp"

namespace tunic::tun {

struct BlockingUdpSocket::Shared : SharedSocket<UdpSocket> {
  using SharedSocket::SharedSocket;
};

BlockingUdpSocket& BlockingUdpSocket::operator=(BlockingUdpSocket&& other) noexcept {
  close();
  shared_ = std::move(other.shared_);
  return *this;
}

BlockingUdpSocket::~BlockingUdpSocket() {
  close();
}

Result<BlockingUdpSocket> BlockingUdpSocket::bind(Engine& engine, Endpoint local) {
  Access access(*engine.core_);
  if (access.stopped()) return fail(Error::ConnectionAborted);
  auto made = UdpSocket::bind(access.stack(), local);
  if (!made) return std::unexpected(made.error());
  return BlockingUdpSocket(std::make_shared<Shared>(engine.core_, std::move(*made)));
}

Result<void> BlockingUdpSocket::connect(Endpoint remote) {
  if (!shared_) return fail(Error::BadHandle);
  const Access access(*shared_->core);
  return shared_->socket.connect(remote);
}

Result<void> BlockingUdpSocket::send_to(std::span<const std::byte> data, Endpoint remote) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  return shared_->retry(access, kNever, [&] { return shared_->socket.send_to(data, remote); });
}

Result<void> BlockingUdpSocket::send(std::span<const std::byte> data) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  return shared_->retry(access, kNever, [&] { return shared_->socket.send(data); });
}

Result<UdpReceived> BlockingUdpSocket::receive_from(std::span<std::byte> out, Timeout timeout) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  return shared_->retry(access, deadline_of(timeout), [&] { return shared_->socket.receive_from(out); });
}

UdpOptions BlockingUdpSocket::options() const {
  if (!shared_) return {};
  const Access access(*shared_->core);
  return shared_->socket.options();
}

Result<void> BlockingUdpSocket::set_options(const UdpOptions& options) {
  if (!shared_) return fail(Error::BadHandle);
  const Access access(*shared_->core);
  return shared_->socket.set_options(options);
}

Endpoint BlockingUdpSocket::local() const {
  if (!shared_) return {};
  const Access access(*shared_->core);
  return shared_->socket.local();
}

void BlockingUdpSocket::close() {
  if (shared_) shared_->close(&UdpSocket::close);
}

}  // namespace tunic::tun
