// Flights of segments of 1000 octets, for stories of many, and the acknowledgments that a peer without news of its own sends.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tests/unit/behaviour/opening.hpp"

namespace tunic {

/// A pure acknowledgment.
inline std::string ack(std::uint32_t number, std::uint32_t window = 65535) {
  return fmt::format(". 1:1(0) ack {} win {}", number, window);
}

/// One with SACK blocks: "1001:2001 4001:5001".
inline std::string sack(std::uint32_t number, std::string_view blocks) {
  return fmt::format(". 1:1(0) ack {} win 65535 <nop,nop,sack {}>", number, blocks);
}

/// Data of the peer.
inline std::string data(std::uint32_t begin, std::uint32_t end) {
  return fmt::format(". {}:{}({}) ack 1 win 65535", begin, end, end - begin);
}

/// `count` full segments of new data from `begin` on, none of them the last that the buffer has.
inline void expect_flight(test::Story& story, std::uint32_t begin, std::uint32_t count,
                          testing::Where where = testing::Where::current()) {
  for (std::uint32_t i = 0; i < count; ++i, begin += 1000) {
    story.expect(fmt::format(". {}:{}(1000) ack 1", begin, begin + 1000), Why::NewData, where);
  }
}

/// Like established(), from a peer whose largest window is `window`.
inline test::StorySocket established_with_window(test::Story& story, std::uint32_t window) {
  story.listen(80);
  story.inject(fmt::format("S 0:0(0) win {} <mss 1000>", window));
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject(ack(1, window));
  return story.accept();
}

/// With all options on both sides; the stack's timestamps begin at 1000, the peer's at 100.
inline test::StorySocket established_with_all_options(test::Story& story) {
  story.listen(80);
  story.inject("S 0:0(0) win 65535 <mss 1000,sackOK,TS val 100 ecr 0,nop,wscale 0>");
  story.expect("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 3>", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535 <nop,nop,TS val 100 ecr 1000>");
  return story.accept();
}

/// For stories in which it does not matter what was sent.
inline void discard_sent(test::Story& story) {
  while (!story.take_packet().empty()) {
  }
}

/// What the connection says of itself; it must be there.
inline ConnectionInfo info(test::Story& story) {
  return story.connection().value_or(ConnectionInfo{});
}

}  // namespace tunic
