// The program. Every socket is non-blocking, so that neither backend ever waits in a call; peers live on the loopback.
#include "socket_program.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace tunic::testing {

namespace {

using namespace posix;

constexpr int kStream = kSockStream | kSockNonblock;
constexpr int kNobody = 900;  // a descriptor that nobody has

class Program {
 public:
  explicit Program(SocketCalls& calls) : os_(calls) {}

  std::vector<CallLine> run() {
    creation();
    bad_descriptors();
    binding();
    listening();
    idle_socket();
    refused();
    opening();
    sending_and_receiving();
    messages();
    names();
    half_closed();
    reset();
    closed_by_both();
    socket_level_options();
    tcp_level_options();
    ip_level_options();
    options_by_state();
    modes();
    counts();
    urgent_data();
    urgent_data_inline();
    polling();
    epolling();
    duplicates();
    datagram_addresses();
    datagrams();
    datagram_errors();
    datagram_options();
    for (const int one : kept_) os_.close(one);
    return std::move(lines_);
  }

 private:
  // ---- Saying what happened ----

  void say(std::string call, const Answer& answer, const std::string& more = {}) {
    std::string result = answer ? fmt::format("{}", *answer) : error_text(answer.error());
    if (!more.empty()) result += " " + more;
    lines_.push_back({std::move(call), std::move(result)});
  }
  /// A call that gives a descriptor: its number is not compared, and it is closed.
  void say_fd(std::string call, const Answer& answer) {
    lines_.push_back({std::move(call), answer ? "fd" : error_text(answer.error())});
    if (answer) os_.close(static_cast<int>(*answer));
  }
  static std::string error_text(Errno error) {
    return fmt::format("-1 {}{}", name(error), name(error) == "?" ? std::to_string(static_cast<int>(error)) : "");
  }

  // ---- Making things ----

  static SockAddrIn at(Port port, Ipv4Address address = Ipv4Address(127, 0, 0, 1)) {
    return to_sockaddr({address, port});
  }
  int fresh() { return static_cast<int>(os_.socket(kAfInet, kStream, 0).value_or(-1)); }
  int bound() {
    const int fd = fresh();
    const SockAddrIn any = at(0);
    os_.bind(fd, &any, sizeof any);
    return fd;
  }
  SockAddrIn name_of(int fd) {
    SockAddrIn address;
    SockLen length = sizeof address;
    os_.getsockname(fd, &address, &length);
    return address;
  }
  int listener(int backlog = 5) {
    const int fd = bound();
    os_.listen(fd, backlog);
    return fd;
  }
  /// An address where nobody listens: a bound socket keeps it from others.
  SockAddrIn closed_port() { return name_of(keep(bound())); }
  int keep(int fd) {
    kept_.push_back(fd);
    return fd;
  }
  struct Pair {
    int listener, client, server;
  };
  Pair connected() {
    Pair pair{listener(), fresh(), -1};
    const SockAddrIn to = name_of(pair.listener);
    os_.connect(pair.client, &to, sizeof to);
    os_.settle(pair.client, kPollOut);
    os_.settle(pair.listener, kPollIn);
    pair.server = static_cast<int>(os_.accept4(pair.listener, nullptr, nullptr, kSockNonblock).value_or(-1));
    return pair;
  }
  void close(const Pair& pair) {
    for (const int fd : {pair.client, pair.server, pair.listener}) os_.close(fd);
  }
  Answer send(int fd, std::string_view text, int flags = 0) {
    return os_.sendto(fd, text.data(), text.size(), flags, nullptr, 0);
  }
  Answer recv(int fd, int flags = 0, std::size_t size = 64) {
    return os_.recvfrom(fd, room_.data(), size, flags, nullptr, nullptr);
  }
  Answer set(int fd, int level, int option, int value) {
    return os_.setsockopt(fd, level, option, &value, sizeof value);
  }
  void say_get(const std::string& call, int fd, int level, int option, SockLen size = sizeof(int)) {
    int value = 0;
    SockLen length = size;
    const Answer answer = os_.getsockopt(fd, level, option, &value, &length);
    say(call, answer, answer ? fmt::format("value={} length={}", value, length) : "");
  }
  void say_poll(const std::string& call, int fd, std::int16_t events) {
    PollFd one{fd, events, 0};
    const Answer answer = os_.poll(&one, 1);
    say(call, answer, fmt::format("revents={:#x}", one.revents));
  }

  // ---- The calls, by theme ----

  void creation() {
    say_fd("socket: stream", os_.socket(kAfInet, kSockStream, 0));
    say_fd("socket: stream, TCP", os_.socket(kAfInet, kSockStream, kIpProtoTcp));
    say_fd("socket: with both flags", os_.socket(kAfInet, kSockStream | kSockNonblock | kSockCloexec, 0));
    say_fd("socket: stream, UDP", os_.socket(kAfInet, kSockStream, kIpProtoUdp));
    say_fd("socket: datagram", os_.socket(kAfInet, kSockDgram, 0));
    say_fd("socket: datagram, TCP", os_.socket(kAfInet, kSockDgram, kIpProtoTcp));
    say_fd("socket: seqpacket", os_.socket(kAfInet, 5, 0));
    say_fd("socket: type 0", os_.socket(kAfInet, 0, 0));
    say_fd("socket: type 15", os_.socket(kAfInet, 15, 0));
    say_fd("socket: unknown flag", os_.socket(kAfInet, kSockStream | 0x1000, 0));
    say_fd("socket: protocol -1", os_.socket(kAfInet, kSockStream, -1));
    say_fd("socket: protocol 9999", os_.socket(kAfInet, kSockStream, 9999));
    say_fd("socket: family 0", os_.socket(kAfUnspec, kSockStream, 0));
    say_fd("socket: family -1", os_.socket(-1, kSockStream, 0));
    say_fd("socket: family 200", os_.socket(200, kSockStream, 0));
  }

  void bad_descriptors() {
    SockAddrIn address = at(1);
    SockLen length = sizeof address;
    int number = 0;
    IoVec part{&number, sizeof number};
    MsgHdr msg{.iov = &part, .iov_count = 1};
    EpollEvent event;
    say("bind: no such descriptor", os_.bind(kNobody, &address, sizeof address));
    say("listen: no such descriptor", os_.listen(kNobody, 1));
    say("accept4: no such descriptor", os_.accept4(kNobody, nullptr, nullptr, 0));
    say("connect: no such descriptor", os_.connect(kNobody, &address, sizeof address));
    say("read: no such descriptor", os_.read(kNobody, &number, 4));
    say("read: descriptor -1", os_.read(-1, &number, 4));
    say("write: no such descriptor", os_.write(kNobody, &number, 4));
    say("readv: no such descriptor", os_.readv(kNobody, &part, 1));
    say("writev: no such descriptor", os_.writev(kNobody, &part, 1));
    say("recvfrom: no such descriptor", os_.recvfrom(kNobody, &number, 4, 0, nullptr, nullptr));
    say("sendto: no such descriptor", os_.sendto(kNobody, &number, 4, 0, nullptr, 0));
    say("recvmsg: no such descriptor", os_.recvmsg(kNobody, &msg, 0));
    say("sendmsg: no such descriptor", os_.sendmsg(kNobody, &msg, 0));
    say("shutdown: no such descriptor", os_.shutdown(kNobody, kShutWr));
    say("close: no such descriptor", os_.close(kNobody));
    say("dup: no such descriptor", os_.dup(kNobody));
    say("getsockname: no such descriptor", os_.getsockname(kNobody, &address, &length));
    say("getpeername: no such descriptor", os_.getpeername(kNobody, &address, &length));
    say("getsockopt: no such descriptor", os_.getsockopt(kNobody, kSolSocket, kSoType, &number, &length));
    say("setsockopt: no such descriptor", os_.setsockopt(kNobody, kSolSocket, kSoKeepAlive, &number, 4));
    say("fcntl: no such descriptor", os_.fcntl(kNobody, kFGetFl, 0));
    say("ioctl: no such descriptor", os_.ioctl(kNobody, kFioNbio, &number));
    say("epoll_ctl: no such set", os_.epoll_ctl(kNobody, kEpollCtlAdd, kNobody, &event));
    say("epoll_wait: no such set", os_.epoll_wait(kNobody, &event, 1));
    say_poll("poll: no such descriptor", kNobody, kPollIn);
    say_poll("poll: descriptor -1", -1, kPollIn);
  }

