// Each conversation has a queue of calls; its first is made again whenever the socket is ready.
#include "replay/application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "replay/stream.hpp"
#include "script/names.hpp"

namespace tunic::replay {

namespace {

using posix::Errno;

constexpr int kBacklog = 128;
constexpr std::size_t kPiece = 65536;

int level_of(std::string_view option) {
  return option.starts_with("TCP_")  ? posix::kIpProtoTcp
         : option.starts_with("IP_") ? posix::kIpProtoIp
                                     : posix::kSolSocket;
}

}  // namespace

Application::Application(Stack& stack, SocketTable& table, const Recording& recording, Ipv4Address local,
                         const SocketOptionValues& options)
    : stack_(stack), table_(table), recording_(recording), local_(local), options_(options) {
  talks_.resize(recording.flows.size());
  for (std::size_t i = 0; i < talks_.size(); ++i) {
    const Flow& flow = recording.flows[i];
    talks_[i].stream = stream_of(recording, flow, local);
    if (flow.protocol == Protocol::Tcp) connections_[{own_endpoint(flow), peer_endpoint(flow)}].push_back(i);
  }
}

std::expected<void, std::string> Application::set_options(int fd) {
  for (const auto& [name, value] : options_) {
    const auto number = script::constant_named(name);
    if (!number) return std::unexpected(fmt::format("there is no socket option '{}'", name));
    const int content = static_cast<int>(value);
    const auto set = table_.setsockopt(fd, level_of(name), static_cast<int>(*number), &content, sizeof content);
    if (!set) return std::unexpected(fmt::format("{} cannot be {}: {}", name, value, posix::name(set.error())));
  }
  return {};
}

std::expected<int, std::string> Application::open(int type, const Endpoint& local) {
  const auto fd = table_.socket(posix::kAfInet, type, 0);
  if (!fd) return std::unexpected(fmt::format("socket: {}", posix::name(fd.error())));
  const int socket = static_cast<int>(*fd);
  const int on = 1;
  auto bound = table_.setsockopt(socket, posix::kSolSocket, posix::kSoReuseAddr, &on, sizeof on);
  const auto address = posix::to_sockaddr(local);
  if (bound) bound = table_.bind(socket, &address, sizeof address);
  if (!bound) return std::unexpected(fmt::format("bind({}): {}", local.to_string(), posix::name(bound.error())));
  return socket;
}

std::expected<void, std::string> Application::expect(std::size_t flow_index, const std::vector<RecordedCall>& calls) {
  const Flow& flow = recording_.flows[flow_index];
  Talk& talk = talks_[flow_index];
  const auto has = [&](CallKind kind) { return std::ranges::find(calls, kind, &RecordedCall::kind) != calls.end(); };
  talk.reads_when_told = has(CallKind::Read);
  if (has(CallKind::Connect)) {
    auto fd = open(posix::kSockStream, own_endpoint(flow));
    if (!fd) return std::unexpected(std::move(fd.error()));
    talk.fd = *fd;
    return set_options(*fd);
  }
  if (has(CallKind::Listen) && has(CallKind::Accept)) listeners_[own_endpoint(flow)].accepts_when_told = true;
  if (flow.protocol == Protocol::Udp && has(CallKind::SendTo)) {
    int& fd = datagram_sockets_.try_emplace(own_endpoint(flow), -1).first->second;
    if (fd < 0) {
      auto opened = open(posix::kSockDgram, own_endpoint(flow));
      if (!opened) return std::unexpected(std::move(opened.error()));
      fd = *opened;
    }
    talk.fd = fd;
    return set_options(fd);
  }
  return {};
}

void Application::make(std::size_t flow_index, const RecordedCall& call) {
  Talk& talk = talks_[flow_index];
  const Flow& flow = recording_.flows[flow_index];
  switch (call.kind) {
    case CallKind::Listen:
      return listen(talk, own_endpoint(flow));
    case CallKind::Accept:
      ++listeners_[own_endpoint(flow)].accepts;
      return accept_all(own_endpoint(flow));
    case CallKind::Connect:
      return connect(flow_index);
    case CallKind::Read:
      talk.to_read.push_back(call.bytes);
      break;
    case CallKind::SendTo:
      return send_datagram(talk, flow, call);
    case CallKind::Write:
    case CallKind::Shutdown:
    case CallKind::Close:
      talk.to_do.push_back(call);
      break;
  }
  go_on(flow_index);
}

void Application::listen(Talk& talk, const Endpoint& local) {
  Listener& listener = listeners_[local];
  if (listener.fd >= 0) return;
  const auto fd = open(posix::kSockStream, local);
  if (!fd) return fail(talk, "listen", Errno::AddressInUse);
  listener.fd = *fd;
  if (const auto set = set_options(*fd); !set) return fail(talk, "setsockopt", Errno::Invalid);
  if (const auto done = table_.listen(*fd, kBacklog); !done) return fail(talk, "listen", done.error());
  table_.watch(*fd, [this, local] { accept_all(local); });
}

void Application::fail(Talk& talk, std::string_view call, Errno error) {
  if (talk.error.empty()) talk.error = fmt::format("{}: {}", call, posix::name(error));
}

void Application::watch(std::size_t flow) {
  table_.watch(talks_[flow].fd, [this, flow] { go_on(flow); });
}

void Application::connect(std::size_t flow_index) {
  Talk& talk = talks_[flow_index];
  const auto address = posix::to_sockaddr(peer_endpoint(recording_.flows[flow_index]));
  const auto done = table_.connect(talk.fd, &address, sizeof address);
  talk.connecting = !done && done.error() == Errno::InProgress;
  if (!done && !talk.connecting) fail(talk, "connect", done.error());
  watch(flow_index);
}

bool Application::open_is_over(Talk& talk) {
  if (!talk.connecting) return true;
  if (table_.connecting(talk.fd)) return false;
  talk.connecting = false;
  int error = 0;
  posix::SockLen length = sizeof error;
  const auto asked = table_.getsockopt(talk.fd, posix::kSolSocket, posix::kSoError, &error, &length);
  if (asked && error != 0) fail(talk, "connect", static_cast<Errno>(error));
  return true;
}

void Application::accept_all(const Endpoint& local) {
  Listener& listener = listeners_[local];
  while (listener.fd >= 0 && (!listener.accepts_when_told || listener.accepts > 0)) {
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    const auto fd = table_.accept(listener.fd, &address, &length);
    if (!fd) return;
    if (listener.accepts > 0) --listener.accepts;
    const Endpoint peer = posix::to_endpoint(address);
    for (const std::size_t i : connections_[{local, peer}]) {
      if (talks_[i].fd >= 0 || std::exchange(talks_[i].accepted, true)) continue;
      talks_[i].fd = static_cast<int>(*fd);
      watch(i);
      go_on(i);
      break;
    }
  }
}

void Application::go_on(std::size_t flow_index) {
  Talk& talk = talks_[flow_index];
  if (talk.fd < 0 || !open_is_over(talk)) return;
  read(talk);
  while (talk.fd >= 0 && !talk.to_do.empty() && do_next(talk)) talk.to_do.pop_front();
}

void Application::read(Talk& talk) {
  if (!talk.reads_when_told) {
    while (read_some(talk, kPiece) > 0) {
    }
    return;
  }
  // A call is over when it has all that the recorded one had: the rest may come later than it did there.
  while (!talk.to_read.empty() && (talk.to_read.front() -= read_some(talk, talk.to_read.front())) == 0)
    talk.to_read.pop_front();
  if (talk.ended) talk.to_read.clear();
}

/// How many octets; 0: there is nothing to read now, or ever.
std::uint64_t Application::read_some(Talk& talk, std::uint64_t most) {
  std::uint64_t all = 0;
  std::array<std::byte, kPiece> piece;
  while (most > 0 && !talk.ended) {
    const auto got = table_.recv(talk.fd, piece.data(), std::min<std::uint64_t>(most, piece.size()), 0);
    if (!got && got.error() != Errno::Again) fail(talk, "read", got.error());
    talk.ended = got ? *got == 0 : got.error() != Errno::Again;
    if (!got || *got == 0) break;
    talk.received.insert(talk.received.end(), piece.begin(), piece.begin() + *got);
    most -= static_cast<std::uint64_t>(*got);
    all += static_cast<std::uint64_t>(*got);
  }
  return all;
}

/// False: it waits.
bool Application::do_next(Talk& talk) {
  RecordedCall& call = talk.to_do.front();
  if (call.kind == CallKind::Write) return write(talk, call);
  if (call.kind == CallKind::Close) {
    if (!talk.to_read.empty()) return false;
    table_.watch(talk.fd, {});
    close(talk, call);
    return true;
  }
  const int how = call.how == Direction::Read    ? posix::kShutRd
                  : call.how == Direction::Write ? posix::kShutWr
                                                 : posix::kShutRdWr;
  if (const auto done = table_.shutdown(talk.fd, how); !done) fail(talk, "shutdown", done.error());
  return true;
}

bool Application::write(Talk& talk, RecordedCall& call) {
  while (call.bytes > 0) {
    const std::size_t size = std::min<std::uint64_t>(call.bytes, kPiece);
    std::vector<std::byte> piece(size);  // what the recorded host never sent is zeros
    const auto known = std::span(talk.stream).subspan(std::min(talk.written, talk.stream.size()));
    std::ranges::copy(known.first(std::min(known.size(), size)), piece.begin());
    const auto put = table_.send(talk.fd, piece.data(), size, 0);
    if (!put && put.error() == Errno::Again) return false;
    if (!put) {
      fail(talk, "write", put.error());
      return true;
    }
    talk.written += static_cast<std::size_t>(*put);
    call.bytes -= static_cast<std::uint64_t>(*put);
  }
  return true;
}

void Application::close(Talk& talk, const RecordedCall& call) {
  if (call.linger) {
    const posix::Linger linger{.on_off = 1, .seconds = static_cast<int>(*call.linger)};
    const auto set = table_.setsockopt(talk.fd, posix::kSolSocket, posix::kSoLinger, &linger, sizeof linger);
    if (!set) fail(talk, "setsockopt", set.error());
  }
  if (const auto closed = table_.close(talk.fd); !closed) fail(talk, "close", closed.error());
  talk.fd = -1;
  talk.to_do.resize(1);  // nothing can be done to it any more
}

void Application::send_datagram(Talk& talk, const Flow& flow, const RecordedCall& call) {
  const std::size_t size = std::min<std::uint64_t>(call.bytes, std::numeric_limits<std::uint16_t>::max());
  std::vector<std::byte> data(size);
  const auto known = std::span(talk.stream).subspan(std::min(talk.written, talk.stream.size()));
  std::ranges::copy(known.first(std::min(known.size(), size)), data.begin());
  talk.written += size;
  const Endpoint peer = peer_endpoint(flow);
  if (flow.protocol == Protocol::Echo) {
    if (!talk.echo) {
      if (auto opened = EchoSocket::open(stack_)) talk.echo = std::move(*opened);
    }
    const bool sent = talk.echo && talk.echo->send(peer.address, ++talk.echoes, data).has_value();
    if (!sent) fail(talk, "send", Errno::NoBufferSpace);
    return;
  }
  const auto address = posix::to_sockaddr(peer);
  const auto sent = table_.sendto(talk.fd, data.data(), data.size(), 0, &address, sizeof address);
  if (!sent) fail(talk, "sendto", sent.error());
}

}  // namespace tunic::replay
