// The passive side of Fast Open: which SYNs may open a connection at once, and how many of them. RFC 7413 §4.2.1 and §5.1.
//
// Such a connection waits in the accept queue like any other. What is counted is how many have no handshake yet: that many
// forged SYNs, from who has stolen a cookie, could have the applications work for nothing.
#include "host/host.hpp"

namespace tunic::host {

tcp::FastOpenDecision Host::decide_fast_open(SlotKey listener_key, const Segment& syn,
                                             const wire::TcpOptions& options) {
  const SocketOptions& socket_options = this->options(listener_key);
  ListenerEntry& listener = *listeners_.find(listener_key);
  std::uint32_t limit = socket_options.fast_open_queue;
  if (limit == 0 && config_.tcp.fast_open_all_listeners) limit = listener.backlog;
  if (!config_.tcp.fast_open_server || limit == 0) return {};
  const tcp::FastOpenDecision decision = tcp::decide_fast_open(syn, options, context_, socket_options);
  if (!decision.accept) return decision;
  while (!listener.early_resets.empty() && listener.early_resets.front() <= now_) listener.early_resets.pop_front();
  if (listener.early_count + listener.early_resets.size() < limit) return decision;
  report_segment(EventKind::Hold, Why::HoldFastOpenLimit, syn, 0, syn.seq, {});
  return {};
}

void Host::open_early(SlotKey listener_key, tcp::SynRecord half_open, const Segment& syn,
                      const std::optional<tcp::FastOpenGrant>& grant) {
  ListenerEntry& listener = *listeners_.find(listener_key);
  half_open.number = next_number_;
  const SlotKey key = add_connection({.number = half_open.number,
                                      .local = half_open.local,
                                      .remote = half_open.remote,
                                      .socket_options = listener.options});
  ++next_number_;
  report_segment(EventKind::Recv, Why::SegmentFastOpen, syn, half_open.number, half_open.irs, {});
  report_state(half_open.number, TcpState::Listen, TcpState::SynReceived, Why::SynReceived);
  TcpEntry& entry = *connections_.find(key);
  entry.connection.open_early(half_open, syn, grant, now_);
  entry.owned = true;  // by the accept queue
  entry.early_of = listener_key;
  ++listener.early_count;
  listener.accept_queue.push_back(key);
  mark_ready(listener_key);
  touch(entry);
}

/// The handshake is complete, or never will be. A RST may come from a victim whose address was forged: its place stays
/// taken for a while, so that this does not pay (RFC 7413 §5.1).
void Host::end_early(TcpEntry& entry) {
  ListenerEntry* listener = listeners_.find(std::exchange(entry.early_of, SlotKey()));
  if (listener == nullptr) return;
  --listener->early_count;
  const bool reset = entry.connection.error() == Error::ConnectionReset;
  if (reset) listener->early_resets.push_back(later(now_, config_.tcp.fast_open_reset_hold));
}

}  // namespace tunic::host
