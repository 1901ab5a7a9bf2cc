// Segments for TIME-WAIT records. RFC 9293 §3.10.7.4 and §3.6.1, RFC 1337, RFC 6191.
#pragma once

#include "segment/segment.hpp"
#include "tcp/records.hpp"

namespace tunic::tcp {

/// Reply acknowledges, Restart does so and begins the wait again, Reopen makes the SYN one for LISTEN.
Reaction arrives_in_time_wait(const TimeWaitRecord& record, const Segment& segment, const wire::TcpOptions& options);

}  // namespace tunic::tcp
