// How most stories begin: a connection that is established.
#pragma once

#include "tests/support/story.hpp"

namespace tunic {

/// The peer has opened 40000 > 80 with an MSS of 1000 and a window of 65535; nothing was sent since the handshake.
inline test::StorySocket established(test::Story& story, std::string_view syn = "S 0:0(0) win 65535 <mss 1000>") {
  story.listen(80);
  story.inject(syn);
  story.expect("S. 0:0(0) ack 1", Why::PassiveOpenReply);
  story.inject(". 1:1(0) ack 1 win 65535");
  return story.accept();
}

/// The same with SACK.
inline test::StorySocket established_with_sack(test::Story& story) {
  return established(story, "S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>");
}

inline Config sack_config() {
  Config config = testing::plain_config();
  config.tcp.sack = true;
  return config;
}

/// Acknowledgments are delayed from the first segment on.
inline Config delaying_config() {
  Config config = testing::plain_config();
  config.tcp.quick_acks = 0;
  return config;
}

}  // namespace tunic
