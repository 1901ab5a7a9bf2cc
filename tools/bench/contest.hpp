// One run: a contestant's server in a network of its own, the client beside it, and what the client measures; or the stack in
// memory, alone in a process.
#pragma once

#include <expected>
#include <string>

#include "client.hpp"
#include "machine.hpp"

namespace tunic::bench {

/// Takes processes of its own, which have ended when it returns. To be called while there is one thread.
Run run_contest(Measurement measurement, Contestant contestant, const Load& load, const Processors& processors);

/// Can this machine make the networks? The complaint of the environment if not.
std::expected<void, std::string> try_networks();

}  // namespace tunic::bench