  void binding() {
    const int fd = fresh();
    SockAddrIn address = at(0);
    say("bind: nullptr", os_.bind(fd, nullptr, sizeof address));
    say("bind: length 0", os_.bind(fd, &address, 0));
    say("bind: length 15", os_.bind(fd, &address, sizeof address - 1));
    say("bind: length 129", os_.bind(fd, &address, 129));
    address.family = 10;
    say("bind: family of IPv6", os_.bind(fd, &address, sizeof address));
    address.family = kAfUnspec;
    say("bind: family 0 and an address", os_.bind(fd, &address, sizeof address));
    address = at(0, Ipv4Address(203, 0, 113, 9));
    say("bind: not our address", os_.bind(fd, &address, sizeof address));
    address = at(0);
    say("bind: any port", os_.bind(fd, &address, sizeof address));
    say("bind: again", os_.bind(fd, &address, sizeof address));
    address = name_of(fd);
    const int second = fresh();
    say("bind: to an address in use", os_.bind(second, &address, sizeof address));
    const SockAddrIn everywhere = at(to_endpoint(address).port, Ipv4Address());
    say("bind: 0.0.0.0 where one address is in use", os_.bind(second, &everywhere, sizeof everywhere));
    set(second, kSolSocket, kSoReuseAddr, 1);
    say("bind: in use, only one says SO_REUSEADDR", os_.bind(second, &address, sizeof address));
    set(fd, kSolSocket, kSoReuseAddr, 1);
    say("bind: in use, both say SO_REUSEADDR", os_.bind(second, &address, sizeof address));
    say("listen: the first of two with one address", os_.listen(fd, 1));
    say("listen: the second of two with one address", os_.listen(second, 1));
    const int third = fresh();
    set(third, kSolSocket, kSoReuseAddr, 1);
    say("bind: SO_REUSEADDR does not share a listener's address", os_.bind(third, &address, sizeof address));
    SockAddrIn unspecified = at(0, Ipv4Address());
    unspecified.family = kAfUnspec;
    say("bind: family 0 and no address", os_.bind(third, &unspecified, sizeof unspecified));
    for (const int one : {fd, second, third}) os_.close(one);
  }

  void listening() {
    const int fd = fresh();
    say("accept4: not listening", os_.accept4(fd, nullptr, nullptr, 0));
    say("listen: unbound", os_.listen(fd, 1));
    say("listen: again", os_.listen(fd, 7));
    say("listen: backlog 0", os_.listen(fd, 0));
    say("listen: backlog -1", os_.listen(fd, -1));
    say("accept4: nobody there", os_.accept4(fd, nullptr, nullptr, 0));
    say("accept4: unknown flag", os_.accept4(fd, nullptr, nullptr, 1));
    SockAddrIn address = at(0);
    SockLen length = sizeof address;
    say("bind: listening", os_.bind(fd, &address, sizeof address));
    say("connect: listening", os_.connect(fd, &address, sizeof address));
    say("getpeername: listening", os_.getpeername(fd, &address, &length));
    say("recv: listening", recv(fd));
    say("read: listening", os_.read(fd, room_.data(), 4));
    say("send: listening", send(fd, "data"));
    say("shutdown: SHUT_WR of a listener", os_.shutdown(fd, kShutWr));
    say("listen: after SHUT_WR", os_.listen(fd, 1));
    say("shutdown: SHUT_RD of a listener", os_.shutdown(fd, kShutRd));
    say("accept4: after SHUT_RD", os_.accept4(fd, nullptr, nullptr, 0));
    say("listen: after SHUT_RD", os_.listen(fd, 1));
    os_.close(fd);
  }

  void idle_socket() {
    const int fd = fresh();
    SockAddrIn address;
    SockLen length = sizeof address;
    say("recv: idle", recv(fd));
    say("recv: idle, MSG_PEEK", recv(fd, kMsgPeek));
    say("recv: idle, MSG_OOB", recv(fd, kMsgOob));
    say("recv: idle, MSG_ERRQUEUE", recv(fd, kMsgErrQueue));
    say("read: idle, 0 octets", os_.read(fd, room_.data(), 0));
    say("recv: idle, 0 octets", recv(fd, 0, 0));
    say("send: idle", send(fd, "data"));
    say("send: idle, 0 octets", send(fd, ""));
    say("shutdown: idle", os_.shutdown(fd, kShutWr));
    say("shutdown: how = -1", os_.shutdown(fd, -1));
    say("shutdown: how = 3", os_.shutdown(fd, 3));
    say("getpeername: idle", os_.getpeername(fd, &address, &length));
    os_.close(fd);
    const int other = fresh();
    say_poll("poll: idle", other, kPollIn | kPollOut | kPollRdHup);
    say("sendto: idle, with an address", os_.sendto(other, "data", 4, 0, &address, sizeof address));
    say("sendto: MSG_FASTOPEN without an address", send(other, "data", kMsgFastOpen));
    os_.close(other);
  }

  void refused() {
    const SockAddrIn to = closed_port();
    int fd = fresh();
    say("connect: refused, at first", os_.connect(fd, &to, sizeof to));
    os_.settle(fd, kPollErr);
    say_poll("poll: refused", fd, kPollIn | kPollOut | kPollRdHup);
    say("connect: refused, again", os_.connect(fd, &to, sizeof to));
    say("recv: after a refusal was told", recv(fd));
    say("send: after a refusal was told", send(fd, "data"));
    say("connect: another try after a refusal", os_.connect(fd, &to, sizeof to));
    os_.settle(fd, kPollErr);
    say("send: refused", send(fd, "data"));
    say("send: refused, told already", send(fd, "data"));
    say("connect: refused, told already", os_.connect(fd, &to, sizeof to));
    os_.close(fd);
    fd = fresh();
    os_.connect(fd, &to, sizeof to);
    os_.settle(fd, kPollErr);
    say_get("SO_ERROR: refused", fd, kSolSocket, kSoError);
    say_get("SO_ERROR: refused, told already", fd, kSolSocket, kSoError);
    say_poll("poll: refused, told already", fd, kPollIn | kPollOut | kPollRdHup);
    say("recv: refused, told already", recv(fd));
    os_.close(fd);
  }

  void opening() {
    const int fd = fresh();
    SockAddrIn to = at(9);
    say("connect: nullptr", os_.connect(fd, nullptr, sizeof to));
    say("connect: length 0", os_.connect(fd, &to, 0));
    say("connect: length 1", os_.connect(fd, &to, 1));
    say("connect: length 15", os_.connect(fd, &to, sizeof to - 1));
    to.family = 10;
    say("connect: family of IPv6", os_.connect(fd, &to, sizeof to));
    to = at(9, Ipv4Address(255, 255, 255, 255));
    say("connect: broadcast", os_.connect(fd, &to, sizeof to));
    to = at(9, Ipv4Address(224, 0, 0, 1));
    say("connect: multicast", os_.connect(fd, &to, sizeof to));
    SockAddrIn nobody{.family = kAfUnspec};
    say("connect: family 0, idle", os_.connect(fd, &nobody, sizeof nobody));
    const int server = listener();
    to = name_of(server);
    say("connect: begins", os_.connect(fd, &to, sizeof to));
    os_.settle(fd, kPollOut);
    os_.settle(server, kPollIn);
    say("connect: is complete", os_.connect(fd, &to, sizeof to));
    say("connect: was complete before", os_.connect(fd, &to, sizeof to));
    say("bind: connected", os_.bind(fd, &nobody, sizeof nobody));
    say("listen: connected", os_.listen(fd, 1));
    SockLen length = sizeof to;
    say("accept4: address without length", os_.accept4(server, &to, nullptr, 0));
    say("accept4: connected socket", os_.accept4(fd, nullptr, nullptr, 0));
    say("connect: family 0, connected", os_.connect(fd, &nobody, sizeof nobody));
    say("getpeername: after family 0", os_.getpeername(fd, &to, &length));
    say("send: after family 0", send(fd, "data"));
    os_.close(fd);
    os_.close(server);
    const int again = listener();
    const int client = fresh();
    to = at(to_endpoint(name_of(again)).port, Ipv4Address());
    say("connect: 0.0.0.0 is this host", os_.connect(client, &to, sizeof to));
    os_.settle(again, kPollIn);
    length = 4;
    say_fd("accept4: room for 4 octets of address", os_.accept4(again, &to, &length, 0));
    lines_.back().result += fmt::format(" length={}", length);
    os_.close(client);
    os_.close(again);
  }

