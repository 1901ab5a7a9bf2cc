// Which conversation a packet or a call of the script is about, and its numbers.
//
// The one under test is the latest: the last socket() or, where that listens, whom its first packet came from. Ports in a
// packet name another one. It must not know what anybody expects.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "script/bench.hpp"
#include "script/calls.hpp"
#include "script/flow.hpp"
#include "script/script_options.hpp"

namespace tunic::script {

/// Of a packet, as written.
struct WrittenPorts {
  std::optional<Port> source{};
  std::optional<Port> destination{};
};

class Conversations {
 public:
  Conversations(Bench& bench, const Calls& calls, const ScriptOptions& own) : bench_(bench), calls_(calls), own_(own) {}

  bool empty() const { return flows_.empty(); }
  const Flow& latest() const { return flows_.back(); }

  /// That of its ports, else the latest; a listener's first packet begins one. The stack's own port is known from here on.
  Flow& of_packet(const WrittenPorts& ports, Direction direction);
  /// nullptr: the script knows none between these two.
  const Flow* between(const Endpoint& stack, const Endpoint& peer) const;

  /// What a call means for the conversations.
  void before_call(const Call& call);
  void after_call(const Call& call, const CallOutcome& outcome);

  /// "0.010000 > P. 1:101(100) ack 1": a packet of the stack, in the numbers of its conversation.
  std::string describe(const LivePacket& packet) const;

 private:
  Flow& choose(const WrittenPorts& ports, bool inbound);
  Flow& latest_for(bool inbound);
  Flow* of_descriptor(std::int64_t written);
  void name_child(int fd, int written);
  void learn_own_port(Flow& flow) const;

  Bench& bench_;
  const Calls& calls_;
  const ScriptOptions& own_;
  std::deque<Flow> flows_;
  /// The first of the ports that the script's peers connect from.
  Port next_peer_port_ = 54321;
};

}  // namespace tunic::script
