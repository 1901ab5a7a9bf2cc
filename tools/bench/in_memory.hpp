// What is measured without any device: two stacks in this process. To be run in a process of its own, whose memory counts.
#pragma once

#include "client.hpp"

namespace tunic::bench {

/// gbit_per_s of one stream of wire segments, everything computed and copied, in one thread.
Observed measure_pair(const Load& load);

/// ns_alone, ns_beside: of one busy connection, per segment, alone and beside `load.idle` idle ones; ns_spread: the same with the
/// load spread evenly over these.
Observed measure_beside(const Load& load);

/// gibibytes, octets_per_endpoint of ten times `load.idle` endpoints, both ends of each connection counted; set_up_s,
/// tear_down_s; left_over: what the stacks hold when all is closed.
Observed measure_endpoints(const Load& load);

}  // namespace tunic::bench
