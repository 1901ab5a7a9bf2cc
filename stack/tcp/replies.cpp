#include "tcp/replies.hpp"

#include "tcp/isn.hpp"

namespace tunic::tcp {

namespace {

Segment between(const Endpoint& local, const Endpoint& remote, Why why) {
  Segment segment;
  segment.source = local;
  segment.destination = remote;
  segment.why = why;
  return segment;
}

/// From a record: as the socket behind it wants its packets (MUST-48, MUST-49).
template <typename Record>
Segment from(const Record& record, Why why) {
  Segment segment = between(record.local, record.remote, why);
  segment.tos = record.tos;
  segment.ttl = record.ttl;
  return segment;
}

wire::Timestamps timestamps_of(std::uint32_t offset, std::uint32_t recent, Instant now) {
  return {.value = timestamp_clock(now) + offset, .echo_reply = recent};
}

Segment syn_ack_at(const SynRecord& record, const Context& context, Why why, std::uint32_t timestamp,
                   const std::optional<FastOpenGrant>& grant) {
  Segment segment = from(record, why);
  segment.seq = record.iss;
  segment.ack = record.irs + 1;
  segment.flags = TcpFlags::Syn | TcpFlags::Ack;
  if (record.agreed.ecn) segment.flags |= TcpFlags::Ece;
  segment.wnd = RawWindow{static_cast<std::uint16_t>(record.rcv_wnd)};  // the window in a SYN is never scaled
  SynOffer offer;
  offer.mss = record.own_mss;
  if (record.agreed.window_scaling) offer.window_scale = record.rcv_shift;
  offer.sack_permitted = record.agreed.sack;
  if (record.agreed.timestamps) offer.timestamps = wire::Timestamps{timestamp, record.agreed.ts_recent};
  if (grant) {
    offer.fast_open = grant->cookie;
    offer.fast_open_experimental = grant->experimental;
  }
  if (!record.no_options) segment.options = encode_syn_options(offer, context.tcp().syn_option_layout);
  return segment;
}

}  // namespace

Segment syn_ack(const SynRecord& record, const Context& context, Instant now, Why why,
                const std::optional<FastOpenGrant>& grant) {
  return syn_ack_at(record, context, why, timestamp_clock(now) + record.ts_offset, grant);
}

Segment syn_cookie(const SynRecord& record, const Context& context, Instant now) {
  const std::uint32_t timestamp = timestamp_clock(now) + record.ts_offset;
  return syn_ack_at(record, context, Why::SynCookie, SynCookies::put_options(timestamp, record.agreed), {});
}

Segment acknowledge(const SynRecord& record, Instant now, Why why) {
  Segment segment = from(record, why);
  segment.seq = record.iss + 1;
  segment.ack = record.irs + 1;
  segment.flags = TcpFlags::Ack;
  segment.wnd = raw(Window{record.rcv_wnd}, record.rcv_shift);
  if (record.agreed.timestamps) {
    segment.options = encode_options(timestamps_of(record.ts_offset, record.agreed.ts_recent, now), {});
  }
  return segment;
}

Segment acknowledge(const TimeWaitRecord& record, Instant now, Why why) {
  Segment segment = from(record, why);
  segment.seq = record.snd_nxt;
  segment.ack = record.rcv_nxt;
  segment.flags = TcpFlags::Ack;
  segment.wnd = record.wnd;
  if (record.timestamps) segment.options = encode_options(timestamps_of(record.ts_offset, record.ts_recent, now), {});
  return segment;
}

Segment reset(const Segment& arrived, const SocketOptions& options, Why why) {
  Segment segment = between(arrived.destination, arrived.source, why);
  segment.tos = options.tos;
  segment.ttl = options.ttl;
  if (arrived.flags.ack()) {
    segment.seq = arrived.ack;
    segment.flags = TcpFlags::Rst;
  } else {
    segment.ack = arrived.end();
    segment.flags = TcpFlags::Rst | TcpFlags::Ack;
  }
  return segment;
}

}  // namespace tunic::tcp
