#include <tunic/echo_socket.hpp>

#include <utility>

#include "host/host.hpp"

namespace tunic {

EchoSocket::EchoSocket(EchoSocket&& other) noexcept
    : stack_(std::exchange(other.stack_, nullptr)), handle_(std::exchange(other.handle_, {})) {}

EchoSocket& EchoSocket::operator=(EchoSocket&& other) noexcept {
  if (this != &other) {
    close();
    stack_ = std::exchange(other.stack_, nullptr);
    handle_ = std::exchange(other.handle_, {});
  }
  return *this;
}

EchoSocket::~EchoSocket() {
  close();
}

host::EchoEntry* EchoSocket::entry() const {
  return stack_ == nullptr ? nullptr : stack_->host().find_echo(SlotKey{handle_.index, handle_.generation});
}

Result<EchoSocket> EchoSocket::open(Stack& stack, const EchoOptions& options) {
  const auto key = stack.host().open_echo(options);
  if (!key) return std::unexpected(key.error());
  return EchoSocket(stack, {key->index, key->generation});
}

Result<void> EchoSocket::send(Ipv4Address to, std::uint16_t sequence, std::span<const std::byte> data) {
  host::EchoEntry* e = entry();
  return e == nullptr ? fail(Error::BadHandle) : stack_->host().send(*e, to, sequence, data);
}

Result<EchoAnswer> EchoSocket::receive(std::span<std::byte> out) {
  host::EchoEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  if (e->queue.empty()) return fail(Error::WouldBlock);
  const host::EchoEntry::Message& message = e->queue.front();
  message.payload.copy_to(out);
  const EchoAnswer answer = message.answer;
  e->queue.pop();
  return answer;
}

std::size_t EchoSocket::whole_size(Ipv4Address to) const {
  return stack_ == nullptr ? 0 : stack_->host().mtu_to(to) - wire::kIpv4HeaderSize - wire::kIcmpHeaderSize;
}

void EchoSocket::on_ready(ReadyCallback callback) {
  if (host::EchoEntry* e = entry()) stack_->host().on_ready(*e, std::move(callback));
}

Readiness EchoSocket::readiness() const {
  const host::EchoEntry* e = entry();
  return e == nullptr ? Readiness{} : host::Host::readiness(*e);
}

std::uint16_t EchoSocket::identifier() const {
  const host::EchoEntry* e = entry();
  return e == nullptr ? std::uint16_t{0} : e->identifier;
}

void EchoSocket::close() {
  if (stack_ != nullptr) stack_->host().close_echo(SlotKey{handle_.index, handle_.generation});
  stack_ = nullptr;
}

}  // namespace tunic
