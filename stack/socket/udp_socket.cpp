#include <tunic/udp_socket.hpp>

#include <utility>

#include "host/host.hpp"

namespace tunic {

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : stack_(std::exchange(other.stack_, nullptr)), handle_(std::exchange(other.handle_, {})) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    close();
    stack_ = std::exchange(other.stack_, nullptr);
    handle_ = std::exchange(other.handle_, {});
  }
  return *this;
}

UdpSocket::~UdpSocket() {
  close();
}

host::UdpEntry* UdpSocket::entry() const {
  return stack_ == nullptr ? nullptr : stack_->host().find_udp(SlotKey{handle_.index, handle_.generation});
}

Result<UdpSocket> UdpSocket::open(Stack& stack) {
  const auto key = stack.host().open_udp();
  if (!key) return std::unexpected(key.error());
  return UdpSocket(stack, {key->index, key->generation});
}

Result<UdpSocket> UdpSocket::bind(Stack& stack, Endpoint local) {
  auto socket = open(stack);
  if (!socket) return socket;
  if (const auto bound = socket->bind(local); !bound) return std::unexpected(bound.error());
  return socket;
}

Result<void> UdpSocket::bind(Endpoint local) {
  host::UdpEntry* e = entry();
  return e == nullptr ? fail(Error::BadHandle) : stack_->host().bind(*e, local);
}

Result<void> UdpSocket::connect(Endpoint remote) {
  host::UdpEntry* e = entry();
  return e == nullptr ? fail(Error::BadHandle) : stack_->host().connect(*e, remote);
}

void UdpSocket::disconnect() {
  if (host::UdpEntry* e = entry()) stack_->host().disconnect(*e);
}

Result<void> UdpSocket::send_to(std::span<const std::byte> data, Endpoint remote) {
  host::UdpEntry* e = entry();
  return e == nullptr ? fail(Error::BadHandle) : stack_->host().send(*e, data, remote);
}

Result<void> UdpSocket::send(std::span<const std::byte> data) {
  host::UdpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  if (!e->remote) return fail(Error::NotConnected);
  return stack_->host().send(*e, data, *e->remote);
}

Result<UdpReceived> UdpSocket::receive(std::span<std::byte> out, bool keep) {
  host::UdpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  if (e->error) return std::unexpected(std::exchange(e->error, {}));
  if (e->queue.empty()) return fail(Error::WouldBlock);
  const udp::Datagram& datagram = e->queue.front();
  datagram.payload.copy_to(out);
  const UdpReceived received{.size = datagram.payload.size(),
                             .source = datagram.source,
                             .destination = datagram.destination,
                             .tos = datagram.tos,
                             .ttl = datagram.ttl};
  if (!keep) e->queue.pop();
  return received;
}

Result<UdpReceived> UdpSocket::receive_from(std::span<std::byte> out) {
  return receive(out, false);
}

Result<UdpReceived> UdpSocket::peek_from(std::span<std::byte> out) {
  return receive(out, true);
}

void UdpSocket::on_ready(ReadyCallback callback) {
  if (host::UdpEntry* e = entry()) stack_->host().on_ready(*e, std::move(callback));
}

Readiness UdpSocket::readiness() const {
  const host::UdpEntry* e = entry();
  return e == nullptr ? Readiness{} : host::Host::readiness(*e);
}

std::error_code UdpSocket::take_error() {
  host::UdpEntry* e = entry();
  return e == nullptr ? make_error_code(Error::BadHandle) : std::exchange(e->error, {});
}

std::optional<UdpIcmpError> UdpSocket::take_icmp_error() {
  host::UdpEntry* e = entry();
  return e == nullptr ? std::nullopt : std::exchange(e->icmp, std::nullopt);
}

UdpOptions UdpSocket::options() const {
  const host::UdpEntry* e = entry();
  return e == nullptr ? UdpOptions{} : e->options;
}

Result<void> UdpSocket::set_options(const UdpOptions& options) {
  host::UdpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  if (const auto good = options.check(); !good) return good;
  e->options = options;
  return {};
}

Endpoint UdpSocket::local() const {
  const host::UdpEntry* e = entry();
  return e == nullptr ? Endpoint{} : e->local;
}

std::optional<Endpoint> UdpSocket::remote() const {
  const host::UdpEntry* e = entry();
  return e == nullptr ? std::nullopt : e->remote;
}

std::optional<std::size_t> UdpSocket::next_size() const {
  const host::UdpEntry* e = entry();
  if (e == nullptr || e->queue.empty()) return std::nullopt;
  return e->queue.front().payload.size();
}

std::size_t UdpSocket::unsent() const {
  const host::UdpEntry* e = entry();
  return e == nullptr ? 0 : e->sending;
}

void UdpSocket::close() {
  if (stack_ != nullptr) stack_->host().close_udp(SlotKey{handle_.index, handle_.generation});
  stack_ = nullptr;
}

}  // namespace tunic
