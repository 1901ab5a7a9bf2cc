#include "tcp/state.hpp"

#include <array>
#include <cstdint>

namespace tunic::tcp {

namespace {

template <typename... States>
constexpr std::uint16_t set_of(States... states) {
  return static_cast<std::uint16_t>(((1u << static_cast<unsigned>(states)) | ... | 0u));
}

using enum TcpState;
// Indexed by TcpState: the states that may follow.
constexpr std::array<std::uint16_t, kTcpStateCount> kNext = {
    /* CLOSED       */ set_of(Listen, SynSent, SynReceived),
    /* LISTEN       */ set_of(SynReceived, SynSent),
    /* SYN-SENT     */ set_of(SynReceived, Established),
    /* SYN-RECEIVED */ set_of(Established, FinWait1, Listen),
    /* ESTABLISHED  */ set_of(FinWait1, CloseWait),
    /* FIN-WAIT-1   */ set_of(FinWait2, Closing, TimeWait),
    /* FIN-WAIT-2   */ set_of(TimeWait),
    /* CLOSE-WAIT   */ set_of(LastAck),
    /* CLOSING      */ set_of(TimeWait),
    /* LAST-ACK     */ set_of(),
    /* TIME-WAIT    */ set_of(SynReceived),
};

}  // namespace

bool allowed(TcpState from, TcpState to) {
  if (to == Closed) return true;
  return (kNext[static_cast<std::size_t>(from)] & (1u << static_cast<unsigned>(to))) != 0;
}

}  // namespace tunic::tcp
