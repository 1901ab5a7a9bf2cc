#include "tcp/isn.hpp"

namespace tunic::tcp {

namespace {
std::uint64_t tuple_hash(const SipKey& key, const Endpoint& local, const Endpoint& remote) {
  const std::uint64_t addresses = std::uint64_t{local.address.value()} << 32 | remote.address.value();
  const std::uint64_t ports = std::uint64_t{local.port} << 16 | remote.port;
  return siphash24(key, addresses, ports);
}
}  // namespace

SeqNum initial_sequence_number(const SipKey& key, const Endpoint& local, const Endpoint& remote, Instant now) {
  const auto ticks = now.time_since_epoch() / std::chrono::microseconds(4);
  return SeqNum(static_cast<std::uint32_t>(ticks) + static_cast<std::uint32_t>(tuple_hash(key, local, remote)));
}

std::uint32_t timestamp_offset(const SipKey& key, const Endpoint& local, const Endpoint& remote) {
  return static_cast<std::uint32_t>(tuple_hash(key, local, remote) >> 32);
}

std::uint32_t timestamp_clock(Instant now) {
  return static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::milliseconds(1));
}

}  // namespace tunic::tcp