  void sending_and_receiving() {
    const Pair pair = connected();
    say("recv: nothing there", recv(pair.server));
    say("recv: nothing there, MSG_PEEK", recv(pair.server, kMsgPeek));
    say("recv: nothing there, MSG_WAITALL", recv(pair.server, kMsgWaitAll));
    say("recv: nothing there, 0 octets", recv(pair.server, 0, 0));
    say("read: nothing there, 0 octets", os_.read(pair.server, room_.data(), 0));
    say("recv: MSG_OOB", recv(pair.server, kMsgOob));
    say("recv: MSG_ERRQUEUE", recv(pair.server, kMsgErrQueue));
    say("send: 5 octets", send(pair.client, "hello"));
    os_.settle(pair.server, kPollIn);
    say("recv: MSG_PEEK", recv(pair.server, kMsgPeek));
    say("recv: MSG_PEEK, 2 octets", recv(pair.server, kMsgPeek, 2));
    say("recv: MSG_TRUNC to nowhere", os_.recvfrom(pair.server, nullptr, 2, kMsgTrunc, nullptr, nullptr));
    const Answer now = recv(pair.server, kMsgDontWait);
    say("recv: MSG_DONTWAIT", now, std::string(room_.data(), 3));
    say("send: 0 octets", send(pair.client, ""));
    say("write: 0 octets", os_.write(pair.client, "", 0));
    say("send: unknown flag", send(pair.client, "a", 0x400000));
    say("send: MSG_NOSIGNAL, MSG_MORE", send(pair.client, "b", kMsgNoSignal | kMsgMore));
    say("write: nullptr", os_.write(pair.client, nullptr, 4));
    say("send: nullptr", os_.sendto(pair.client, nullptr, 4, 0, nullptr, 0));
    say("send: MSG_FASTOPEN when connected", send(pair.client, "c", kMsgFastOpen));
    SockAddrIn other = at(1);
    say("sendto: connected, with an address", os_.sendto(pair.client, "d", 1, 0, &other, sizeof other));
    say("sendto: connected, address too long", os_.sendto(pair.client, "d", 1, 0, &other, 129));
    os_.settle(pair.server, kPollIn);
    SockLen length = sizeof other;
    const Answer count = os_.recvfrom(pair.server, room_.data(), 1, 0, &other, &length);
    say("recvfrom: with an address", count, fmt::format("length={}", length));
    say("recv: to nullptr", os_.recvfrom(pair.server, nullptr, 4, 0, nullptr, nullptr));
    close(pair);
  }

  void messages() {
    const Pair pair = connected();
    std::array<char, 4> one{'a', 'b', 'c', 'd'};
    std::array<IoVec, 2> parts{IoVec{one.data(), 2}, IoVec{one.data() + 2, 2}};
    say("writev: two parts", os_.writev(pair.client, parts.data(), 2));
    say("writev: count -1", os_.writev(pair.client, parts.data(), -1));
    say("writev: count 0", os_.writev(pair.client, parts.data(), 0));
    say("writev: nullptr", os_.writev(pair.client, nullptr, 1));
    say("writev: count 1025", os_.writev(pair.client, parts.data(), 1025));
    os_.settle(pair.server, kPollIn);
    say("readv: count -1", os_.readv(pair.server, parts.data(), -1));
    say("readv: count 0", os_.readv(pair.server, parts.data(), 0));
    const Answer read = os_.readv(pair.server, parts.data(), 2);
    say("readv: two parts", read, std::string(one.data(), one.size()));
    MsgHdr msg{.iov = parts.data(), .iov_count = 2};
    say("sendmsg: two parts", os_.sendmsg(pair.client, &msg, 0));
    say("sendmsg: nullptr", os_.sendmsg(pair.client, nullptr, 0));
    os_.settle(pair.server, kPollIn);
    std::array<char, 64> control{};
    SockAddrIn from;
    msg = {.name = &from, .name_length = sizeof from, .iov = parts.data(), .iov_count = 2};
    msg.control = control.data();
    msg.control_length = control.size();
    msg.flags = 77;
    const Answer count = os_.recvmsg(pair.server, &msg, 0);
    say("recvmsg: two parts", count,
        fmt::format("name={} control={} flags={}", msg.name_length, msg.control_length, msg.flags));
    say("recvmsg: nothing there", os_.recvmsg(pair.server, &msg, 0));
    say("recvmsg: nullptr", os_.recvmsg(pair.server, nullptr, 0));
    msg.iov_count = 1025;
    say("recvmsg: 1025 parts", os_.recvmsg(pair.server, &msg, 0));
    msg = {.iov = parts.data(), .iov_count = 1025};
    say("sendmsg: 1025 parts", os_.sendmsg(pair.client, &msg, 0));
    msg = {.iov = nullptr, .iov_count = 0};
    say("sendmsg: no parts", os_.sendmsg(pair.client, &msg, 0));
    close(pair);
  }

  void names() {
    const int fd = fresh();
    SockAddrIn address = at(7);
    SockLen length = sizeof address;
    Answer answer = os_.getsockname(fd, &address, &length);
    say("getsockname: unbound", answer, to_endpoint(address).to_string());
    length = 2;
    answer = os_.getsockname(fd, &address, &length);
    say("getsockname: room for 2", answer, fmt::format("length={}", length));
    length = 0;
    answer = os_.getsockname(fd, nullptr, &length);
    say("getsockname: room for 0", answer, fmt::format("length={}", length));
    length = static_cast<SockLen>(-1);
    say("getsockname: length -1", os_.getsockname(fd, &address, &length));
    say("getsockname: no length", os_.getsockname(fd, &address, nullptr));
    length = sizeof address;
    say("getsockname: no address", os_.getsockname(fd, nullptr, &length));
    os_.close(fd);
    const Pair pair = connected();
    length = 100;
    answer = os_.getpeername(pair.client, &address, &length);
    say("getpeername: more room than needed", answer,
        fmt::format("length={} same={}", length, to_endpoint(address) == to_endpoint(name_of(pair.listener))));
    length = static_cast<SockLen>(-1);
    say("getpeername: length -1", os_.getpeername(pair.client, &address, &length));
    close(pair);
  }

  void half_closed() {
    const Pair pair = connected();
    say("shutdown: SHUT_WR", os_.shutdown(pair.client, kShutWr));
    say("shutdown: SHUT_WR again", os_.shutdown(pair.client, kShutWr));
    say("send: after SHUT_WR", send(pair.client, "data"));
    say("send: after SHUT_WR, 0 octets", send(pair.client, ""));
    os_.settle(pair.server, kPollIn | kPollRdHup);
    say_poll("poll: SHUT_WR done", pair.client, kPollIn | kPollOut | kPollRdHup);
    say_poll("poll: the peer has done SHUT_WR", pair.server, kPollIn | kPollOut | kPollRdHup);
    say("recv: the peer has done SHUT_WR", recv(pair.server));
    say("recv: and again", recv(pair.server));
    say("send: the peer has done SHUT_WR", send(pair.server, "more"));
    os_.settle(pair.client, kPollIn);
    say("shutdown: SHUT_RD with data unread", os_.shutdown(pair.client, kShutRd));
    say_poll("poll: both directions shut", pair.client, kPollIn | kPollOut | kPollRdHup);
    say("recv: after SHUT_RD, data unread", recv(pair.client));
    say("recv: after SHUT_RD, nothing left", recv(pair.client));
    close(pair);
    const Pair other = connected();
    say("shutdown: SHUT_RD alone", os_.shutdown(other.client, kShutRd));
    say("recv: after SHUT_RD alone", recv(other.client));
    say("send: after SHUT_RD alone", send(other.client, "data"));
    say("shutdown: SHUT_RDWR after SHUT_RD", os_.shutdown(other.client, kShutRdWr));
    close(other);
  }

