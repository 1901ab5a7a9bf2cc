// UDP: addresses, datagrams of every length, errors that ICMP reports, options.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Datagrams : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    datagram_addresses();
    datagrams();
    datagram_errors();
    datagram_options();
  }

 private:
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

  std::vector<char> large_ = std::vector<char>(70000);
};

}  // namespace

void run_datagrams(SocketCalls& calls, std::vector<CallLine>& lines) {
  Datagrams(calls, lines).run();
}

}  // namespace tunic::testing
