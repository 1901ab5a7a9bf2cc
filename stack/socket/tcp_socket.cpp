#include <tunic/tcp_socket.hpp>

#include <utility>

#include "host/host.hpp"

namespace tunic {

namespace {
SlotKey key(detail::Handle handle) {
  return {handle.index, handle.generation};
}
detail::Handle handle_of(SlotKey slot) {
  return {slot.index, slot.generation};
}
}  // namespace

// ---- TcpSocket ----

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : stack_(std::exchange(other.stack_, nullptr)), handle_(std::exchange(other.handle_, {})) {}

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  if (this != &other) {
    close();
    stack_ = std::exchange(other.stack_, nullptr);
    handle_ = std::exchange(other.handle_, {});
  }
  return *this;
}

TcpSocket::~TcpSocket() {
  close();
}

host::TcpEntry* TcpSocket::entry() const {
  return stack_ == nullptr ? nullptr : stack_->host().find(key(handle_));
}

Result<TcpSocket> TcpSocket::connect(Stack& stack, Endpoint remote, const ConnectOptions& options) {
  const auto connection = stack.host().connect(remote, options);
  if (!connection) return std::unexpected(connection.error());
  return TcpSocket(stack, handle_of(*connection));
}

Result<std::size_t> TcpSocket::read_some(std::span<std::byte> out) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  const auto result = e->connection.receive(out, stack_->now());
  stack_->host().touch(*e);
  return result;
}

Result<std::size_t> TcpSocket::peek(std::span<std::byte> out) const {
  const host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  return e->connection.peek(out);
}

Result<std::size_t> TcpSocket::write_some(std::span<const std::byte> data, bool more) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  const auto result = e->connection.send(data, stack_->now(), {.more = more});
  stack_->host().touch(*e);
  return result;
}

Result<std::size_t> TcpSocket::write_shared(Chain& data, bool more) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  const auto result = e->connection.send(data, stack_->now(), {.more = more});
  stack_->host().touch(*e);
  return result;
}

Result<Chain> TcpSocket::read_shared(std::size_t most) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  auto result = e->connection.receive(most, stack_->now());
  stack_->host().touch(*e);
  return result;
}

Result<std::size_t> TcpSocket::write_urgent(std::span<const std::byte> data) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  const auto result = e->connection.send(data, stack_->now(), {.urgent = true});
  stack_->host().touch(*e);
  return result;
}

std::optional<std::uint32_t> TcpSocket::octets_to_mark() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? std::nullopt : e->connection.octets_to_mark();
}

bool TcpSocket::pushed() const {
  const host::TcpEntry* e = entry();
  return e != nullptr && e->connection.pushed();
}

Result<void> TcpSocket::shutdown_send() {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  const auto result = e->connection.shutdown_send(stack_->now());
  stack_->host().touch(*e);
  return result;
}

Result<void> TcpSocket::shutdown_receive() {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  e->connection.shutdown_receive();
  return {};
}

void TcpSocket::close() {
  if (host::TcpEntry* e = entry()) {
    e->connection.close(stack_->now());
    stack_->host().disown(*e);
  }
  stack_ = nullptr;
}

void TcpSocket::abort() {
  if (host::TcpEntry* e = entry()) {
    e->connection.abort(stack_->now());
    stack_->host().disown(*e);
  }
  stack_ = nullptr;
}

void TcpSocket::on_ready(ReadyCallback callback) {
  if (host::TcpEntry* e = entry()) stack_->host().on_ready(*e, std::move(callback));
}

Readiness TcpSocket::readiness() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? Readiness{} : host::Host::readiness(e->connection);
}

std::error_code TcpSocket::error() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? make_error_code(Error::BadHandle) : e->connection.error();
}

std::error_code TcpSocket::soft_error() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? std::error_code() : e->connection.soft_error();
}

std::error_code TcpSocket::take_soft_error() {
  host::TcpEntry* e = entry();
  if (e == nullptr) return {};
  const std::error_code error = e->connection.soft_error();
  e->connection.forget_soft_error();
  return error;
}

Result<void> TcpSocket::set_no_delay(bool on) {
  SocketOptions changed = options();
  changed.no_delay = on;
  return set_options(changed);
}