  void abort(int fd) {
    const Linger now{1, 0};
    os_.setsockopt(fd, kSolSocket, kSoLinger, &now, sizeof now);
    os_.close(fd);
  }

  void reset() {
    Pair pair = connected();
    send(pair.client, "last words");
    os_.settle(pair.server, kPollIn);
    abort(pair.client);
    os_.settle(pair.server, kPollErr);
    say_poll("poll: reset", pair.server, kPollIn | kPollOut | kPollRdHup);
    say("shutdown: reset", os_.shutdown(pair.server, kShutWr));
    SockAddrIn address;
    SockLen length = sizeof address;
    say("getpeername: reset", os_.getpeername(pair.server, &address, &length));
    say("recv: reset, data unread", recv(pair.server));
    say("recv: reset, nothing left", recv(pair.server));
    say("recv: reset, told already", recv(pair.server));
    say("send: reset, told already", send(pair.server, "data"));
    say_poll("poll: reset, told already", pair.server, kPollIn | kPollOut | kPollRdHup);
    say("connect: reset", os_.connect(pair.server, &address, sizeof address));
    close(pair);
    pair = connected();
    abort(pair.client);
    os_.settle(pair.server, kPollErr);
    say("send: reset", send(pair.server, "data"));
    say("send: reset, second time", send(pair.server, "data"));
    say_get("SO_ERROR: reset, told already", pair.server, kSolSocket, kSoError);
    close(pair);
    pair = connected();
    send(pair.client, "unread");
    os_.settle(pair.server, kPollIn);
    os_.close(pair.server);  // with data unread: the peer is reset
    os_.settle(pair.client, kPollErr);
    say_get("SO_ERROR: the peer closed with data unread", pair.client, kSolSocket, kSoError);
    close(pair);
  }

  void closed_by_both() {
    const Pair pair = connected();
    os_.shutdown(pair.client, kShutWr);
    os_.settle(pair.server, kPollRdHup);
    os_.shutdown(pair.server, kShutWr);
    os_.settle(pair.client, kPollHup);
    os_.settle(pair.server, kPollHup);
    say_poll("poll: closed by both, first", pair.client, kPollIn | kPollOut | kPollRdHup);
    say_poll("poll: closed by both, second", pair.server, kPollIn | kPollOut | kPollRdHup);
    say("recv: closed by both", recv(pair.client));
    say("send: closed by both", send(pair.client, "data"));
    say("shutdown: closed by both", os_.shutdown(pair.client, kShutWr));
    SockAddrIn address;
    SockLen length = sizeof address;
    say("getpeername: closed by both", os_.getpeername(pair.client, &address, &length));
    say_get("SO_ERROR: closed by both", pair.client, kSolSocket, kSoError);
    close(pair);
  }

  void socket_level_options() {
    const int fd = fresh();
    say_get("SO_TYPE", fd, kSolSocket, kSoType);
    say_get("SO_DOMAIN", fd, kSolSocket, kSoDomain);
    say_get("SO_PROTOCOL", fd, kSolSocket, kSoProtocol);
    say_get("SO_ACCEPTCONN: idle", fd, kSolSocket, kSoAcceptConn);
    say_get("SO_ERROR: none", fd, kSolSocket, kSoError);
    say_get("SO_KEEPALIVE: default", fd, kSolSocket, kSoKeepAlive);
    say_get("SO_REUSEADDR: default", fd, kSolSocket, kSoReuseAddr);
    for (const int option : {kSoType, kSoDomain, kSoProtocol, kSoAcceptConn, kSoError}) {
      say(fmt::format("SOL_SOCKET {}: can't be set", option), set(fd, kSolSocket, option, 1));
    }
    say("SO_KEEPALIVE: 7", set(fd, kSolSocket, kSoKeepAlive, 7));
    say_get("SO_KEEPALIVE: is 1", fd, kSolSocket, kSoKeepAlive);
    const int on = 1;
    SockLen length = 2;
    say("SO_KEEPALIVE: 3 octets", os_.setsockopt(fd, kSolSocket, kSoKeepAlive, &on, 3));
    say("SO_KEEPALIVE: length -1", os_.setsockopt(fd, kSolSocket, kSoKeepAlive, &on, static_cast<SockLen>(-1)));
    say("SO_KEEPALIVE: nullptr", os_.setsockopt(fd, kSolSocket, kSoKeepAlive, nullptr, sizeof on));
    say_get("SO_KEEPALIVE: room for 2", fd, kSolSocket, kSoKeepAlive, 2);
    say_get("SO_KEEPALIVE: room for 0", fd, kSolSocket, kSoKeepAlive, 0);
    say_get("SO_KEEPALIVE: room -1", fd, kSolSocket, kSoKeepAlive, static_cast<SockLen>(-1));
    say("SO_KEEPALIVE: no length", os_.getsockopt(fd, kSolSocket, kSoKeepAlive, room_.data(), nullptr));
    say("SO_KEEPALIVE: no room", os_.getsockopt(fd, kSolSocket, kSoKeepAlive, nullptr, &length));
    say("SOL_SOCKET 9999: set", set(fd, kSolSocket, 9999, 1));
    say_get("SOL_SOCKET 9999: get", fd, kSolSocket, 9999);
    say("level 9999: set", set(fd, 9999, 1, 1));
    say_get("level 9999: get", fd, 9999, 1);
    say("SO_RCVBUF: 20000", set(fd, kSolSocket, kSoRcvBuf, 20000));
    say_get("SO_RCVBUF: doubled", fd, kSolSocket, kSoRcvBuf);
    say("SO_RCVBUF: 0", set(fd, kSolSocket, kSoRcvBuf, 0));
    say_get("SO_RCVBUF: least", fd, kSolSocket, kSoRcvBuf);
    say("SO_SNDBUF: 30000", set(fd, kSolSocket, kSoSndBuf, 30000));
    say_get("SO_SNDBUF: doubled", fd, kSolSocket, kSoSndBuf);
    say("SO_SNDBUF: 1", set(fd, kSolSocket, kSoSndBuf, 1));
    say_get("SO_SNDBUF: least", fd, kSolSocket, kSoSndBuf);
    linger_option(fd);
    os_.close(fd);
  }

  void linger_option(int fd) {
    Linger linger{1, 5};
    say("SO_LINGER: 5 s", os_.setsockopt(fd, kSolSocket, kSoLinger, &linger, sizeof linger));
    say("SO_LINGER: an int alone", os_.setsockopt(fd, kSolSocket, kSoLinger, &linger, sizeof(int)));
    linger = {};
    SockLen length = 100;
    const Answer got = os_.getsockopt(fd, kSolSocket, kSoLinger, &linger, &length);
    say("SO_LINGER: get", got, fmt::format("{} {} length={}", linger.on_off, linger.seconds, length));
    length = 4;
    linger = {0, 42};
    const Answer half = os_.getsockopt(fd, kSolSocket, kSoLinger, &linger, &length);
    say("SO_LINGER: room for half", half, fmt::format("{} {} length={}", linger.on_off, linger.seconds, length));
    linger = {0, 9};
    say("SO_LINGER: off", os_.setsockopt(fd, kSolSocket, kSoLinger, &linger, sizeof linger));
    length = sizeof linger;
    const Answer off = os_.getsockopt(fd, kSolSocket, kSoLinger, &linger, &length);
    say("SO_LINGER: off keeps the time", off, fmt::format("{} {}", linger.on_off, linger.seconds));
  }

