// Descriptors, and the calls that open, close, ask and set. Data calls are in table_data.cpp.
#include <tunic/socket_table.hpp>

#include <algorithm>

#include "host/host.hpp"
#include "socket/datagram_socket.hpp"
#include "socket/epoll.hpp"
#include "socket/stream_socket.hpp"

namespace tunic {

using posix::Errno;
using posix::fail;
using socket::DatagramSocket;
using socket::Epoll;
using socket::File;
using socket::StreamSocket;
using Answer = posix::Answer;

namespace {

constexpr int kCreationFlags = posix::kSockNonblock | posix::kSockCloexec;

/// Whether two sockets may not have these local addresses at the same time (bind() on Linux).
bool collide(const StreamSocket& a, const Endpoint& a_local, const StreamSocket& b) {
  const Endpoint b_local = b.local();
  if (a_local.port != b_local.port) return false;
  const bool meet =
      a_local.address == b_local.address || a_local.address.is_unspecified() || b_local.address.is_unspecified();
  const bool share = a.options().reuse_address && b.options().reuse_address && !a.listening() && !b.listening();
  return meet && !share;
}

}  // namespace

SocketTable::SocketTable(Stack& stack) : stack_(stack) {}
SocketTable::~SocketTable() = default;

// ---- Descriptors ----

SocketTable::FilePtr SocketTable::find(int fd) const {
  const auto index = static_cast<std::size_t>(fd) - kFirstDescriptor;
  return fd >= kFirstDescriptor && index < files_.size() ? files_[index] : nullptr;
}

std::expected<SocketTable::SocketPtr, Errno> SocketTable::any_socket(int fd) const {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  if (file->kind() == File::Kind::Epoll) return fail(Errno::NotSocket);
  return std::static_pointer_cast<socket::Socket>(file);
}

std::expected<SocketTable::StreamPtr, Errno> SocketTable::stream(int fd) const {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  if ((*socket)->kind() != File::Kind::Stream) return fail(Errno::NotSupported);
  return std::static_pointer_cast<StreamSocket>(*socket);
}

/// At the lowest free descriptor, as POSIX promises.
Answer SocketTable::install(FilePtr file) {
  if (full()) return fail(Errno::TooManyFiles);
  const auto free = std::ranges::find(files_, nullptr);
  const auto index = free - files_.begin();
  if (free == files_.end()) files_.emplace_back();
  files_[static_cast<std::size_t>(index)] = std::move(file);
  return kFirstDescriptor + index;
}

bool SocketTable::full() const {
  return files_.size() >= stack_.config().sockets.max_descriptors && std::ranges::find(files_, nullptr) == files_.end();
}

Answer SocketTable::close(int fd) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  file->leave_all(fd);
  files_[static_cast<std::size_t>(fd - kFirstDescriptor)] = nullptr;
  return 0;
}

Answer SocketTable::dup(int fd) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  return install(file);
}

// ---- Opening ----

Answer SocketTable::socket(int domain, int type, int protocol) {
  constexpr int kTypeMask = 0xf;
  constexpr int kLastType = 10, kLastDomain = 45, kLastProtocol = 262;  // SOCK_PACKET, AF_MCTP, IPPROTO_MPTCP
  if ((type & ~kTypeMask & ~kCreationFlags) != 0) return fail(Errno::Invalid);
  const int kind = type & kTypeMask;
  if (domain < 0 || domain > kLastDomain) return fail(Errno::FamilyNotSupported);
  if (kind > kLastType) return fail(Errno::Invalid);
  if (domain != posix::kAfInet) return fail(Errno::FamilyNotSupported);
  if (protocol < 0 || protocol > kLastProtocol) return fail(Errno::Invalid);
  const bool datagram = kind == posix::kSockDgram;
  if (!datagram && kind != posix::kSockStream) return fail(Errno::SocketTypeNotSupported);
  const int own = datagram ? posix::kIpProtoUdp : posix::kIpProtoTcp;
  if (protocol != 0 && protocol != own) return fail(Errno::ProtocolNotSupported);
  if (datagram) {
    auto made = UdpSocket::open(stack_);
    if (!made) return fail(socket::to_errno(made.error()));
    const auto file = std::make_shared<DatagramSocket>(stack_, std::move(*made));
    file->set_nonblocking((type & posix::kSockNonblock) != 0);
    file->begin_notifying();
    return install(file);
  }
  const auto file = std::make_shared<StreamSocket>(stack_);
  file->set_nonblocking((type & posix::kSockNonblock) != 0);
  return install(file);
}

