// Options and modes: what can be set, what is told, in which states.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Options : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    socket_level_options();
    tcp_level_options();
    ip_level_options();
    options_by_state();
    modes();
  }

 private:
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
        Trial{"TCP_QUICKACK", kTcpQuickAck, {0, -1, 2, 1}},
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
};

}  // namespace

void run_options(SocketCalls& calls, std::vector<CallLine>& lines) {
  Options(calls, lines).run();
}

}  // namespace tunic::testing
