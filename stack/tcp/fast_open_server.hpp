// The server's side of Fast Open: cookies for clients, and which SYNs show a good one. RFC 7413 §4.1.2 and §4.2.1.
//
// A cookie proves that its owner has once received packets at its address; nothing is stored for it. Pure decisions: the
// host counts how many connections wait without a handshake, and carries out what is decided here.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <tunic/address.hpp>
#include <tunic/fast_open.hpp>
#include <tunic/tcp_options.hpp>

#include "segment/segment.hpp"
#include "tcp/context.hpp"

namespace tunic::tcp {

using FastOpenCookie = std::array<std::byte, 8>;

/// SipHash-2-4 of both addresses, octet for octet as Linux makes it, so that servers of both kinds may share a key.
FastOpenCookie fast_open_cookie(const FastOpenKeys::Key& key, Ipv4Address client, Ipv4Address server);

struct FastOpenDecision {
  bool accept = false;                 ///< the SYN opens the connection at once
  std::optional<FastOpenGrant> grant;  ///< a cookie that the SYN-ACK brings
};

/// For a SYN to a listener that offers Fast Open.
FastOpenDecision decide_fast_open(const Segment& syn, const wire::TcpOptions& options, const Context& context,
                                  const SocketOptions& listener);

}  // namespace tunic::tcp
