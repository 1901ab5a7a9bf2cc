// What the client does to a server, and what it sees: one function for each kind of measurement. The client runs in the
// network of arena.hpp. All throw std::runtime_error when the server does not do its part.
#pragma once

#include <sys/types.h>

#include "results.hpp"

namespace tunic::bench {

struct Load {
  double seconds = 3;
  double warm_up = 0.3;          ///< before bulk is measured, in seconds
  unsigned idle = 100'000;       ///< connections of a crowd
  unsigned time_wait = 100'000;  ///< and connections that were, of which the server keeps a record
};

struct Observed {
  Metrics metrics;
  Disturbance disturbance;
};

/// gbit_per_s, cpu_s_per_gb (of the server): octets that arrived, or were acknowledged.
Observed measure_sending_server(const Load& load, std::size_t streams, pid_t server);
Observed measure_receiving_server(const Load& load, std::size_t streams, pid_t server);

/// p50_us, p99_us of one octet that comes back.
Observed measure_round_trips(const Load& load, pid_t server);

/// connections_per_s, failed, slowest_ms: connection, request, answer, the server's close; `parallel` of them at any time.
Observed measure_connections(const Load& load, std::size_t parallel, pid_t server);

/// The same with 64 at any time, beside idle connections and TIME-WAIT records; and octets_per_idle, the server's memory.
Observed measure_crowd(const Load& load, pid_t server);

}  // namespace tunic::bench
