// An echo socket as the host keeps it. RFC 792, RFC 1122 §3.2.2.6.
#pragma once

#include <tunic/echo_socket.hpp>

#include "base/slot_map.hpp"
#include "packet/payload_queue.hpp"

namespace tunic::host {

struct EchoEntry {
  struct Message {
    EchoAnswer answer;
    Chain payload;
  };

  SlotKey self;
  std::uint16_t identifier = 0;
  EchoOptions options;
  PayloadQueue<Message> queue;
  ReadyCallback callback;
  bool replaced = false;  ///< on_ready() was called since the callback was last run
  bool ready = false;     ///< in the list of those whose application wants to hear
};

}  // namespace tunic::host
