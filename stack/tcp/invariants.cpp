// What must hold of a connection between two calls, by state. A test build stops where it does not.
#include "base/assert.hpp"
#include "tcp/connection.hpp"
#include "tcp/state.hpp"

namespace tunic::tcp {

void Connection::check_invariants() const {
#if defined(TUNIC_CHECK_INVARIANTS) && TUNIC_CHECK_INVARIANTS
  const bool ended = state_ == TcpState::Closed || state_ == TcpState::TimeWait;
  const bool opening = state_ == TcpState::SynSent || state_ == TcpState::SynReceived;
  TUNIC_ASSERT(at_or_before(tcb_.snd.una, tcb_.snd.nxt));

  // Sequence space: the scoreboard covers what is outstanding, the send buffer what is not acknowledged.
  if (!ended && (!opening || early_)) {
    std::uint32_t covered = 0;
    for (const Transmission& t : scoreboard_.transmissions()) covered += t.range.length();
    TUNIC_ASSERT(covered == sent_unacked());
    TUNIC_ASSERT(sent_unacked() <= send_buffer_.size() + (fin_sent_ ? 1 : 0));
    TUNIC_ASSERT(congestion_control_ != nullptr);
  }

  // Timers: something runs wherever this side waits for the peer's acknowledgment.
  if (ended) TUNIC_ASSERT(next_deadline() == kNever);
  if (opening && !syn_due_) TUNIC_ASSERT(timers_.running(Timer::Retransmission));
  if (!ended && !all_acked() && !opening) TUNIC_ASSERT(timers_.running(Timer::Retransmission));
  if (timers_.running(Timer::DelayedAck)) TUNIC_ASSERT(ack_policy_.pending());
  if (state_ == TcpState::FinWait2 && orphaned_) TUNIC_ASSERT(timers_.running(Timer::Orphan));

  // Recovery: a window that comes down step by step is kept with the flight.
  TUNIC_ASSERT(!rate_reduced() || flight_ != nullptr);

  // Ends: who has finished what.
  TUNIC_ASSERT(!fin_sent_ || fin_queued_ || ended);
  if (state_ == TcpState::Established) TUNIC_ASSERT(!fin_queued_ && !fin_received_);
  if (state_ == TcpState::CloseWait) TUNIC_ASSERT(!fin_queued_ && fin_received_);
  if (state_ == TcpState::FinWait1 || state_ == TcpState::FinWait2) TUNIC_ASSERT(fin_queued_ && !fin_received_);
  if (state_ == TcpState::Closing || state_ == TcpState::LastAck) TUNIC_ASSERT(fin_queued_ && fin_received_);

  // Memory: nothing stays behind in a connection that is over.
  if (ended) TUNIC_ASSERT(send_buffer_.size() == 0 && scoreboard_.empty() && reassembler_.empty());
  TUNIC_ASSERT(reassembler_.ranges() <= context_.tcp().max_out_of_order_ranges);
#endif
}

}  // namespace tunic::tcp
