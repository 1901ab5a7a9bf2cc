// A UDP socket as the host keeps it. RFC 768, RFC 1122 §4.1.
#pragma once

#include <tunic/udp_socket.hpp>

#include "base/slot_map.hpp"
#include "udp/receive_queue.hpp"

namespace tunic::host {

struct UdpEntry {
  SlotKey self;
  Endpoint local;  ///< port 0: not bound
  std::optional<Endpoint> remote;
  UdpOptions options;
  udp::ReceiveQueue queue;
  std::size_t sending = 0;    ///< octets of its packets in the host's queue
  std::uint64_t dropped = 0;  ///< datagrams that it had no room for
  std::error_code error;      ///< told once
  std::optional<UdpIcmpError> icmp;
  ReadyCallback callback;
  bool address_chosen = false;  ///< by bind(), so that disconnect() keeps it
  bool port_chosen = false;
  bool blocked = false;   ///< a send was refused: tell of room
  bool replaced = false;  ///< on_ready() was called since the callback was last run
  bool ready = false;     ///< in the list of those whose application wants to hear

  /// How well a datagram from `from` to `to` fits; 0: not at all. The most particular socket gets it.
  int fit(const Endpoint& to, const Endpoint& from) const {
    const bool any = local.address.is_unspecified();
    if (local.port != to.port || (!any && local.address != to.address) || (remote && *remote != from)) return 0;
    return 1 + (any ? 0 : 1) + (remote ? 2 : 0);
  }
};

}  // namespace tunic::host