  void tcp_level_options() {
    const int fd = fresh();
    struct Trial {
      const char* name;
      int option;
      std::array<int, 4> values;
    };
    const std::array trials{
        Trial{"TCP_NODELAY", kTcpNoDelay, {1, 0, -1, 3}},
        Trial{"TCP_CORK", kTcpCork, {1, 0, -1, 3}},
        Trial{"TCP_MAXSEG", kTcpMaxSeg, {87, 88, 32768, 0}},
        Trial{"TCP_KEEPIDLE", kTcpKeepIdle, {0, 1, 32767, 32768}},
        Trial{"TCP_KEEPINTVL", kTcpKeepIntvl, {0, 1, 32767, 32768}},
        Trial{"TCP_KEEPCNT", kTcpKeepCnt, {0, 1, 127, 128}},
        Trial{"TCP_SYNCNT", kTcpSynCnt, {0, 1, 127, 128}},
        Trial{"TCP_USER_TIMEOUT", kTcpUserTimeout, {0, -1, 30000, 1}},
        Trial{"TCP_NOTSENT_LOWAT", kTcpNotSentLowAt, {0, 1, 16384, -1}},
        Trial{"TCP_FASTOPEN", kTcpFastOpen, {-1, 0, 5, 1}},
        Trial{"TCP_FASTOPEN_CONNECT", kTcpFastOpenConnect, {-1, 2, 1, 0}},
    };
    for (const Trial& trial : trials) {
      for (const int value : trial.values) {
        say(fmt::format("{}: {}", trial.name, value), set(fd, kIpProtoTcp, trial.option, value));
      }
      say_get(fmt::format("{}: after these", trial.name), fd, kIpProtoTcp, trial.option);
    }
    const int on = 1;
    say("TCP_NODELAY: 3 octets", os_.setsockopt(fd, kIpProtoTcp, kTcpNoDelay, &on, 3));
    say("TCP_NODELAY: nullptr", os_.setsockopt(fd, kIpProtoTcp, kTcpNoDelay, nullptr, sizeof on));
    say_get("TCP_NODELAY: room for 1", fd, kIpProtoTcp, kTcpNoDelay, 1);
    say_get("TCP_NODELAY: room -1", fd, kIpProtoTcp, kTcpNoDelay, static_cast<SockLen>(-1));
    say("IPPROTO_TCP 9999: set", set(fd, kIpProtoTcp, 9999, 1));
    say_get("IPPROTO_TCP 9999: get", fd, kIpProtoTcp, 9999);
    say("TCP_INFO: can't be set", set(fd, kIpProtoTcp, kTcpInfo, 1));
    say("TCP_DEFER_ACCEPT: set", set(fd, kIpProtoTcp, kTcpDeferAccept, 1));
    say("TCP_CONGESTION: reno", os_.setsockopt(fd, kIpProtoTcp, kTcpCongestion, "reno", 4));
    say("TCP_CONGESTION: unheard of", os_.setsockopt(fd, kIpProtoTcp, kTcpCongestion, "gallop", 6));
    say("TCP_CONGESTION: empty", os_.setsockopt(fd, kIpProtoTcp, kTcpCongestion, "", 0));
    std::array<char, 64> text{};
    SockLen length = text.size();
    const Answer got = os_.getsockopt(fd, kIpProtoTcp, kTcpCongestion, text.data(), &length);
    say("TCP_CONGESTION: get", got, fmt::format("{} length={}", text.data(), length));
    TcpInfo info;
    length = 8;
    const Answer few = os_.getsockopt(fd, kIpProtoTcp, kTcpInfo, &info, &length);
    say("TCP_INFO: idle, 8 octets", few, fmt::format("state={} length={}", info.tcpi_state, length));
    os_.close(fd);
  }

  void ip_level_options() {
    const int fd = fresh();
    say_get("IP_TTL: default", fd, kIpProtoIp, kIpTtl);
    for (const int value : {0, 1, 255, 256, -1})
      say(fmt::format("IP_TTL: {}", value), set(fd, kIpProtoIp, kIpTtl, value));
    const std::uint8_t octet = 33;
    say("IP_TTL: one octet", os_.setsockopt(fd, kIpProtoIp, kIpTtl, &octet, 1));
    say("IP_TTL: no octets", os_.setsockopt(fd, kIpProtoIp, kIpTtl, &octet, 0));
    say_get("IP_TTL: room for 1", fd, kIpProtoIp, kIpTtl, 1);
    say("IP_TOS: with ECN bits", set(fd, kIpProtoIp, kIpTos, 0x2b));
    say_get("IP_TOS: without them", fd, kIpProtoIp, kIpTos);
    say("IP_TOS: one octet", os_.setsockopt(fd, kIpProtoIp, kIpTos, &octet, 1));
    say("IPPROTO_IP 9999: set", set(fd, kIpProtoIp, 9999, 1));
    say_get("IPPROTO_IP 9999: get", fd, kIpProtoIp, 9999);
    os_.close(fd);
  }

  void options_by_state() {
    const Pair pair = connected();
    say_get("SO_ACCEPTCONN: listening", pair.listener, kSolSocket, kSoAcceptConn);
    say_get("SO_ACCEPTCONN: connected", pair.client, kSolSocket, kSoAcceptConn);
    say("TCP_FASTOPEN: connected", set(pair.client, kIpProtoTcp, kTcpFastOpen, 1));
    say("TCP_FASTOPEN: listening", set(pair.listener, kIpProtoTcp, kTcpFastOpen, 1));
    say("TCP_FASTOPEN_CONNECT: connected", set(pair.client, kIpProtoTcp, kTcpFastOpenConnect, 1));
    say("TCP_FASTOPEN_CONNECT: listening", set(pair.listener, kIpProtoTcp, kTcpFastOpenConnect, 1));
    TcpInfo info;
    SockLen length = sizeof info;
    const auto connected_info = os_.getsockopt(pair.client, kIpProtoTcp, kTcpInfo, &info, &length);
    say("TCP_INFO: connected", connected_info, fmt::format("state={} options={}", info.tcpi_state, info.tcpi_options));
    length = sizeof info;
    const auto listening_info = os_.getsockopt(pair.listener, kIpProtoTcp, kTcpInfo, &info, &length);
    say("TCP_INFO: listening", listening_info,
        fmt::format("state={} waiting={} backlog={}", info.tcpi_state, info.tcpi_unacked, info.tcpi_sacked));
    close(pair);
    const int fd = bound();
    set(fd, kSolSocket, kSoKeepAlive, 1);
    set(fd, kIpProtoTcp, kTcpKeepIdle, 17);
    set(fd, kIpProtoTcp, kTcpNoDelay, 1);
    os_.listen(fd, 3);
    const int client = fresh();
    const SockAddrIn to = name_of(fd);
    os_.connect(client, &to, sizeof to);
    os_.settle(fd, kPollIn);
    const int child = static_cast<int>(os_.accept4(fd, nullptr, nullptr, 0).value_or(-1));
    say_get("SO_KEEPALIVE: inherited", child, kSolSocket, kSoKeepAlive);
    say_get("TCP_KEEPIDLE: inherited", child, kIpProtoTcp, kTcpKeepIdle);
    say_get("TCP_NODELAY: inherited", child, kIpProtoTcp, kTcpNoDelay);
    say("O_NONBLOCK: not inherited", os_.fcntl(child, kFGetFl, 0));
    for (const int one : {child, client, fd}) os_.close(one);
  }

  void modes() {
    const int fd = static_cast<int>(os_.socket(kAfInet, kSockStream, 0).value_or(-1));
    int off = 0;
    say("F_GETFL: blocking", os_.fcntl(fd, kFGetFl, 0));
    say("F_SETFL: O_NONBLOCK", os_.fcntl(fd, kFSetFl, kORdwr | kONonblock));
    say("F_GETFL: O_NONBLOCK", os_.fcntl(fd, kFGetFl, 0));
    say("fcntl: unknown command", os_.fcntl(fd, 9999, 0));
    say("FIONBIO: off", os_.ioctl(fd, kFioNbio, &off));
    say("F_GETFL: after FIONBIO off", os_.fcntl(fd, kFGetFl, 0));
    say("FIONBIO: nullptr", os_.ioctl(fd, kFioNbio, nullptr));
    say("ioctl: unknown request", os_.ioctl(fd, 0x12345678, &off));
    os_.close(fd);
  }

