// Urgent data: an octet out of band, the mark where it was, and the octet in line. RFC 9293 §3.8.5, RFC 6093.
#include "program_part.hpp"

namespace tunic::testing {

namespace {

class Urgent : public ProgramPart {
 public:
  using ProgramPart::ProgramPart;

  void run() {
    urgent_data();
    urgent_data_inline();
  }

 private:
  void say_data(std::string call, const Answer& answer, std::size_t count) {
    say(std::move(call), answer, std::string(room_.data(), count));
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
    say_data("recv: MSG_OOB, MSG_PEEK", recv(pair.server, kMsgOob | kMsgPeek), 1);
    say_data("recv: up to the mark", recv(pair.server), 2);
    say_count("SIOCATMARK: at it", pair.server, kSiocAtMark);
    say_count("SIOCINQ: at the mark", pair.server, kSiocInq);
    say_poll("poll: at the mark", pair.server, all);
    say_data("recv: the urgent octet", recv(pair.server, kMsgOob), 1);
    say("recv: the urgent octet again", recv(pair.server, kMsgOob));
    say_poll("poll: the urgent octet is taken", pair.server, all);
    say("recv: nothing but the urgent octet was there", recv(pair.server));
    send(pair.client, "de");
    os_.settle(pair.server, kPollIn);
    say_data("recv: behind the urgent octet", recv(pair.server), 2);
    say_count("SIOCATMARK: past it", pair.server, kSiocAtMark);

    send(pair.client, "f", kMsgOob);
    send(pair.client, "gh");
    os_.settle(pair.server, kPollPri);
    os_.settle(pair.server, kPollIn);
    say_data("recv: MSG_PEEK at the mark", recv(pair.server, kMsgPeek), 2);
    say_data("recv: an urgent octet that nobody asked for is left out", recv(pair.server), 2);
    say("recv: MSG_OOB, past it", recv(pair.server, kMsgOob));

    send(pair.client, "i", kMsgOob);
    os_.settle(pair.server, kPollPri);
    say_data("recv: i", recv(pair.server, kMsgOob), 1);
    send(pair.client, "j", kMsgOob);
    os_.settle(pair.server, kPollPri);
    say_data("recv: j, urgent after urgent", recv(pair.server, kMsgOob), 1);
    send(pair.client, "k");
    os_.settle(pair.server, kPollIn);
    say_data("recv: both are none of the stream", recv(pair.server), 1);

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
    say_data("recv: up to the mark, inline", recv(pair.server), 2);
    say_count("SIOCATMARK: inline", pair.server, kSiocAtMark);
    os_.settle(pair.server, kPollIn);
    say_data("recv: behind the mark, inline", recv(pair.server, 0, 1), 1);
    say_count("SIOCATMARK: inline, past it", pair.server, kSiocAtMark);
    close(pair);
  }
};

}  // namespace

void run_urgent(SocketCalls& calls, std::vector<CallLine>& lines) {
  Urgent(calls, lines).run();
}

}  // namespace tunic::testing
