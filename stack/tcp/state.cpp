#include "tcp/state.hpp"

#include <array>
#include <cstdint>

namespace tunic::tcp {

namespace {

template <typename... States>
constexpr std::uint16_t to(States... states) {
  return static_cast<std::uint16_t>(((1u << static_cast<unsigned>(states)) | ... | 0u));
}

using enum TcpState;
// Indexed by TcpState: the states that may follow.
constexpr std::array<std::uint16_t, kTcpStateCount> kNext = {
    /* CLOSED       */ to(Listen, SynSent, SynReceived),
    /* LISTEN       */ to(SynReceived, SynSent),
    /* SYN-SENT     */ to(SynReceived, Established),
    /* SYN-RECEIVED */ to(Established, FinWait1, Listen),
    /* ESTABLISHED  */ to(FinWait1, CloseWait),
    /* FIN-WAIT-1   */ to(FinWait2, Closing, TimeWait),
    /* FIN-WAIT-2   */ to(TimeWait),
    /* CLOSE-WAIT   */ to(LastAck),
    /* CLOSING      */ to(TimeWait),
    /* LAST-ACK     */ to(),
    /* TIME-WAIT    */ to(SynReceived),
};

}  // namespace

bool allowed(TcpState from, TcpState next) {
  if (next == Closed) return true;
  return (kNext[static_cast<std::size_t>(from)] & (1u << static_cast<unsigned>(next))) != 0;
}

}  // namespace tunic::tcp
