// Every state of RFC 9293's figure 5, reached by the shortest story.
#pragma once

#include <array>
#include <string>

#include "tests/unit/behaviour/opening.hpp"

namespace tunic {

/// A connection in the state that was asked for, and the next number of each side.
struct Reached {
  test::StorySocket socket;
  std::uint32_t peer_next = 1;   ///< RCV.NXT
  std::uint32_t stack_next = 1;  ///< SND.NXT
};

/// The states in which both sides have agreed on their numbers.
inline constexpr std::array kSynchronized{
    TcpState::Established, TcpState::FinWait1, TcpState::FinWait2, TcpState::CloseWait,
    TcpState::Closing,     TcpState::LastAck,  TcpState::TimeWait,
};

/// SYN-RECEIVED by an active open: the SYNs have crossed.
inline Reached reach_crossed(test::Story& story, std::string_view syn = "S 0:0(0) win 65535 <mss 1000>") {
  auto socket = story.connect(80);
  story.expect("S 0:0(0)", Why::ActiveOpen);
  story.inject(syn);
  story.expect("S. 0:0(0) ack 1", Why::SimultaneousOpenReply);
  return {std::move(socket), 1, 1};
}

/// Listen: there is a listener. SynReceived: by a passive open. Nothing is left to expect; no timer is nearer than 200 ms.
inline Reached reach(test::Story& story, TcpState state) {
  switch (state) {
    case TcpState::Closed:
      return {};
    case TcpState::Listen:
      story.listen(80);
      return {};
    case TcpState::SynSent: {
      auto socket = story.connect(80);
      story.expect("S 0:0(0)", Why::ActiveOpen);
      return {std::move(socket), 1, 1};
    }
    case TcpState::SynReceived:
      story.listen(80);
      story.inject("S 0:0(0) win 65535 <mss 1000>");
      story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
      return {};
    default:
      break;
  }
  Reached reached{established(story), 1, 1};
  if (state == TcpState::CloseWait || state == TcpState::LastAck) {
    story.inject("F. 1:1(0) ack 1 win 65535");
    story.expect(". 1:1(0) ack 2", Why::AckFin);
    reached.peer_next = 2;
  }
  if (state == TcpState::Established || state == TcpState::CloseWait) return reached;
  reached.socket.shutdown_send();
  story.expect("F. 1:1(0)", Why::FinSent);
  reached.stack_next = 2;
  if (state == TcpState::FinWait2 || state == TcpState::TimeWait) story.inject(". 1:1(0) ack 2 win 65535");
  if (state == TcpState::Closing || state == TcpState::TimeWait) {
    story.inject(state == TcpState::Closing ? "F. 1:1(0) ack 1 win 65535" : "F. 1:1(0) ack 2 win 65535");
    story.expect(". 2:2(0) ack 2", Why::AckFin);
    reached.peer_next = 2;
  }
  return reached;
}

/// A parametrised test's name.
inline std::string state_name(TcpState state) {
  std::string name;
  for (const char c : to_string(state)) {
    if (c != '-') name += c;
  }
  return name;
}

}  // namespace tunic
