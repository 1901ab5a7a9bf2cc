// Packet memory runs short: what gives way, in which order, and who is told when it is over. RFC 2018 §8, RFC 6429.
//
// All blocks come from one pool, so its count is the truth. Above the soft limit the connections are visited in turn, a few
// at each packet, so that no packet pays for all of them: first data beyond holes goes, which peers still have, then
// connections that nobody owns, then nothing new is let in; and a socket keeps one unread datagram, not more. At the hard
// limit text is not taken, nor datagrams or fragments; acknowledgments are, since they free memory.
#include "host/host.hpp"

namespace tunic::host {

namespace {
constexpr int kVisits = 16;  // connections looked at in one go
}

void Host::mind_memory() {
  const bool was_spent = relief_.spent;
  relief_.spent = context_.memory_is_spent();
  if (was_spent && !relief_.spent) {
    relief_.wake_next = 0;
    relief_.wake_end = connections_.slot_count();
  }
  for (int visit = 0; visit < kVisits && relief_.wake_next < relief_.wake_end && !relief_.spent; ++visit) {
    if (TcpEntry* entry = connections_.find_at(relief_.wake_next++)) {
      entry->connection.tell_room();
      touch(*entry);
    }
  }
  if (!context_.memory_is_tight()) {
    relief_.refuse = false;
    relief_.from = MemoryRelief::From::OutOfOrder;
    relief_.next = 0;
    return;
  }
  for (int visit = 0; visit < kVisits && context_.memory_is_tight(); ++visit) {
    if (relief_.next >= connections_.slot_count()) {
      const bool all_asked = relief_.from == MemoryRelief::From::Orphans;
      if (all_asked) relief_.refuse = true;
      relief_.from = all_asked ? MemoryRelief::From::OutOfOrder : MemoryRelief::From::Orphans;
      relief_.next = 0;
      if (connections_.empty()) return;
    }
    if (TcpEntry* entry = connections_.find_at(relief_.next++)) give_way(*entry);
  }
}

bool Host::memory_for_unread(bool first) const {
  return first || !context_.memory_is_tight();
}

void Host::give_way(TcpEntry& entry) {
  if (relief_.from == MemoryRelief::From::OutOfOrder) {
    entry.connection.renege(now_);
  } else if (entry.connection.orphaned() && entry.connection.bytes_queued() > 0) {
    log_.count_dropped(Why::OrphanGivenUp);
    entry.connection.end_orphan(Why::OrphanGivenUp, now_);
    touch(entry);
  }
}

}  // namespace tunic::host
