// What an ICMP error says of a segment of ours: which are believed, what they mean to the application, and what a path that is
// too narrow changes. RFC 1122 §4.2.3.9, RFC 5461, RFC 5927, RFC 1191. That the quote is of this connection is the host's business.
#include "tcp/connection.hpp"
#include "wire/icmp.hpp"

namespace tunic::tcp {

bool Connection::in_flight_at(SeqNum seq) const {
  return in_window(seq, tcb_.snd.una, sent_unacked());
}

namespace {

struct IcmpMeaning {
  Error error;
  bool hard;  ///< RFC 1122 §4.2.3.9: it ends an open
};

/// What an ICMP error means to an application (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). Time exceeded and parameter
/// problem say that the packet did not get there.
IcmpMeaning meaning_of(wire::IcmpType type, std::uint8_t code, IcmpErrors errors) {
  if (type != wire::IcmpType::DestinationUnreachable) return {Error::HostUnreachable, false};
  const bool bsd = errors == IcmpErrors::Bsd;
  switch (static_cast<wire::UnreachableCode>(code)) {
    using enum wire::UnreachableCode;
    case Port:
      return {Error::ConnectionRefused, true};
    case Protocol:
      return {bsd ? Error::ConnectionRefused : Error::ProtocolUnreachable, true};
    case NetProhibited:
      return {bsd ? Error::ConnectionRefused : Error::NetworkUnreachable, bsd};
    case HostProhibited:
    case Prohibited:
      return {bsd ? Error::ConnectionRefused : Error::HostUnreachable, bsd};
    case Net:
    case NetUnknown:
    case NetForThisTos:
      return {bsd ? Error::HostUnreachable : Error::NetworkUnreachable, false};
    default:
      return {Error::HostUnreachable, false};
  }
}

}  // namespace

void Connection::on_icmp_error(std::uint8_t type, std::uint8_t code, Instant now) {
  const IcmpMeaning meaning = meaning_of(static_cast<wire::IcmpType>(type), code, context_.tcp().icmp_errors);
  // RFC 5461 §3: with the connection established a hard error is as soft as the others.
  if (state_ == TcpState::SynSent && meaning.hard && context_.tcp().icmp_ends_open) {
    return fail(meaning.error, Why::UnreachableInHandshake, now);
  }
  note_soft_error(meaning.error);
}

void Connection::on_packet_too_big(Instant now) {
  if (!congestion_control_ || scoreboard_.empty()) return;  // a SYN is never too big
  // What follows the refused segment is as long, so it is refused too.
  scoreboard_.mark_all_lost(now);
  recovery_.enter_path_mtu(tcb_.snd.nxt);
  timers_.stop(Timer::Reordering);
  timers_.stop(Timer::LossProbe);
  if (flight_) {
    flight_->probe.forget();
    flight_->forward_rto.give_up();  // no timeout: nothing to take back
  }
  loss_probe_due_ = false;
  timers_.start(Timer::Retransmission, later(now, rtt_.rto()));
  check_invariants();
}
}  // namespace tunic::tcp
