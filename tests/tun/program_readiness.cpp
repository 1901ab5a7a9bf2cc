// Counts, poll, epoll, duplicates of descriptors.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Readiness : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    counts();
    polling();
    epolling();
    duplicates();
  }

 private:
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
};

}  // namespace

void run_readiness(SocketCalls& calls, std::vector<CallLine>& lines) {
  Readiness(calls, lines).run();
}

}  // namespace tunic::testing