Answer SocketTable::bind(int fd, const void* address, posix::SockLen length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  const auto given = socket::read_address(address, length);
  if (!given) return fail(given.error());
  if (!given->whole) return fail(Errno::Invalid);
  Endpoint local = given->endpoint;
  const bool any = given->family == posix::kAfUnspec && local.address.is_unspecified();
  if (given->family != posix::kAfInet && !any) return fail(Errno::FamilyNotSupported);
  if ((*socket)->kind() == File::Kind::Datagram) return static_cast<DatagramSocket&>(**socket).bind(local);
  if (!stack_.host().is_local(local.address)) return fail(Errno::AddressNotAvailable);
  auto& self = static_cast<StreamSocket&>(**socket);
  if (self.bound() || !self.idle()) return fail(Errno::Invalid);
  const auto taken = [&](Port port) {
    return std::ranges::any_of(files_, [&](const FilePtr& file) {
      if (file == nullptr || file.get() == &self || file->kind() != File::Kind::Stream) return false;
      return collide(self, {local.address, port}, static_cast<const StreamSocket&>(*file));
    });
  };
  if (local.port == 0) {
    const auto port = stack_.host().free_port(local.address, taken);
    if (!port) return fail(Errno::AddressInUse);
    local.port = *port;
  } else if (taken(local.port)) {
    return fail(Errno::AddressInUse);
  }
  self.bind(local);
  return 0;
}

Answer SocketTable::listen(int fd, int backlog) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  return (*socket)->listen(backlog);
}

Answer SocketTable::accept4(int fd, void* address, posix::SockLen* length, int flags) {
  if ((flags & ~kCreationFlags) != 0) return fail(Errno::Invalid);
  const auto listener = stream(fd);
  if (!listener) return fail(listener.error());
  if (address != nullptr && length == nullptr) return fail(Errno::BadAddress);
  if (full()) return fail(Errno::TooManyFiles);  // before a connection is taken that nobody could have
  auto accepted = (*listener)->accept();
  if (!accepted) return fail(accepted.error());
  const bool inherits = stack_.config().sockets.accept_inherits_nonblocking && (*listener)->is_nonblocking();
  const Endpoint peer = accepted->remote();
  const auto file = std::make_shared<StreamSocket>(stack_, std::move(*accepted));
  file->set_nonblocking((flags & posix::kSockNonblock) != 0 || inherits);
  file->begin_notifying();
  if (address != nullptr) {
    if (const Answer written = socket::write_address(peer, address, length); !written) return written;
  }
  return install(file);
}

Answer SocketTable::connect(int fd, const void* address, posix::SockLen length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  const auto given = socket::read_address(address, length);
  if (!given) return fail(given.error());
  if (length < sizeof(std::uint16_t)) return fail(Errno::Invalid);
  if (given->family == posix::kAfUnspec) {
    (*socket)->disconnect();
    return 0;
  }
  if ((*socket)->kind() == File::Kind::Datagram) {
    if (!given->whole) return fail(Errno::Invalid);
    if (given->family != posix::kAfInet) return fail(Errno::FamilyNotSupported);
    return static_cast<DatagramSocket&>(**socket).connect(given->endpoint);
  }
  auto& self = static_cast<StreamSocket&>(**socket);
  if (self.idle() && !given->whole) return fail(Errno::Invalid);
  if (self.idle() && given->family != posix::kAfInet) return fail(Errno::FamilyNotSupported);
  return self.connect(given->endpoint);
}

Answer SocketTable::shutdown(int fd, int how) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  return (*socket)->shutdown(how);
}

// ---- Asking and setting ----

Answer SocketTable::getsockname(int fd, void* address, posix::SockLen* length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  return socket::write_address((*socket)->local(), address, length);
}

Answer SocketTable::getpeername(int fd, void* address, posix::SockLen* length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  const auto peer = (*socket)->peer();
  if (!peer) return fail(Errno::NotConnected);
  return socket::write_address(*peer, address, length);
}

Answer SocketTable::getsockopt(int fd, int level, int option, void* value, posix::SockLen* length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  return (*socket)->get_option(level, option, value, length);
}

Answer SocketTable::setsockopt(int fd, int level, int option, const void* value, posix::SockLen length) {
  const auto socket = any_socket(fd);
  if (!socket) return fail(socket.error());
  return (*socket)->set_option(level, option, value, length);
}

Answer SocketTable::fcntl(int fd, int command, int argument) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  if (command == posix::kFGetFl) return posix::kORdwr | (file->is_nonblocking() ? posix::kONonblock : 0);
  if (command != posix::kFSetFl) return fail(Errno::Invalid);
  file->set_nonblocking((argument & posix::kONonblock) != 0);
  return 0;
}

