// The table of transitions against RFC 9293 §3.3.2, figure 5, written down here a second time.
#include "tcp/state.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace tunic::tcp {
namespace {

using enum TcpState;

constexpr std::array kAll{Closed,   Listen,    SynSent, SynReceived, Established, FinWait1,
                          FinWait2, CloseWait, Closing, LastAck,     TimeWait};
static_assert(kAll.size() == kTcpStateCount);

const std::set<std::pair<TcpState, TcpState>> kFigure5{
    {Closed, Listen},            // passive OPEN
    {Closed, SynSent},           // active OPEN, snd SYN
    {Listen, SynReceived},       // rcv SYN, snd SYN,ACK
    {Listen, SynSent},           // SEND, snd SYN
    {SynSent, SynReceived},      // rcv SYN, snd SYN,ACK
    {SynSent, Established},      // rcv SYN,ACK, snd ACK
    {SynReceived, Established},  // rcv ACK of SYN
    {SynReceived, FinWait1},     // CLOSE, snd FIN
    {SynReceived, Listen},       // note 1: rcv RST after a passive OPEN
    {Established, FinWait1},     // CLOSE, snd FIN
    {Established, CloseWait},    // rcv FIN, snd ACK
    {FinWait1, FinWait2},        // rcv ACK of FIN
    {FinWait1, Closing},         // rcv FIN, snd ACK
    {FinWait1, TimeWait},        // note 2: rcv FIN and the ACK of ours together
    {FinWait2, TimeWait},        // rcv FIN, snd ACK
    {CloseWait, LastAck},        // CLOSE, snd FIN
    {Closing, TimeWait},         // rcv ACK of FIN
};
/// What this implementation adds: a record takes a connection's place while the state stays (SYN-RECEIVED from CLOSED, as
/// it is built), and a SYN reopens TIME-WAIT (MAY-2).
const std::set<std::pair<TcpState, TcpState>> kAdded{{Closed, SynReceived}, {TimeWait, SynReceived}};

TEST(Transitions, AreThoseOfTheFigure) {
  for (const TcpState from : kAll) {
    for (const TcpState to : kAll) {
      const bool drawn = kFigure5.contains({from, to}) || kAdded.contains({from, to});
      EXPECT_EQ(allowed(from, to), drawn || to == Closed) << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(States, KnowWhatIsPossibleInThem) {
  for (const TcpState state : kAll) {
    const bool before_the_fins = state == Established;
    EXPECT_EQ(may_send(state), before_the_fins || state == CloseWait) << to_string(state);
    EXPECT_EQ(may_receive(state), before_the_fins || state == FinWait1 || state == FinWait2) << to_string(state);
    const bool opening = state == Closed || state == Listen || state == SynSent || state == SynReceived;
    EXPECT_EQ(synchronized(state), !opening) << to_string(state);
  }
}

}  // namespace
}  // namespace tunic::tcp
