// Sockets and addresses: socket, bind, listen, connect, and descriptors that are none.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Opening : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    creation();
    bad_descriptors();
    binding();
    listening();
    idle_socket();
    refused();
    opening();
  }

 private:
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
};

}  // namespace

void run_opening(SocketCalls& calls, std::vector<CallLine>& lines) {
  Opening(calls, lines).run();
}

}  // namespace tunic::testing
