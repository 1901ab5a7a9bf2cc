#include "tcp/handshake.hpp"

#include <algorithm>
#include <array>

#include "base/endian.hpp"
#include "tcp/fast_open.hpp"

namespace tunic::tcp {

namespace {

void put_timestamps(wire::OptionBytes& out, const SynOffer& offer) {
  if (offer.timestamps) out.timestamps(*offer.timestamps);
}

void put_fast_open(wire::OptionBytes& out, const SynOffer& offer) {
  if (!offer.fast_open) return;
  std::array<std::byte, 4 + FastOpenCache::kMaxCookie> option{};
  const std::size_t size = std::min(offer.fast_open->size(), FastOpenCache::kMaxCookie);
  const std::size_t head = offer.fast_open_experimental ? 4 : 2;
  const auto kind = offer.fast_open_experimental ? wire::OptionKind::Experimental : wire::OptionKind::FastOpen;
  option[0] = static_cast<std::byte>(kind);
  option[1] = static_cast<std::byte>(head + size);
  if (offer.fast_open_experimental) store_be16(option.data() + 2, wire::kFastOpenExperiment);
  std::ranges::copy(offer.fast_open->first(size), option.begin() + static_cast<std::ptrdiff_t>(head));
  out.raw(std::span(option).first(head + size));
}

/// mss,sackOK,TS,nop,wscale: every option begins where its fields are aligned.
void encode_mss_sack_ts_wscale(wire::OptionBytes& out, const SynOffer& offer) {
  if (offer.sack_permitted) {
    if (!offer.timestamps) out.nop(), out.nop();
    out.sack_permitted();
  } else if (offer.timestamps) {
    out.nop(), out.nop();
  }
  put_timestamps(out, offer);
  if (offer.window_scale) out.nop(), out.window_scale(offer.window_scale->shift());
  put_fast_open(out, offer);
  while (out.size() % 4 != 0) out.nop();
}

/// mss,nop,wscale,sackOK,TS, padded at the end.
void encode_mss_wscale_sack_ts(wire::OptionBytes& out, const SynOffer& offer) {
  if (offer.window_scale) out.nop(), out.window_scale(offer.window_scale->shift());
  if (offer.sack_permitted) out.sack_permitted();
  if (offer.timestamps && !offer.sack_permitted) out.nop(), out.nop();
  put_timestamps(out, offer);
  put_fast_open(out, offer);
  out.pad();
}

}  // namespace

wire::OptionBytes encode_syn_options(const SynOffer& offer, SynOptionLayout layout) {
  wire::OptionBytes out;
  out.mss(offer.mss);
  switch (layout) {
    case SynOptionLayout::MssSackTsWscale:
      encode_mss_sack_ts_wscale(out, offer);
      break;
    case SynOptionLayout::MssWscaleSackTs:
      encode_mss_wscale_sack_ts(out, offer);
      break;
  }
  return out;
}

bool accepts_ecn(const TcpConfig& config, wire::TcpFlags syn) {
  return config.ecn != Ecn::Off && syn.has(wire::TcpFlags::Ece) && syn.has(wire::TcpFlags::Cwr);
}

WindowScale offered_scale(const TcpConfig& config, std::uint32_t receive_buffer) {
  const bool own = config.set_buffer_fixes_scale && receive_buffer != config.receive_buffer;
  return WindowScale::for_window(own ? receive_buffer : std::max(receive_buffer, config.receive_buffer_max));
}

Agreement agree(const TcpConfig& config, const wire::TcpOptions& peer, std::uint16_t our_mss, bool silent) {
  Agreement agreed;
  // RFC 9293 §3.7.1 (MUST-15): no option means 536. An MSS of 0 means nothing, a tiny one would have us send mostly
  // headers (B4).
  const std::uint16_t offered = peer.mss.value_or(0) == 0 ? config.default_mss : *peer.mss;
  agreed.snd_mss = std::min(std::max(offered, config.min_mss), our_mss);
  if (silent) return agreed;
  agreed.window_scaling = config.window_scaling && peer.window_scale.has_value();
  if (agreed.window_scaling) agreed.snd_shift = WindowScale(*peer.window_scale);
  agreed.sack = config.sack && peer.sack_permitted;
  agreed.timestamps = config.timestamps && peer.timestamps.has_value();
  if (agreed.timestamps) agreed.ts_recent = peer.timestamps->value;
  return agreed;
}

wire::OptionBytes encode_options(const std::optional<wire::Timestamps>& timestamps,
                                 std::span<const SeqRange> sack_blocks) {
  wire::OptionBytes out;
  if (timestamps) {
    out.nop(), out.nop();
    out.timestamps(*timestamps);
  }
  const std::size_t fitting = out.room() < 12 ? 0 : (out.room() - 4) / 8;
  if (!sack_blocks.empty() && fitting > 0) {
    out.nop(), out.nop();
    out.sack(sack_blocks.first(std::min(sack_blocks.size(), fitting)));
  }
  return out;
}

}  // namespace tunic::tcp
