// What flows over a connection, and how it ends.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Streams : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    sending_and_receiving();
    messages();
    names();
    half_closed();
    reset();
    closed_by_both();
  }

 private:
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
};

}  // namespace

void run_streams(SocketCalls& calls, std::vector<CallLine>& lines) {
  Streams(calls, lines).run();
}

}  // namespace tunic::testing
