// The packets that a script expects, held against those that the stack sends.
//
// Packets of conversations that the script does not follow are passed over. It must not know calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "script/bench.hpp"
#include "script/conversations.hpp"
#include "script/matcher.hpp"
#include "script/step.hpp"

namespace tunic::script {

class Expectations {
 public:
  Expectations(Bench& bench, Conversations& conversations, const MatchRules& rules)
      : bench_(bench), conversations_(conversations), rules_(rules) {}

  /// Waits for the packet of `event`, an outbound one.
  Step expect(const Event& event, const Due& due);

 private:
  /// What is asked for: the words of the script, and how long to wait for it.
  struct Wanted {
    const Event& event;
    const Due& due;
    Duration tolerance;
    Instant limit;
  };
  struct Sighting {
    std::optional<LivePacket> packet;
    LiveSegment segment{};
  };

  Step expect(const NotatedSegment& written, const Wanted& wanted);
  Step expect(const IcmpPacket& written, const Wanted& wanted) { return expect_message(written, {}, wanted); }
  Step expect(const UdpPacket& written, const Wanted& wanted) {
    return expect_message(written, {written.head.source_port, written.head.destination_port}, wanted);
  }
  template <typename Message>
  Step expect_message(const Message& written, const WrittenPorts& ports, const Wanted& wanted);

  Sighting next_segment_of(const Flow& flow, Instant limit);
  /// Joins what follows to a live segment, up to the written length.
  void aggregate(const NotatedSegment& written, const Flow& flow, Instant limit, Segment& live, LivePacket& packet);

  static void compare_time(std::vector<std::string>& found, const Wanted& wanted, Instant at);
  Step nothing_sent(const Wanted& wanted) const;
  Step unlike(const Wanted& wanted, const LivePacket& packet, std::vector<std::string> found) const;

  Bench& bench_;
  Conversations& conversations_;
  const MatchRules& rules_;
};

}  // namespace tunic::script
