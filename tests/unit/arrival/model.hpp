// What RFC 9293 §3.10.7 says becomes of an arriving segment, as a function of numbers: written from the RFC's text, with plain
// 32-bit arithmetic, and sharing nothing with the stack. RFC 5961 and RFC 1337 stand where they change the RFC's words.
//
// It knows no data, no timers and no options: a segment, the variables of §3.3.1, and what is answered.
#pragma once

#include <cstdint>
#include <string>

#include <tunic/tcp_state.hpp>

namespace tunic::arrival {

inline constexpr std::uint16_t kFin = 1;
inline constexpr std::uint16_t kSyn = 2;
inline constexpr std::uint16_t kRst = 4;
inline constexpr std::uint16_t kAck = 16;

/// SEG.SEQ, SEG.ACK, the control bits and the octets of text.
struct Arriving {
  std::uint16_t flags = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t text = 0;
};

/// The Transmission Control Block, as far as §3.10.7 looks at it.
struct Block {
  TcpState state = TcpState::Closed;
  bool active = false;  ///< of SYN-RECEIVED: by crossed SYNs, not from LISTEN
  std::uint32_t iss = 0;
  std::uint32_t irs = 0;
  std::uint32_t snd_una = 0;
  std::uint32_t snd_nxt = 0;
  std::uint32_t max_snd_wnd = 0;
  std::uint32_t rcv_nxt = 0;
  std::uint32_t rcv_wnd = 0;
};

/// What is said, and the state that follows. Closed stands for "back to LISTEN" too: there is no connection.
struct Outcome {
  std::uint16_t flags = 0;  ///< of the answer; 0: none
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;  ///< where the flags have ACK
  TcpState state = TcpState::Closed;

  bool operator==(const Outcome&) const = default;
};

Outcome expected(const Block& block, const Arriving& segment);

std::string to_string(const Outcome& outcome);

}  // namespace tunic::arrival