  void say_count(const std::string& call, int fd, std::uint32_t request) {
    int count = -1;
    const Answer answer = os_.ioctl(fd, request, &count);
    say(call, answer, answer ? fmt::format("count={}", count) : "");
  }

  void counts() {
    const Pair pair = connected();
    say_count("SIOCINQ: idle", keep(fresh()), kSiocInq);
    say_count("SIOCINQ: listening", pair.listener, kSiocInq);
    say_count("SIOCOUTQ: listening", pair.listener, kSiocOutq);
    say_count("SIOCINQ: empty", pair.server, kSiocInq);
    send(pair.client, "12345");
    os_.settle(pair.server, kPollIn);
    say_count("SIOCINQ: 5 octets", pair.server, kSiocInq);
    say_count("SIOCOUTQ: empty", pair.server, kSiocOutq);
    say_count("SIOCOUTQNSD: empty", pair.server, kSiocOutqNsd);
    say("SIOCINQ: nullptr", os_.ioctl(pair.server, kSiocInq, nullptr));
    close(pair);
  }

  void urgent_data() {
    const Pair pair = connected();
    const std::int16_t all = kPollIn | kPollPri | kPollOut;
    say_get("SO_OOBINLINE: default", pair.server, kSolSocket, kSoOobInline);
    say_count("SIOCATMARK: nothing there", pair.server, kSiocAtMark);
    say("send: abc, MSG_OOB", send(pair.client, "abc", kMsgOob));
    os_.settle(pair.server, kPollPri);
    say_poll("poll: ab and an urgent octet", pair.server, all);
    say_count("SIOCINQ: up to the urgent octet", pair.server, kSiocInq);
    say_count("SIOCATMARK: before it", pair.server, kSiocAtMark);
    say("recv: MSG_OOB, MSG_PEEK", recv(pair.server, kMsgOob | kMsgPeek), std::string(room_.data(), 1));
    say("recv: up to the mark", recv(pair.server), std::string(room_.data(), 2));
    say_count("SIOCATMARK: at it", pair.server, kSiocAtMark);
    say_count("SIOCINQ: at the mark", pair.server, kSiocInq);
    say_poll("poll: at the mark", pair.server, all);
    say("recv: the urgent octet", recv(pair.server, kMsgOob), std::string(room_.data(), 1));
    say("recv: the urgent octet again", recv(pair.server, kMsgOob));
    say_poll("poll: the urgent octet is taken", pair.server, all);
    say("recv: nothing but the urgent octet was there", recv(pair.server));
    send(pair.client, "de");
    os_.settle(pair.server, kPollIn);
    say("recv: behind the urgent octet", recv(pair.server), std::string(room_.data(), 2));
    say_count("SIOCATMARK: past it", pair.server, kSiocAtMark);

    send(pair.client, "f", kMsgOob);
    send(pair.client, "gh");
    os_.settle(pair.server, kPollPri);
    os_.settle(pair.server, kPollIn);
    say("recv: MSG_PEEK at the mark", recv(pair.server, kMsgPeek), std::string(room_.data(), 2));
    say("recv: an urgent octet that nobody asked for is left out", recv(pair.server), std::string(room_.data(), 2));
    say("recv: MSG_OOB, past it", recv(pair.server, kMsgOob));

    send(pair.client, "i", kMsgOob);
    os_.settle(pair.server, kPollPri);
    say("recv: i", recv(pair.server, kMsgOob), std::string(room_.data(), 1));
    send(pair.client, "j", kMsgOob);
    os_.settle(pair.server, kPollPri);
    say("recv: j, urgent after urgent", recv(pair.server, kMsgOob), std::string(room_.data(), 1));
    send(pair.client, "k");
    os_.settle(pair.server, kPollIn);
    say("recv: both are none of the stream", recv(pair.server), std::string(room_.data(), 1));

    os_.shutdown(pair.client, kShutWr);
    os_.settle(pair.server, kPollRdHup);
    say("recv: MSG_OOB at the end", recv(pair.server, kMsgOob));
    say("SIOCATMARK: nullptr", os_.ioctl(pair.server, kSiocAtMark, nullptr));
    say_count("SIOCATMARK: listening", pair.listener, kSiocAtMark);
    close(pair);
  }

  void urgent_data_inline() {
    const Pair pair = connected();
    say("SO_OOBINLINE: on", set(pair.server, kSolSocket, kSoOobInline, 1));
    send(pair.client, "abc", kMsgOob);
    send(pair.client, "de");
    os_.settle(pair.server, kPollPri);
    say_count("SIOCINQ: inline", pair.server, kSiocInq);
    say("recv: MSG_OOB, inline", recv(pair.server, kMsgOob));
    say("recv: up to the mark, inline", recv(pair.server), std::string(room_.data(), 2));
    say_count("SIOCATMARK: inline", pair.server, kSiocAtMark);
    os_.settle(pair.server, kPollIn);
    say("recv: behind the mark, inline", recv(pair.server, 0, 1), std::string(room_.data(), 1));
    say_count("SIOCATMARK: inline, past it", pair.server, kSiocAtMark);
    close(pair);
  }

  void polling() {
    const Pair pair = connected();
    say("poll: none", os_.poll(nullptr, 0));
    say("poll: nullptr", os_.poll(nullptr, 1));
    say_poll("poll: connected", pair.client, kPollIn | kPollOut | kPollRdHup);
    say_poll("poll: connected, all bits", pair.client, 0x7fff);
    say_poll("poll: connected, nothing asked", pair.client, 0);
    say_poll("poll: listening, nobody", pair.listener, kPollIn | kPollOut);
    const int client = fresh();
    const SockAddrIn to = name_of(pair.listener);
    os_.connect(client, &to, sizeof to);
    os_.settle(pair.listener, kPollIn);
    say_poll("poll: listening, somebody", pair.listener, kPollIn | kPollOut);
    std::array<PollFd, 3> several{PollFd{pair.client, kPollOut, 0}, PollFd{kNobody, kPollOut, 9},
                                  PollFd{-5, kPollOut, 9}};
    say("poll: three", os_.poll(several.data(), several.size()),
        fmt::format("{:#x} {:#x} {:#x}", several[0].revents, several[1].revents, several[2].revents));
    os_.close(client);
    close(pair);
  }

  void say_epoll(const std::string& call, int set, int room = 4) {
    std::array<EpollEvent, 4> events{};
    const Answer answer = os_.epoll_wait(set, events.data(), room);
    std::string seen;
    for (std::int64_t i = 0; i < answer.value_or(0); ++i) {
      const EpollEvent event = events[static_cast<std::size_t>(i)];
      const std::uint32_t bits = event.events;
      const std::uint64_t data = event.data;
      seen += fmt::format("{:#x}/{} ", bits, data);
    }
    say(call, answer, seen);
  }

