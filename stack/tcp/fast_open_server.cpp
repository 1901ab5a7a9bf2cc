#include "tcp/fast_open_server.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "base/siphash.hpp"

namespace tunic::tcp {

namespace {

std::uint64_t load_little_endian(std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 8; i-- > 0;) word = word << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return word;
}

}  // namespace

FastOpenCookie fast_open_cookie(const FastOpenKeys::Key& key, Ipv4Address client, Ipv4Address server) {
  std::array<std::byte, 8> addresses;
  store_be32(addresses.data(), client.value());
  store_be32(addresses.data() + 4, server.value());
  const std::span whole(key);
  const std::uint64_t hash =
      siphash24({load_little_endian(whole.first(8)), load_little_endian(whole.last(8))}, addresses);
  FastOpenCookie cookie;
  for (std::size_t i = 0; i < cookie.size(); ++i) cookie[i] = static_cast<std::byte>(hash >> (8 * i));
  return cookie;
}

FastOpenDecision decide_fast_open(const Segment& syn, const wire::TcpOptions& options, const Context& context,
                                  const SocketOptions& listener) {
  const bool without_cookie = context.tcp().fast_open_without_cookie || listener.fast_open_no_cookie;
  FastOpenDecision decision;
  decision.accept = without_cookie && !syn.payload.empty();
  if (decision.accept || !options.fast_open) return decision;
  const FastOpenKeys& keys = listener.fast_open_keys ? *listener.fast_open_keys : context.fast_open_keys;
  const auto make = [&](const FastOpenKeys::Key& key) {
    return fast_open_cookie(key, syn.source.address, syn.destination.address);
  };
  const FastOpenCookie current = make(keys.primary);
  if (std::ranges::equal(*options.fast_open, current)) return {.accept = true, .grant = {}};
  decision.accept = keys.backup && std::ranges::equal(*options.fast_open, make(*keys.backup));
  decision.grant = FastOpenGrant{current, options.fast_open_experimental};
  return decision;
}

}  // namespace tunic::tcp