Result<void> TcpSocket::set_quick_ack(bool on) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  e->connection.set_quick_ack(on);
  stack_->host().touch(*e);
  return {};
}

bool TcpSocket::quick_ack() const {
  const host::TcpEntry* e = entry();
  return e == nullptr || e->connection.quick_ack();
}

SocketOptions TcpSocket::options() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? SocketOptions{} : e->connection.options();
}

Result<void> TcpSocket::set_options(const SocketOptions& options) {
  host::TcpEntry* e = entry();
  if (e == nullptr) return fail(Error::BadHandle);
  if (const auto good = options.check(); !good) return good;
  e->connection.set_options(std::make_shared<const SocketOptions>(options), stack_->now());
  stack_->host().touch(*e);
  return {};
}

TcpState TcpSocket::state() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? TcpState::Closed : e->connection.state();
}

Endpoint TcpSocket::local() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? Endpoint{} : e->connection.local();
}

Endpoint TcpSocket::remote() const {
  const host::TcpEntry* e = entry();
  return e == nullptr ? Endpoint{} : e->connection.remote();
}

std::optional<ConnectionInfo> TcpSocket::info() const {
  const host::TcpEntry* e = entry();
  if (e == nullptr) return std::nullopt;
  return e->connection.info();
}

// ---- TcpListener ----

TcpListener::TcpListener(TcpListener&& other) noexcept
    : stack_(std::exchange(other.stack_, nullptr)), handle_(std::exchange(other.handle_, {})) {}

TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  if (this != &other) {
    close();
    stack_ = std::exchange(other.stack_, nullptr);
    handle_ = std::exchange(other.handle_, {});
  }
  return *this;
}

TcpListener::~TcpListener() {
  close();
}

Result<TcpListener> TcpListener::listen(Stack& stack, Endpoint local, const ListenOptions& options) {
  const auto listener = stack.host().listen(local, options);
  if (!listener) return std::unexpected(listener.error());
  return TcpListener(stack, handle_of(*listener));
}

Result<TcpSocket> TcpListener::accept() {
  if (stack_ == nullptr) return fail(Error::BadHandle);
  const auto connection = stack_->host().accept(key(handle_));
  if (!connection) return std::unexpected(connection.error());
  return TcpSocket(*stack_, handle_of(*connection));
}

void TcpListener::on_ready(ReadyCallback callback) {
  if (stack_ != nullptr) stack_->host().on_ready(key(handle_), std::move(callback));
}

Readiness TcpListener::readiness() const {
  const host::ListenerEntry* listener = stack_ == nullptr ? nullptr : stack_->host().find_listener(key(handle_));
  return {.readable = listener != nullptr && !listener->accept_queue.empty()};
}

Endpoint TcpListener::local() const {
  const host::ListenerEntry* listener = stack_ == nullptr ? nullptr : stack_->host().find_listener(key(handle_));
  return listener == nullptr ? Endpoint{} : listener->local;
}

SocketOptions TcpListener::options() const {
  return stack_ == nullptr ? SocketOptions{} : stack_->host().options(key(handle_));
}

Result<void> TcpListener::set_options(const SocketOptions& options) {
  host::ListenerEntry* listener = stack_ == nullptr ? nullptr : stack_->host().find_listener(key(handle_));
  if (listener == nullptr) return fail(Error::BadHandle);
  if (const auto good = options.check(); !good) return good;
  listener->options = std::make_shared<const SocketOptions>(options);
  return {};
}

Result<void> TcpListener::set_backlog(std::uint32_t backlog) {
  return stack_ == nullptr ? fail(Error::BadHandle) : stack_->host().set_backlog(key(handle_), backlog);
}

std::optional<ListenerInfo> TcpListener::info() const {
  const host::ListenerEntry* listener = stack_ == nullptr ? nullptr : stack_->host().find_listener(key(handle_));
  if (listener == nullptr) return std::nullopt;
  return listener->info();
}

void TcpListener::close() {
  if (stack_ != nullptr) stack_->host().close_listener(key(handle_));
  stack_ = nullptr;
}

}  // namespace tunic