  void epolling() {
    const Pair pair = connected();
    say_fd("epoll_create1: unknown flag", os_.epoll_create1(1));
    const int set = static_cast<int>(os_.epoll_create1(kEpollCloexec).value_or(-1));
    EpollEvent event;
    event.events = kEpollIn;
    event.data = 11;
    say("epoll_ctl: modify what is not there", os_.epoll_ctl(set, kEpollCtlMod, pair.server, &event));
    say("epoll_ctl: delete what is not there", os_.epoll_ctl(set, kEpollCtlDel, pair.server, nullptr));
    say("epoll_ctl: add nullptr", os_.epoll_ctl(set, kEpollCtlAdd, pair.server, nullptr));
    say("epoll_ctl: unknown operation", os_.epoll_ctl(set, 9, pair.server, &event));
    say("epoll_ctl: no such descriptor", os_.epoll_ctl(set, kEpollCtlAdd, kNobody, &event));
    say("epoll_ctl: a set in itself", os_.epoll_ctl(set, kEpollCtlAdd, set, &event));
    say("epoll_ctl: a socket is no set", os_.epoll_ctl(pair.client, kEpollCtlAdd, pair.server, &event));
    const int inner = static_cast<int>(os_.epoll_create1(0).value_or(-1));
    say("epoll_ctl: a set in a set", os_.epoll_ctl(set, kEpollCtlAdd, inner, &event));
    os_.close(inner);
    say("epoll_ctl: add", os_.epoll_ctl(set, kEpollCtlAdd, pair.server, &event));
    say("epoll_ctl: add again", os_.epoll_ctl(set, kEpollCtlAdd, pair.server, &event));
    say("epoll_wait: max 0", os_.epoll_wait(set, &event, 0));
    say("epoll_wait: max -1", os_.epoll_wait(set, &event, -1));
    say("epoll_wait: a socket", os_.epoll_wait(pair.client, &event, 1));
    say("bind: an epoll set", os_.bind(set, &event, sizeof event));
    say("read: an epoll set", os_.read(set, room_.data(), 4));
    say_epoll("epoll_wait: nothing", set);
    say_poll("poll: an epoll set with nothing", set, kPollIn);
    send(pair.client, "data");
    os_.settle(pair.server, kPollIn);
    say_poll("poll: an epoll set with something", set, kPollIn);
    say_epoll("epoll_wait: level", set);
    say_epoll("epoll_wait: level again", set);
    event.events = kEpollIn | kEpollEt;
    event.data = 12;
    os_.epoll_ctl(set, kEpollCtlMod, pair.server, &event);
    say_epoll("epoll_wait: edge", set);
    say_epoll("epoll_wait: edge again", set);
    event.events = kEpollIn | kEpollOut | kEpollOneShot;
    os_.epoll_ctl(set, kEpollCtlMod, pair.server, &event);
    say_epoll("epoll_wait: one shot", set);
    say_epoll("epoll_wait: one shot again", set);
    event.events = kEpollIn | kEpollRdHup;
    os_.epoll_ctl(set, kEpollCtlMod, pair.server, &event);
    os_.shutdown(pair.client, kShutWr);
    os_.settle(pair.server, kPollRdHup);
    say_epoll("epoll_wait: the peer has closed", set);
    os_.close(pair.server);
    say_epoll("epoll_wait: the descriptor was closed", set);
    os_.close(set);
    os_.close(pair.client);
    os_.close(pair.listener);
  }

  void duplicates() {
    const int fd = fresh();
    const int twin = static_cast<int>(os_.dup(fd).value_or(-1));
    os_.fcntl(fd, kFSetFl, kORdwr);
    say("F_GETFL: of a duplicate", os_.fcntl(twin, kFGetFl, 0));
    set(fd, kSolSocket, kSoKeepAlive, 1);
    say_get("SO_KEEPALIVE: of a duplicate", twin, kSolSocket, kSoKeepAlive);
    say("close: the original", os_.close(fd));
    say("close: the original again", os_.close(fd));
    say_get("SO_TYPE: the duplicate lives", twin, kSolSocket, kSoType);
    os_.close(twin);
  }

  // ---- UDP ----

  int fresh_datagram() { return static_cast<int>(os_.socket(kAfInet, kSockDgram | kSockNonblock, 0).value_or(-1)); }
  int bound_datagram() {
    const int fd = fresh_datagram();
    const SockAddrIn any = at(0);
    os_.bind(fd, &any, sizeof any);
    return fd;
  }
  Answer send_to(int fd, std::size_t size, const SockAddrIn& to, int flags = 0) {
    return os_.sendto(fd, large_.data(), size, flags, &to, sizeof to);
  }

  void datagram_addresses() {
    const int idle = fresh_datagram();
    say_fd("udp socket: its protocol", os_.socket(kAfInet, kSockDgram, kIpProtoUdp));
    say_fd("udp socket: TCP's protocol", os_.socket(kAfInet, kSockDgram, kIpProtoTcp));
    say("udp listen", os_.listen(idle, 5));
    say("udp accept", os_.accept4(idle, nullptr, nullptr, 0));
    say("udp getpeername: unconnected", os_.getpeername(idle, nullptr, nullptr));
    say_poll("udp poll: fresh", idle, kPollIn | kPollOut | kPollRdHup);
    say("udp read: nothing there", os_.read(idle, room_.data(), 4));
    say("udp recv: nothing there", recv(idle));
    say("udp send: nowhere to", send(idle, "x"));
    say("udp write: nowhere to", os_.write(idle, "x", 1));
    os_.close(idle);
    const int fd = fresh_datagram();
    SockAddrIn address = at(0, Ipv4Address(192, 0, 2, 1));
    say("udp bind: not ours", os_.bind(fd, &address, sizeof address));
    address = at(0);
    say("udp bind: too short", os_.bind(fd, &address, sizeof address - 1));
    address.family = 10;
    say("udp bind: family 10", os_.bind(fd, &address, sizeof address));
    address = at(0);
    say("udp bind: port 0", os_.bind(fd, &address, sizeof address));
    say("udp bind: again", os_.bind(fd, &address, sizeof address));
    address = name_of(fd);
    const int other = fresh_datagram();
    say("udp bind: in use", os_.bind(other, &address, sizeof address));
    set(fd, kSolSocket, kSoReuseAddr, 1);
    say("udp bind: in use, one shares", os_.bind(other, &address, sizeof address));
    set(other, kSolSocket, kSoReuseAddr, 1);
    say("udp bind: in use, both share", os_.bind(other, &address, sizeof address));
    os_.close(other);
    say("udp connect: to a peer", os_.connect(fd, &address, sizeof address));
    say("udp connect: to another", os_.connect(fd, &address, sizeof address));
    say("udp connect: too short", os_.connect(fd, &address, sizeof address - 1));
    address.family = 10;
    say("udp connect: family 10", os_.connect(fd, &address, sizeof address));
    address = at(0);
    address.family = kAfUnspec;
    say("udp connect: family 0", os_.connect(fd, &address, sizeof address));
    SockLen length = sizeof address;
    say("udp getpeername: after family 0", os_.getpeername(fd, &address, &length));
    say("udp bound still", Answer(to_endpoint(name_of(fd)).port != 0));
    os_.close(fd);
    const int free_one = fresh_datagram();
    const SockAddrIn to = name_of(keep(bound_datagram()));
    os_.connect(free_one, &to, sizeof to);
    say("udp connect: binds", Answer(to_endpoint(name_of(free_one)).port != 0),
        to_endpoint(name_of(free_one)).address.to_string());
    SockAddrIn nobody;
    nobody.family = kAfUnspec;
    os_.connect(free_one, &nobody, sizeof nobody);
    say("udp connect: family 0 unbinds", Answer(0), to_endpoint(name_of(free_one)).to_string());
    os_.close(free_one);
  }

