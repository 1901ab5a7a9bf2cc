// The state machine's allowed transitions. RFC 9293 §3.3.2, figure 5, with the ends that a reset or an abort brings.
#pragma once

#include <tunic/tcp_state.hpp>

namespace tunic::tcp {

/// Whether RFC 9293's diagram has an arrow from one state to the other. Every state may go to CLOSED.
bool allowed(TcpState from, TcpState to);

/// The peer's SYN is known: sequence numbers of both sides are synchronized (RFC 9293 §3.3.2).
constexpr bool synchronized(TcpState state) {
  return state >= TcpState::Established;
}
/// The application may still send.
constexpr bool may_send(TcpState state) {
  return state == TcpState::Established || state == TcpState::CloseWait;
}
/// Data from the peer is still taken.
constexpr bool may_receive(TcpState state) {
  return state == TcpState::Established || state == TcpState::FinWait1 || state == TcpState::FinWait2;
}

}  // namespace tunic::tcp
