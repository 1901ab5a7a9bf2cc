// Initial sequence numbers and timestamp offsets that nobody outside can compute. RFC 9293 §3.4.1, RFC 7323 §5.4.
#pragma once

#include <cstdint>

#include <tunic/address.hpp>
#include <tunic/time.hpp>

#include "base/seq_num.hpp"
#include "base/siphash.hpp"

namespace tunic::tcp {

/// ISN = M + F(local, remote, key), M a clock of 4 µs.
SeqNum initial_sequence_number(const SipKey& key, const Endpoint& local, const Endpoint& remote, Instant now);
/// Added to the timestamp clock, so that it tells neither uptime nor which host it is.
std::uint32_t timestamp_offset(const SipKey& key, const Endpoint& local, const Endpoint& remote);
/// Our timestamp clock: milliseconds (RFC 7323 §5.4: between 1 ms and 1 s).
std::uint32_t timestamp_clock(Instant now);

}  // namespace tunic::tcp
