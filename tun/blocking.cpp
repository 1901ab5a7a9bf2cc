#include "tunic/tun/blocking.hpp"

#include "tun/shared_socket.hpp"

namespace tunic::tun {

struct BlockingTcpSocket::Shared : SharedSocket<TcpSocket> {
  using SharedSocket::SharedSocket;
  Timeout read_timeout;
  Timeout write_timeout;
};

struct BlockingTcpListener::Shared : SharedSocket<TcpListener> {
  using SharedSocket::SharedSocket;
};

BlockingTcpSocket& BlockingTcpSocket::operator=(BlockingTcpSocket&& other) noexcept {
  close();
  shared_ = std::move(other.shared_);
  return *this;
}

BlockingTcpSocket::~BlockingTcpSocket() {
  close();
}

Result<BlockingTcpSocket> BlockingTcpSocket::connect(Engine& engine, Endpoint remote, const ConnectOptions& options,
                                                     Timeout timeout) {
  const Instant deadline = deadline_of(timeout);
  std::shared_ptr<Shared> shared;
  {
    Access access(*engine.core_);
    if (access.stopped()) return fail(Error::ConnectionAborted);
    auto made = TcpSocket::connect(access.stack(), remote, options);
    if (!made) return std::unexpected(made.error());
    shared = std::make_shared<Shared>(engine.core_, std::move(*made));
    const auto opened = shared->retry(access, deadline, [&]() -> Result<void> {
      if (const auto error = shared->socket.error()) return std::unexpected(error);
      if (!shared->socket.readiness().writable) return fail(Error::WouldBlock);
      return {};
    });
    if (!opened) {
      shared->socket.abort();
      return std::unexpected(opened.error());
    }
  }
  return BlockingTcpSocket(std::move(shared));
}

Result<std::size_t> BlockingTcpSocket::read_some(std::span<std::byte> out) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  return shared_->retry(access, deadline_of(shared_->read_timeout), [&] { return shared_->socket.read_some(out); });
}

Result<std::size_t> BlockingTcpSocket::read_all(std::span<std::byte> out) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  const Instant deadline = deadline_of(shared_->read_timeout);
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = shared_->retry(access, deadline, [&] { return shared_->socket.read_some(out.subspan(done)); });
    if (!got) return got;
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

Result<void> BlockingTcpSocket::write_all(std::span<const std::byte> data) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  const Instant deadline = deadline_of(shared_->write_timeout);
  while (!data.empty()) {
    const auto taken = shared_->retry(access, deadline, [&] { return shared_->socket.write_some(data); });
    if (!taken) return std::unexpected(taken.error());
    data = data.subspan(*taken);
  }
  return {};
}

Result<void> BlockingTcpSocket::shutdown_send() {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  return shared_->retry(access, kNever, [&] { return shared_->socket.shutdown_send(); });
}

void BlockingTcpSocket::close() {
  if (shared_) shared_->close(&TcpSocket::close);
}

void BlockingTcpSocket::abort() {
  if (shared_) shared_->close(&TcpSocket::abort);
}

void BlockingTcpSocket::set_read_timeout(Timeout timeout) {
  if (!shared_) return;
  const Access access(*shared_->core);
  shared_->read_timeout = timeout;
}

void BlockingTcpSocket::set_write_timeout(Timeout timeout) {
  if (!shared_) return;
  const Access access(*shared_->core);
  shared_->write_timeout = timeout;
}

Result<void> BlockingTcpSocket::set_no_delay(bool on) {
  if (!shared_) return fail(Error::BadHandle);
  const Access access(*shared_->core);
  return shared_->socket.set_no_delay(on);
}

Endpoint BlockingTcpSocket::local() const {
  if (!shared_) return {};
  const Access access(*shared_->core);
  return shared_->socket.local();
}

Endpoint BlockingTcpSocket::remote() const {
  if (!shared_) return {};
  const Access access(*shared_->core);
  return shared_->socket.remote();
}

std::optional<ConnectionInfo> BlockingTcpSocket::info() const {
  if (!shared_) return std::nullopt;
  const Access access(*shared_->core);
  return shared_->socket.info();
}

BlockingTcpListener& BlockingTcpListener::operator=(BlockingTcpListener&& other) noexcept {
  close();
  shared_ = std::move(other.shared_);
  return *this;
}

BlockingTcpListener::~BlockingTcpListener() {
  close();
}

Result<BlockingTcpListener> BlockingTcpListener::listen(Engine& engine, Endpoint local, const ListenOptions& options) {
  Access access(*engine.core_);
  if (access.stopped()) return fail(Error::ConnectionAborted);
  auto made = TcpListener::listen(access.stack(), local, options);
  if (!made) return std::unexpected(made.error());
  return BlockingTcpListener(std::make_shared<Shared>(engine.core_, std::move(*made)));
}

Result<BlockingTcpSocket> BlockingTcpListener::accept(Timeout timeout) {
  if (!shared_) return fail(Error::BadHandle);
  Access access(*shared_->core);
  auto made = shared_->retry(access, deadline_of(timeout), [&] { return shared_->socket.accept(); });
  if (!made) return std::unexpected(made.error());
  return BlockingTcpSocket(std::make_shared<BlockingTcpSocket::Shared>(shared_->core, std::move(*made)));
}

Endpoint BlockingTcpListener::local() const {
  if (!shared_) return {};
  const Access access(*shared_->core);
  return shared_->socket.local();
}

void BlockingTcpListener::close() {
  if (shared_) shared_->close(&TcpListener::close);
}

}  // namespace tunic::tun
