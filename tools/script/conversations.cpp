// Ports decide; where a script writes none, the latest conversation is meant.
#include "script/conversations.hpp"

#include <fmt/format.h>

#include "script/arguments.hpp"
#include "script/matcher.hpp"
#include "script/message_matcher.hpp"
#include "text/notation.hpp"

namespace tunic::script {

namespace {

/// The number that the script gives to what a call opened.
int written_descriptor(const Call& call, const CallOutcome& outcome) {
  const bool any = call.result.kind == Value::Kind::Ellipsis;
  return any ? *outcome.opened : static_cast<int>(call.result.integer);
}

/// Whom a call sends to; nullptr: it names nobody.
const Value* address_in(const Call& call) {
  if (call.name == "connect" && call.arguments.size() == 3) return &call.arguments[1];
  if (call.name == "sendto" && call.arguments.size() == 6) return &call.arguments[4];
  if (call.name == "sendmsg" && call.arguments.size() == 3) return call.arguments[1].field("msg_name");
  return nullptr;
}

}  // namespace

Flow& Conversations::of_packet(const WrittenPorts& ports, Direction direction) {
  Flow& flow = choose(ports, direction == Direction::Inbound);
  learn_own_port(flow);
  return flow;
}

Flow& Conversations::choose(const WrittenPorts& ports, bool inbound) {
  if (!ports.source || !ports.destination) return latest_for(inbound);
  const Port peer = inbound ? *ports.source : *ports.destination;
  const Port stack = inbound ? *ports.destination : *ports.source;
  for (Flow& flow : flows_) {
    if (flow.peer.port == peer && (flow.stack.port == stack || flow.stack.port == 0)) return flow;
  }
  flows_.push_back({.peer = {own_.remote, peer}, .stack = {own_.local.address, stack}});
  return flows_.back();
}

Flow& Conversations::latest_for(bool inbound) {
  if (flows_.empty()) flows_.push_back({.peer = {own_.remote, 0}, .stack = {own_.local.address, own_.bind_port}});
  Flow& latest = flows_.back();
  if (latest.listening && inbound) {
    flows_.push_back({.peer = {own_.remote, next_peer_port_++}, .stack = latest.stack});
  } else if (latest.peer.port == 0 && inbound) {
    latest.peer.port = next_peer_port_++;
    if (latest.stack.port == 0) latest.stack.port = own_.bind_port;
  }
  return flows_.back();
}

const Flow* Conversations::between(const Endpoint& stack, const Endpoint& peer) const {
  for (const Flow& flow : flows_) {
    if (flow.stack == stack && flow.peer == peer) return &flow;
  }
  return nullptr;
}

void Conversations::before_call(const Call& call) {
  const Value* address = address_in(call);
  Flow* flow = address == nullptr ? nullptr : of_descriptor(call.arguments[0].integer);
  if (flow == nullptr || flow->peer.port != 0) return;
  if (const auto peer = address_of(*address, calls_.addresses().connect)) flow->peer = posix::to_endpoint(*peer);
}

void Conversations::after_call(const Call& call, const CallOutcome& outcome) {
  if (call.name == "socket" && outcome.opened) {
    flows_.push_back(
        {.peer = {own_.remote, 0}, .stack = {own_.local.address, 0}, .descriptor = written_descriptor(call, outcome)});
  }
  if (call.arguments.empty()) return;
  Flow* flow = of_descriptor(call.arguments[0].integer);
  if (call.name == "listen" && !outcome.error && flow != nullptr) {
    flow->listening = true;
    flow->peer.port = 0;
  }
  const bool accepts = call.name == "accept" || call.name == "accept4";
  if (accepts && outcome.opened) name_child(*outcome.opened, written_descriptor(call, outcome));
  if (call.name == "bind" && !outcome.error && flow != nullptr) learn_own_port(*flow);
  if (call.name == "close" && flow != nullptr) flow->descriptor.reset();
}

Flow* Conversations::of_descriptor(std::int64_t written) {
  for (auto flow = flows_.rbegin(); flow != flows_.rend(); ++flow) {
    if (flow->descriptor == written) return &*flow;
  }
  return nullptr;
}

void Conversations::name_child(int fd, int written) {
  posix::SockAddrIn address;
  posix::SockLen length = sizeof address;
  if (!bench_.table().getpeername(fd, &address, &length)) return;
  const Endpoint peer = posix::to_endpoint(address);
  for (Flow& flow : flows_) {
    if (flow.peer == peer && !flow.listening) flow.descriptor = written;
  }
}

/// What bind() has given, or the stack has chosen.
void Conversations::learn_own_port(Flow& flow) const {
  if (flow.stack.port != 0 || !flow.descriptor) return;
  const auto fd = calls_.descriptor(*flow.descriptor);
  posix::SockAddrIn address;
  posix::SockLen length = sizeof address;
  if (fd && bench_.table().getsockname(*fd, &address, &length)) flow.stack.port = posix::to_endpoint(address).port;
}

std::string Conversations::describe(const LivePacket& packet) const {
  const LiveSegment live = read_segment(packet.octets, bench_.stack().pool());
  const double at = Bench::seconds_at(packet.at);
  if (live.other_protocol) {
    const auto message = read_message(packet.octets, flows_.empty() ? Flow{} : flows_.back());
    return fmt::format("{:.6f} > {}", at, message ? to_notation(*message) : message.error());
  }
  if (!live.segment) return fmt::format("{:.6f} > {} octets: {}", at, packet.octets.size(), live.objection);
  if (const Flow* flow = between(live.segment->source, live.segment->destination)) {
    return fmt::format("{:.6f} > {}", at, to_notation(flow->as_written(*live.segment)));
  }
  return fmt::format("{:.6f} > {} > {} {}", at, live.segment->source.to_string(), live.segment->destination.to_string(),
                     to_notation(tunic::describe(*live.segment, {}, {})));
}

}  // namespace tunic::script
