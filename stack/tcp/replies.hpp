// The one place where segments without a connection are born: answers of listeners, of TIME-WAIT and of nobody.
// RFC 9293 §3.10.7.1, §3.10.7.2, §3.10.7.4.
#pragma once

#include "segment/segment.hpp"
#include "tcp/context.hpp"
#include "tcp/records.hpp"

namespace tunic::tcp {

/// `grant`: the first SYN-ACK brings a Fast Open cookie.
Segment syn_ack(const SynRecord& record, const Context& context, Instant now, Why why,
                const std::optional<FastOpenGrant>& grant = {});
/// The same for a record that is not kept: what its number can't say is in the timestamp.
Segment syn_cookie(const SynRecord& record, const Context& context, Instant now);
/// An ACK with the current numbers of a handshake that is not complete.
Segment acknowledge(const SynRecord& record, Instant now, Why why);
Segment acknowledge(const TimeWaitRecord& record, Instant now, Why why);
/// The RST that answers `arrived` where there is no connection. Must not be asked for a RST.
Segment reset(const Segment& arrived, const SocketOptions& options, Why why);

}  // namespace tunic::tcp
