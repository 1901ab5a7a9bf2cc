// The SYN of an active open and the SYN-ACK of a simultaneous one: what they offer, and the data that may ride in them.
// RFC 9293 §3.7.1 and §3.5, RFC 3168 §6.1.1, RFC 7323 §2.2, RFC 7413 §4.2.
#include <algorithm>

#include "tcp/connection.hpp"
#include "tcp/isn.hpp"

namespace tunic::tcp {

std::optional<Segment> Connection::next_syn(Instant now) {
  if (!syn_due_) return std::nullopt;
  if (syn_waits_) {
    hold(Why::HoldFirstData, now);
    return std::nullopt;
  }
  syn_due_ = false;
  const TcpConfig& config = context_.tcp();
  const bool answer = state_ == TcpState::SynReceived;
  Segment segment = blank(syn_why_);
  segment.seq = tcb_.snd.iss;
  segment.flags = TcpFlags::Syn;
  segment.wnd = RawWindow{static_cast<std::uint16_t>(std::min<std::uint32_t>(receive_room(), 65535))};
  const bool plain = plain_syn();
  SynOffer offer{.mss = context_.own_mss(options()),
                 .window_scale = {},
                 .sack_permitted = config.sack && !plain,
                 .timestamps = {}};
  if (config.window_scaling && !plain) offer.window_scale = tcb_.rcv.shift;
  if (config.timestamps && !plain) offer.timestamps = wire::Timestamps{timestamp_clock(now) + tcb_.ts.offset, 0};
  if (answer) {
    segment.flags |= TcpFlags::Ack;
    if (tcb_.ecn) segment.flags |= TcpFlags::Ece;
    segment.ack = tcb_.rcv.nxt;
    // RFC 7323 §2.2 and §3.2, RFC 2018 §2: only what the peer's SYN offered.
    if (!peer_scales_) offer.window_scale.reset();
    offer.sack_permitted = tcb_.sack;
    if (!config.answers_with_own_offer) offer.timestamps.reset();
    if (tcb_.ts.on) offer.timestamps = wire::Timestamps{timestamp_clock(now) + tcb_.ts.offset, tcb_.ts.recent};
    if (early_) tcb_.rcv.wnd = std::max(tcb_.rcv.wnd, Window{segment.wnd.value});
    if (grant_) {
      offer.fast_open = grant_->cookie;
      offer.fast_open_experimental = grant_->experimental;
    }
    ack_policy_.on_sent();
  }
  // A network that drops such SYNs must not keep us from connecting (RFC 3168 §6.1.1.1).
  ecn_requested_ = !answer && config.ecn == Ecn::Request && timeouts_in_row_ <= config.ecn_syn_retransmits;
  if (ecn_requested_) segment.flags |= TcpFlags::Ece | TcpFlags::Cwr;
  if (!answer && opens_fast() && timeouts_in_row_ == 0) ride_in_syn(segment, offer, now);
  if (!options().no_options) segment.options = encode_syn_options(offer, config.syn_option_layout);
  grant_.reset();  // once is enough
  if (!early_) tcb_.snd.nxt = tcb_.snd.iss + 1;
  last_sent_at_ = now;
  if (!timers_.running(Timer::Retransmission)) {
    timers_.start(Timer::Retransmission, std::min(later(now, rtt_.rto()), open_deadline()));
  }
  await_delivery(now);
  sent(segment, now);
  return segment;
}

/// RFC 7413 §4.2.2: the SYN asks for a cookie, or shows the one we have and carries the first data. A repeated SYN does
/// neither (§4.1.3.1: the option may be what the network drops).
void Connection::ride_in_syn(Segment& segment, SynOffer& offer, Instant now) {
  static constexpr FastOpenCache::Entry kUnknown;
  const FastOpenCache::Entry* found = context_.fast_open.find(remote_.address);
  const FastOpenCache::Entry& server = found == nullptr ? kUnknown : *found;
  const bool may_carry = syn_may_carry_data();
  if (!may_carry && server.off(now)) return;
  if (!sends_without_cookie()) {
    fast_open_asked_ = true;
    offer.fast_open = server.cookie();
    offer.fast_open_experimental = server.experimental;
  }
  if (!may_carry) return;
  const std::size_t room = std::min(server.mss, context_.mtu_mss()) - wire::kTcpMaxOptionsSize;
  segment.payload = send_buffer_.share(0, std::min(send_buffer_.size(), room));
  syn_data_ = static_cast<std::uint32_t>(segment.payload.size());
  if (syn_data_ > 0) segment.why = Why::FastOpenData;
}

}  // namespace tunic::tcp
