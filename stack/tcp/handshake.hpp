// Option negotiation in SYN segments, and the options of all others. RFC 9293 §3.7.1, RFC 7323 §2.2 and §3.2, RFC 2018 §2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tunic/config.hpp>

#include "base/quantities.hpp"
#include "segment/tcb.hpp"
#include "wire/tcp_options.hpp"

namespace tunic::tcp {

/// What a SYN or SYN-ACK of ours says.
struct SynOffer {
  std::uint16_t mss = 536;
  std::optional<WindowScale> window_scale;
  bool sack_permitted = false;
  std::optional<wire::Timestamps> timestamps;
  std::optional<std::span<const std::byte>> fast_open;  ///< a cookie; empty: the request for one
  bool fast_open_experimental = false;                  ///< as the experimental option
};
/// A Fast Open cookie for the peer, in the kind of option that it asked with (RFC 7413 §4.1.1).
struct FastOpenGrant {
  std::array<std::byte, 8> cookie{};
  bool experimental = false;
};

wire::OptionBytes encode_syn_options(const SynOffer& offer, SynOptionLayout layout);

/// What both sides can use, after the peer's SYN was seen.
struct Agreement {
  std::uint16_t snd_mss = 536;  ///< the peer's MSS, raised to the floor, capped by our MTU
  bool window_scaling = false;
  WindowScale snd_shift;  ///< of the windows that the peer sends
  bool sack = false;
  bool timestamps = false;
  bool ecn = false;  ///< decided by the flags of the SYN, not by options
  std::uint32_t ts_recent = 0;
};
/// RFC 3168 §6.1.1: the SYN asks for ECN, and we are willing.
bool accepts_ecn(const TcpConfig& config, wire::TcpFlags syn);

/// What our SYN offers for a socket with this buffer, so that its window can be told.
WindowScale offered_scale(const TcpConfig& config, std::uint32_t receive_buffer);

/// `our_mss`: what our MTU allows with headers of 40 octets, or less. `silent`: our SYN has no options.
Agreement agree(const TcpConfig& config, const wire::TcpOptions& peer, std::uint16_t our_mss, bool silent);

/// Timestamps and SACK blocks of a segment that is not a SYN, padded with nops in front.
wire::OptionBytes encode_options(const std::optional<wire::Timestamps>& timestamps,
                                 std::span<const SeqRange> sack_blocks);

}  // namespace tunic::tcp