Answer SocketTable::ioctl(int fd, std::uint32_t request, int* argument) {
  const FilePtr file = find(fd);
  if (file == nullptr) return fail(Errno::BadDescriptor);
  if (request == posix::kFioNbio) {
    if (argument == nullptr) return fail(Errno::BadAddress);
    file->set_nonblocking(*argument != 0);
    return 0;
  }
  if (file->kind() == File::Kind::Epoll) return fail(Errno::NotTerminal);
  return static_cast<socket::Socket&>(*file).ioctl(request, argument);
}

// ---- Readiness ----

Answer SocketTable::poll(posix::PollFd* fds, std::size_t count) {
  if (count > stack_.config().sockets.max_descriptors) return fail(Errno::Invalid);
  if (count > 0 && fds == nullptr) return fail(Errno::BadAddress);
  constexpr std::int16_t kUnasked = posix::kPollErr | posix::kPollHup | posix::kPollNval;
  std::int64_t ready = 0;
  for (posix::PollFd& one : std::span(fds, count)) {
    const int wanted = one.events | kUnasked;
    one.revents = one.fd < 0 ? std::int16_t{0} : static_cast<std::int16_t>(ready_events(one.fd) & wanted);
    if (one.revents != 0) ++ready;
  }
  return ready;
}

Answer SocketTable::epoll_create1(int flags) {
  if ((flags & ~posix::kEpollCloexec) != 0) return fail(Errno::Invalid);
  return install(std::make_shared<Epoll>());
}

Answer SocketTable::epoll_ctl(int epoll_fd, int operation, int fd, posix::EpollEvent* event) {
  if (operation != posix::kEpollCtlDel && event == nullptr) return fail(Errno::BadAddress);
  const FilePtr set = find(epoll_fd);
  const FilePtr file = find(fd);
  if (set == nullptr || file == nullptr) return fail(Errno::BadDescriptor);
  if (set->kind() != File::Kind::Epoll || file->kind() == File::Kind::Epoll) return fail(Errno::Invalid);
  auto& epoll = static_cast<Epoll&>(*set);
  switch (operation) {
    case posix::kEpollCtlAdd:
      return epoll.add(fd, *file, *event);
    case posix::kEpollCtlMod:
      return epoll.modify(fd, *event);
    case posix::kEpollCtlDel:
      return epoll.remove(fd);
    default:
      return fail(Errno::Invalid);
  }
}

Answer SocketTable::epoll_wait(int epoll_fd, posix::EpollEvent* events, int max_events) {
  if (max_events <= 0) return fail(Errno::Invalid);
  const FilePtr set = find(epoll_fd);
  if (set == nullptr) return fail(Errno::BadDescriptor);
  if (set->kind() != File::Kind::Epoll) return fail(Errno::Invalid);
  if (events == nullptr) return fail(Errno::BadAddress);
  return static_cast<std::int64_t>(
      static_cast<Epoll&>(*set).wait(std::span(events, static_cast<std::size_t>(max_events))));
}

// ---- For drivers ----

bool SocketTable::is_blocking(int fd) const {
  const FilePtr file = find(fd);
  return file != nullptr && !file->is_nonblocking();
}

bool SocketTable::connecting(int fd) const {
  const auto socket = stream(fd);
  return socket && (*socket)->connecting();
}

std::int16_t SocketTable::ready_events(int fd) const {
  const FilePtr file = find(fd);
  return file == nullptr ? posix::kPollNval : file->events();
}

void SocketTable::watch(int fd, Watcher watcher) {
  if (const FilePtr file = find(fd)) file->watch(std::move(watcher));
}

std::optional<SocketTable::Closing> SocketTable::closing_wait(int fd) const {
  const auto socket = stream(fd);
  if (!socket || !(*socket)->connection() || socket->use_count() > 2) return std::nullopt;  // the table's, and ours
  const LingerOption linger = (*socket)->options().linger;
  if (!linger.on || linger.seconds == 0) return std::nullopt;
  return Closing{(*socket)->handle(), std::chrono::seconds(linger.seconds)};
}

bool SocketTable::still_closing(const Closing& closing) const {
  const host::TcpEntry* entry = stack_.host().find({closing.connection.index, closing.connection.generation});
  if (entry == nullptr) return false;
  const TcpState state = entry->connection.state();
  return state == TcpState::FinWait1 || state == TcpState::Closing || state == TcpState::LastAck;
}

std::optional<ConnectionInfo> SocketTable::connection(int fd) const {
  const auto socket = stream(fd);
  return socket ? (*socket)->info() : std::nullopt;
}

}  // namespace tunic
