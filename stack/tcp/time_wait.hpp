// Segments for TIME-WAIT records. RFC 9293 §3.10.7.4 and §3.6.1, RFC 1337, RFC 6191.
#pragma once

#include <tunic/config.hpp>

#include "segment/segment.hpp"
#include "tcp/records.hpp"

namespace tunic::tcp {

/// Reply acknowledges, Restart does so and begins the wait again, Reopen makes the SYN one for LISTEN, Forget ends the wait.
Reaction arrives_in_time_wait(const TimeWaitRecord& record, const Segment& segment, const wire::TcpOptions& options,
                              const TcpConfig& config);

}  // namespace tunic::tcp
