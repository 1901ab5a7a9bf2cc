// A connection that begins with its SYN: Fast Open at the server. RFC 7413 §4.2.1 and §4.2.2.
//
// It is in SYN-RECEIVED until the peer has acknowledged the SYN-ACK, but the application has the SYN's data already and may
// answer. For sending, the SYN counts as acknowledged from the start: SND.UNA stands behind it, and what repeats the
// SYN-ACK is the retransmission timer alone.
#include "tcp/connection.hpp"

namespace tunic::tcp {

void Connection::open_early(SynRecord record, Segment syn, const std::optional<FastOpenGrant>& grant, Instant now) {
  record.answered_again = true;  // no time has passed that could tell of the round trip
  open(record, now);
  early_ = true;
  grant_ = grant;
  syn_due_ = true;
  syn_why_ = Why::FastOpenReply;
  begin_sending();
  const std::size_t room = receive_room();
  if (syn.payload.size() > room) syn.payload.trim_back(syn.payload.size() - room);
  bytes_in_ = syn.payload.size();
  tcb_.rcv.nxt += static_cast<std::uint32_t>(syn.payload.size());
  receive_buffer_.push(std::move(syn.payload), context_.pool);
  activity_ = true;
  check_invariants();
}

}  // namespace tunic::tcp
