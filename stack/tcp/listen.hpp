// Segments for LISTEN and for SYN-RECEIVED records. RFC 9293 §3.10.7.2 and §3.10.7.4, RFC 5961, RFC 4987.
//
// Pure decisions: the host keeps the records and carries them out.
#pragma once

#include "segment/segment.hpp"
#include "tcp/context.hpp"
#include "tcp/records.hpp"

namespace tunic::tcp {

/// Promote means: open a SynRecord.
Reaction arrives_in_listen(const Segment& segment, const TcpConfig& config);

/// `socket_options`: the listener's. `minimum_iss`: where the tuple was in TIME-WAIT before, the new numbers begin above the old ones (RFC 9293 MAY-2).
SynRecord open_passively(const Segment& syn, const wire::TcpOptions& options, const Context& context,
                         const SocketOptions& socket_options, Instant now, std::optional<SeqNum> minimum_iss);

/// `record` as a SYN cookie: its ISS says what can be said, and what can't is given up.
void turn_into_cookie(SynRecord& record, const SynCookies& cookies, Instant now);
/// What the SYN-ACK with a cookie that `ack` acknowledges would have left behind; nullopt: it acknowledges none of ours.
std::optional<SynRecord> recall_cookie(const Segment& ack, const wire::TcpOptions& options, const Context& context,
                                       const SocketOptions& socket_options, Instant now);

/// Promote means: the handshake is complete; build the connection and give it the segment. Reply sends the SYN-ACK again
/// if `reply` is SynAckRetransmit, else an ACK.
Reaction arrives_in_syn_received(const SynRecord& record, const Segment& segment, const wire::TcpOptions& options,
                                 const TcpConfig& config);

}  // namespace tunic::tcp