  void datagrams() {
    const int a = bound_datagram();
    const int b = bound_datagram();
    const SockAddrIn to = name_of(b);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5000}, std::size_t{65507},
                                   std::size_t{65508}, std::size_t{70000}}) {
      say(fmt::format("udp sendto: {} octets", size), send_to(a, size, to));
      if (size > 65507) continue;
      os_.settle(b, kPollIn);
      int waiting = -1;
      const Answer asked = os_.ioctl(b, kSiocInq, &waiting);
      say(fmt::format("udp SIOCINQ: {} octets", size), asked, std::to_string(waiting));
      SockAddrIn from;
      SockLen length = sizeof from;
      const Answer got = os_.recvfrom(b, large_.data(), large_.size(), 0, &from, &length);
      say(fmt::format("udp recvfrom: {} octets", size), got,
          fmt::format("length={} same={}", length, to_endpoint(from) == to_endpoint(name_of(a))));
    }
    send_to(a, 100, to);
    send_to(a, 50, to);
    os_.settle(b, kPollIn);
    say("udp recv: MSG_PEEK", recv(b, kMsgPeek));
    say("udp recv: MSG_PEEK, MSG_TRUNC", recv(b, kMsgPeek | kMsgTrunc, 10));
    say("udp recv: MSG_TRUNC", recv(b, kMsgTrunc, 10));
    say("udp recv: cut", recv(b, 0, 10));
    say("udp recv: the rest is lost", recv(b));
    std::array<IoVec, 2> parts{IoVec{room_.data(), 2}, IoVec{room_.data() + 2, 2}};
    SockAddrIn name = to;
    MsgHdr msg{.name = &name, .name_length = sizeof name, .iov = parts.data(), .iov_count = 2};
    say("udp sendmsg: two parts", os_.sendmsg(a, &msg, 0));
    msg.name = nullptr;
    say("udp sendmsg: nowhere to", os_.sendmsg(a, &msg, 0));
    send_to(a, 5, to);
    os_.settle(b, kPollIn);
    msg = {.name = &name, .name_length = sizeof name, .iov = parts.data(), .iov_count = 2};
    Answer count = os_.recvmsg(b, &msg, 0);
    say("udp recvmsg: fits", count, fmt::format("name={} flags={}", msg.name_length, msg.flags));
    msg.name_length = sizeof name;
    count = os_.recvmsg(b, &msg, 0);
    say("udp recvmsg: cut", count, fmt::format("name={} flags={:#x}", msg.name_length, msg.flags));
    msg = {.iov = parts.data(), .iov_count = 2};
    say("udp recvmsg: nothing there", os_.recvmsg(b, &msg, 0));
    SockAddrIn odd = to;
    say("udp sendto: too short", os_.sendto(a, "x", 1, 0, &odd, sizeof odd - 1));
    odd.family = 10;
    say("udp sendto: family 10", os_.sendto(a, "x", 1, 0, &odd, sizeof odd));
    odd.family = kAfUnspec;
    say("udp sendto: family 0", os_.sendto(a, "x", 1, 0, &odd, sizeof odd));
    say("udp sendto: port 0", send_to(a, 1, at(0)));
    say("udp sendto: broadcast", send_to(a, 1, at(7, Ipv4Address(255, 255, 255, 255))));
    say("udp sendto: MSG_OOB", send_to(a, 1, to, kMsgOob));
    say("udp sendto: nullptr", os_.sendto(a, nullptr, 4, 0, &to, sizeof to));
    const SockAddrIn back = name_of(a);
    os_.connect(b, &back, sizeof back);
    const int stranger = bound_datagram();
    send_to(stranger, 3, to);
    os_.settle(b, kPollIn);
    say("udp recv: what came before connect", recv(b));
    say("udp recv: that too", recv(b));
    send_to(a, 4, to);
    os_.settle(b, kPollIn);
    say("udp recv: from the peer", recv(b));
    say("udp sendto: connected, elsewhere", send_to(b, 2, name_of(stranger)));
    os_.settle(stranger, kPollIn);
    say("udp recv: elsewhere", recv(stranger));
    for (const int fd : {a, b, stranger}) os_.close(fd);
  }

  void datagram_errors() {
    const SockAddrIn nobody = [this] {
      const int fd = bound_datagram();
      const SockAddrIn address = name_of(fd);
      os_.close(fd);
      return address;
    }();
    const int fd = bound_datagram();
    say("udp sendto: nobody there", send_to(fd, 1, nobody));
    say("udp recv: unconnected, nobody there", recv(fd));
    os_.connect(fd, &nobody, sizeof nobody);
    say("udp send: nobody there", send(fd, "x"));
    os_.settle(fd, kPollErr);
    say_poll("udp poll: refused", fd, kPollIn | kPollOut);
    say("udp recv: refused", recv(fd));
    say("udp recv: told once", recv(fd));
    send(fd, "x");
    os_.settle(fd, kPollErr);
    say("udp send: refused", send(fd, "x"));
    os_.settle(fd, kPollOut);
    send(fd, "x");
    os_.settle(fd, kPollErr);
    say_get("udp SO_ERROR: refused", fd, kSolSocket, kSoError);
    say_get("udp SO_ERROR: told once", fd, kSolSocket, kSoError);
    say("udp shutdown: SHUT_WR", os_.shutdown(fd, kShutWr));
    say("udp send: after SHUT_WR", send(fd, "x"));
    say("udp shutdown: 3", os_.shutdown(fd, 3));
    say_poll("udp poll: SHUT_WR", fd, kPollIn | kPollOut | kPollRdHup);
    say("udp shutdown: SHUT_RD", os_.shutdown(fd, kShutRd));
    say_poll("udp poll: SHUT_RDWR", fd, kPollIn | kPollOut | kPollRdHup);
    os_.close(fd);
    const int unconnected = fresh_datagram();
    say("udp shutdown: unconnected", os_.shutdown(unconnected, kShutRdWr));
    os_.close(unconnected);
  }

  void datagram_options() {
    const int fd = fresh_datagram();
    for (const auto& [text, option] : {std::pair{"SO_TYPE", kSoType},
                                       {"SO_DOMAIN", kSoDomain},
                                       {"SO_PROTOCOL", kSoProtocol},
                                       {"SO_ERROR", kSoError},
                                       {"SO_BROADCAST", kSoBroadcast},
                                       {"SO_NO_CHECK", kSoNoCheck},
                                       {"SO_ACCEPTCONN", kSoAcceptConn},
                                       {"SO_REUSEADDR", kSoReuseAddr}}) {
      say_get(fmt::format("udp {}: fresh", text), fd, kSolSocket, option);
    }
    for (const auto& [text, option] :
         {std::pair{"SO_BROADCAST", kSoBroadcast}, {"SO_NO_CHECK", kSoNoCheck}, {"SO_REUSEADDR", kSoReuseAddr}}) {
      say(fmt::format("udp {}: set 7", text), set(fd, kSolSocket, option, 7));
      say_get(fmt::format("udp {}: after 7", text), fd, kSolSocket, option);
    }
    for (const auto& [text, option] : {std::pair{"SO_RCVBUF", kSoRcvBuf}, {"SO_SNDBUF", kSoSndBuf}}) {
      for (const int size : {0, 5000, 100000}) {
        set(fd, kSolSocket, option, size);
        say_get(fmt::format("udp {}: {}", text, size), fd, kSolSocket, option);
      }
    }
    say("udp SO_TYPE: set", set(fd, kSolSocket, kSoType, 1));
    say("udp setsockopt: TCP_NODELAY", set(fd, kIpProtoTcp, kTcpNoDelay, 1));
    say_get("udp getsockopt: TCP_NODELAY", fd, kIpProtoTcp, kTcpNoDelay);
    say_get("udp IP_TTL: fresh", fd, kIpProtoIp, kIpTtl);
    say("udp IP_TTL: 0", set(fd, kIpProtoIp, kIpTtl, 0));
    say("udp IP_TTL: 256", set(fd, kIpProtoIp, kIpTtl, 256));
    say("udp IP_TTL: 9", set(fd, kIpProtoIp, kIpTtl, 9));
    say_get("udp IP_TTL: after 9", fd, kIpProtoIp, kIpTtl);
    say("udp IP_TTL: -1", set(fd, kIpProtoIp, kIpTtl, -1));
    say("udp IP_TOS: 0xb9", set(fd, kIpProtoIp, kIpTos, 0xb9));
    say_get("udp IP_TOS: after 0xb9", fd, kIpProtoIp, kIpTos);
    int argument = -1;
    say("udp ioctl: SIOCOUTQNSD", os_.ioctl(fd, kSiocOutqNsd, &argument));
    const Answer unsent = os_.ioctl(fd, kSiocOutq, &argument);
    say("udp ioctl: SIOCOUTQ", unsent, std::to_string(argument));
    os_.close(fd);
  }

  SocketCalls& os_;
  std::vector<CallLine> lines_;
  std::vector<int> kept_;  // sockets that live until the end
  std::array<char, 64> room_{};
  std::vector<char> large_ = std::vector<char>(70000);
};

}  // namespace

std::vector<CallLine> run_socket_program(SocketCalls& calls) {
  return Program(calls).run();
}

}  // namespace tunic::testing
