// Event by event: time passes until an event is due, then it happens, and the stack does all that it can do at this instant.
#include "script/runner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include <tunic/socket_table.hpp>
#include <tunic/stack.hpp>

#include "base/endian.hpp"
#include "script/calls.hpp"
#include "script/command.hpp"
#include "script/evaluator.hpp"
#include "script/flow.hpp"
#include "script/matcher.hpp"
#include "script/names.hpp"
#include "script/parser.hpp"
#include "script/recorder.hpp"
#include "script/script_options.hpp"
#include "segment/codec.hpp"
#include "sim/network.hpp"
#include "wire/icmp.hpp"
#include "wire/udp.hpp"

namespace tunic::script {

namespace {

using namespace std::chrono_literals;

/// The first of the ports that the script's peers connect from.
constexpr Port kFirstPeerPort = 54321;
/// So long a call that is made while another one blocks waits for that.
constexpr Duration kCallsWait = 1s;
/// So long a packet that may come at any time is waited for, and a call that nothing ends.
constexpr Duration kLongest = 3h;
constexpr std::size_t kStoryLines = 200;

/// A script and the stack disagree, or the script asks for what cannot be.
struct Mismatch {
  std::string reason;
  std::vector<std::string> details{};
};
using Step = std::expected<void, Mismatch>;

std::unexpected<Mismatch> mismatch(std::string reason, std::vector<std::string> details = {}) {
  return std::unexpected(Mismatch{std::move(reason), std::move(details)});
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

class Runner {
 public:
  Runner(const Script& script, const ScriptOptions& own, const RunOptions& options, Config config, bool aggregate)
      : script_(script),
        own_(own),
        options_(options),
        config_(std::move(config)),
        recorder_(sim::Network::kStart),
        stack_(std::make_unique<Stack>(config_)),
        table_(std::make_unique<SocketTable>(*stack_)),
        calls_(*table_, {{own.local.address, own.bind_port}, {own.remote, own.connect_port}}) {
    rules_ = {.psh_counts = options.psh_counts,
              .aggregate = aggregate && !options.strict && !own.strict_segments,
              .tolerance = options.tolerance.value_or(own.tolerance),
              .ts_tick = own.ts_tick};
    stack_->add_address(own.local);
    stack_->observe(&recorder_);
    network_.attach(*stack_, recorder_);
    settle();
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() { stack_->observe(nullptr); }

  Verdict run() {
    Step step = prelude();
    for (std::size_t i = 0; i < script_.events.size() && step; ++i) step = run_event(script_.events[i]);
    if (step) step = end_pending();
    if (step && script_.cleanup) {
      event_ = &*script_.cleanup;
      step = command(std::get<Command>(script_.cleanup->action).text);
    }
    Verdict verdict;
    if (!step) report(step.error(), verdict);
    for (const LivePacket& packet : recorder_.packets()) verdict.left_over.push_back(describe(packet));
    verdict.trace = recorder_.lines();
    if (options_.capture) recorder_.write_capture(options_.capture);
    return verdict;
  }

 private:
  // ---- Time ----

  Instant start() const { return sim::Network::kStart; }
  Instant now() const { return network_.now(); }

  void settle() { network_.settle(); }

  void pass_until(Instant limit) {
    while (pending_ && pending_->deadline < limit) {
      const Instant deadline = pending_->deadline;
      pass_quietly_until(deadline);
      if (pending_ && pending_->deadline <= now()) try_pending(true);
      if (pending_ && pending_->deadline == deadline) break;
    }
    pass_quietly_until(limit);
  }
  void pass_quietly_until(Instant limit) {
    if (limit > now()) network_.run_for(limit - now());
    settle();
  }

  /// The instants between which an event is due, and the gap that the script leaves in front of it.
  struct Due {
    Instant from;
    Instant to;
    Duration gap{};
  };
  Due due(const Event& event) const {
    const EventTime& time = event.time;
    if (time.base == EventTime::Base::Any) return {now(), now() + kLongest, {}};
    const bool relative = time.base == EventTime::Base::Relative;
    const bool both_inbound = is_inbound(event) && last_was_inbound_;
    const Instant base = !relative ? start() : both_inbound ? last_written_ : now();
    const Instant from = base + time.begin;
    return {from, time.end ? base + *time.end : from, relative ? time.begin : from - last_written_};
  }
  static bool is_inbound(const Event& event) {
    const auto* packet = std::get_if<Packet>(&event.action);
    return packet != nullptr && packet->direction == Direction::Inbound;
  }
  static bool is_outbound(const Event& event) {
    const auto* packet = std::get_if<Packet>(&event.action);
    return packet != nullptr && packet->direction == Direction::Outbound;
  }

  // ---- Events ----

  Step prelude() {
    for (const auto& [name, value] : options_.settings) {
      const auto applied = apply_setting(config_, name, value);
      if (!applied) return mismatch(applied.error());
    }
    stack_->reconfigure(config_);
    if (own_.init) {
      if (Step step = command(*own_.init); !step) return step;
    }
    if (!script_.init) return {};
    event_ = &*script_.init;
    return command(std::get<Command>(script_.init->action).text);
  }

  Step run_event(const Event& event) {
    event_ = &event;
    const Due when = due(event);
    Step step;
    if (is_outbound(event)) {
      step = expect(event, when);
      if (!step && own_.packets_not_fatal) step = warn(step.error());
    } else {
      if (event.time.base == EventTime::Base::Any) return mismatch("only a packet that goes out may come at any time");
      pass_until(when.from);
      if (now() > when.from + tolerance_of(rules_, when.gap)) {
        return mismatch(fmt::format("the event is due at {:.6f}, and it is {:.6f} already",
                                    in_seconds(when.from - start()), in_seconds(now() - start())));
      }
      step = std::visit([&](const auto& action) { return run(action); }, event.action);
    }
    last_was_inbound_ = is_inbound(event);
    last_written_ = when.from;
    return step;
  }

  Step warn(const Mismatch& what) {
    recorder_.note(fmt::format("  not fatal: {}", what.reason));
    return {};
  }

  Step run(const Command& action) { return command(action.text); }

  Step run(const Code& action) {
    std::optional<posix::TcpInfo> info;
    const auto lookup = [&](std::string_view name) -> std::optional<std::int64_t> {
      if (!name.starts_with("tcpi_")) return constant_named(name);
      if (!info) info = tcp_info();
      return info ? tcp_info_field(*info, name) : std::nullopt;
    };
    const auto done = evaluator_.run(action.text, lookup);
    if (!done) return mismatch(done.error());
    return {};
  }

  std::optional<posix::TcpInfo> tcp_info() const {
    if (flows_.empty() || !flows_.back().descriptor) return std::nullopt;
    const auto fd = calls_.descriptor(*flows_.back().descriptor);
    posix::TcpInfo info;
    posix::SockLen length = sizeof info;
    if (!fd || !table_->getsockopt(*fd, posix::kIpProtoTcp, posix::kTcpInfo, &info, &length)) return std::nullopt;
    return info;
  }

  // ---- Commands ----

  Step command(std::string_view text) {
    const auto instructions = parse_command(text);
    if (!instructions) return mismatch(instructions.error());
    for (const Instruction& instruction : *instructions) {
      Step step = std::visit([&](const auto& one) { return perform(one); }, instruction);
      if (!step) return step;
    }
    settle();
    return {};
  }

  Step perform(const SetValue& setting) { return reconfigured(apply_setting(config_, setting.name, setting.value)); }
  Step perform(const LinuxSuiteDefaults&) { return reconfigured(apply_linux_suite_defaults(config_)); }
  Step reconfigured(const std::expected<void, std::string>& applied) {
    if (!applied) return mismatch(applied.error());
    stack_->reconfigure(config_);
    return {};
  }

  Step perform(const RouteChange& change) {
    if (change.mtu) config_.mtu = *change.mtu;
    if (change.initial_window)
      config_.tcp.initial_window = static_cast<std::uint8_t>(std::min(*change.initial_window, 255U));
    stack_->reconfigure(config_);
    return {};
  }

  Step perform(const CountConnections& question) {
    std::uint32_t count = 0;
    const StackInfo info = stack_->info();
    for (const ConnectionInfo& connection : info.connections) {
      const bool there =
          !question.port || connection.local.port == *question.port || connection.remote.port == *question.port;
      if (there && connection.state == question.state) ++count;
    }
    if (count == question.count) return {};
    return mismatch(
        fmt::format("connections in {}: expected {}, live {}", to_string(question.state), question.count, count));
  }

  Step perform(const DoNothing&) { return {}; }

  // ---- Calls ----

  struct Pending {
    const Event* event;
    const Call* call;
    PreparedCall prepared;
    Instant deadline = kNever;
    std::optional<Instant> returns;  // when the script says that it does
    std::optional<CallOutcome> outcome{};
    Instant ended{};
  };

  Step run(const Call& call) {
    if (Step step = end_pending(); !step) return step;
    auto prepared = calls_.prepare(call);
    if (!prepared) return mismatch(prepared.error());
    before_call(call);
    Pending pending{.event = event_, .call = &call, .prepared = std::move(*prepared)};
    if (pending.prepared.patience) pending.deadline = now() + *pending.prepared.patience;
    if (call.returns) pending.returns = now() + (*call.returns - event_->time.begin);
    auto outcome = pending.prepared.attempt(pending.deadline <= now());
    settle();
    if (outcome) return finish(call, *outcome, *event_, pending.returns, now());
    begin_waiting(std::move(pending));
    if (call.returns) return {};
    // Without a time of its return the script expects a call to be over before the next event.
    const Instant limit = now() + kLongest;
    while (pending_ && !pending_->outcome && now() < limit) pass_until(std::min(limit, later(now(), kCallsWait)));
    return end_pending();
  }

  void begin_waiting(Pending pending) {
    pending_ = std::move(pending);
    for (const int fd : pending_->prepared.watched) {
      table_->watch(fd, [this] { try_pending(false); });
    }
    settle();
  }

  void try_pending(bool expired) {
    if (!pending_ || pending_->outcome) return;
    pending_->outcome = pending_->prepared.attempt(expired);
    if (!pending_->outcome) return;
    pending_->ended = now();
    pending_->deadline = kNever;
  }

  /// Waits for the call that blocks, if there is one.
  Step end_pending() {
    if (!pending_) return {};
    try_pending(false);
    const Instant limit = now() + kCallsWait;
    while (!pending_->outcome && now() < limit) {
      pass_until(std::min(limit, std::max(now() + 1ms, std::min(limit, pending_->deadline))));
      try_pending(pending_->deadline <= now());
    }
    const Pending ended = std::move(*pending_);
    pending_.reset();
    for (const int fd : ended.prepared.watched) {
      if (table_->is_open(fd)) table_->watch(fd, {});
    }
    if (!ended.outcome) return mismatch(fmt::format("the call {} has not returned yet", ended.event->text));
    return finish(*ended.call, *ended.outcome, *ended.event, ended.returns, ended.ended);
  }

  Step finish(const Call& call, const CallOutcome& outcome, const Event& event, std::optional<Instant> returns,
              Instant ended) {
    std::vector<std::string> found = calls_.finish(call, outcome);
    if (returns) {
      const Duration late = ended - *returns;
      if (std::chrono::abs(late) > tolerance_of(rules_, *call.returns - event.time.begin)) {
        found.push_back(fmt::format("return: expected at {:.6f}, live at {:.6f}", in_seconds(*returns - start()),
                                    in_seconds(ended - start())));
      }
    }
    if (found.empty()) after_call(call, outcome);
    if (found.empty()) return {};
    Mismatch what{fmt::format("{}: {}", call.name, found.front()), {"expected: " + event.text}};
    what.details.insert(what.details.end(), found.begin(), found.end());
    if (own_.calls_not_fatal) return warn(what);
    return std::unexpected(std::move(what));
  }

  /// What a call means for the conversation under test.
  void before_call(const Call& call) {
    const bool connects = call.name == "connect" || call.name == "sendto" || call.name == "sendmsg";
    Flow* flow = connects && !call.arguments.empty() ? flow_of_descriptor(call.arguments[0].integer) : nullptr;
    if (flow != nullptr && flow->peer.port == 0) flow->peer = calls_.addresses().connect;
  }

  void after_call(const Call& call, const CallOutcome& outcome) {
    const bool opens = call.name == "socket" && outcome.opened;
    if (opens)
      flows_.push_back({.peer = {own_.remote, 0}, .stack = {own_.local.address, 0}, .descriptor = written(call)});
    if (call.arguments.empty()) return;
    Flow* flow = flow_of_descriptor(call.arguments[0].integer);
    if (call.name == "listen" && !outcome.error && flow != nullptr) {
      flow->listening = true;
      flow->peer.port = 0;
    }
    if ((call.name == "accept" || call.name == "accept4") && outcome.opened) name_child(*outcome.opened, written(call));
    if (call.name == "bind" && !outcome.error && flow != nullptr) flow->stack.port = own_.bind_port;
    if (call.name == "close" && flow != nullptr) flow->descriptor.reset();
  }

  /// The number that the script gives to what a call opened.
  static int written(const Call& call) { return static_cast<int>(call.result.integer); }

  Flow* flow_of_descriptor(std::int64_t descriptor) {
    for (auto flow = flows_.rbegin(); flow != flows_.rend(); ++flow) {
      if (flow->descriptor == descriptor) return &*flow;
    }
    return nullptr;
  }

  void name_child(int fd, int descriptor) {
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    if (!table_->getpeername(fd, &address, &length)) return;
    const Endpoint peer = posix::to_endpoint(address);
    for (Flow& flow : flows_) {
      if (flow.peer == peer && !flow.listening) flow.descriptor = descriptor;
    }
  }

  // ---- Packets from the peer ----

  Step run(const Packet& packet) {
    if (packet.direction == Direction::Outbound) return {};
    return std::visit([&](const auto& content) { return inject(content); }, packet.content);
  }

  /// The conversation that a packet belongs to: that of its ports, else the latest; a listener's first packet begins one.
  Flow& flow_for(const NotatedSegment& segment, bool inbound) {
    if (segment.source_port) {
      const Port peer = inbound ? *segment.source_port : *segment.destination_port;
      const Port stack = inbound ? *segment.destination_port : *segment.source_port;
      for (Flow& flow : flows_) {
        if (flow.peer.port == peer && (flow.stack.port == stack || flow.stack.port == 0)) return flow;
      }
      flows_.push_back({.peer = {own_.remote, peer}, .stack = {own_.local.address, stack}});
      return flows_.back();
    }
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

  Step inject(const NotatedSegment& segment) {
    Flow& flow = flow_for(segment, true);
    learn_own_port(flow);
    auto live = flow.to_live(segment, own_.ts_echo_scaled, stack_->pool());
    if (!live) return mismatch(live.error());
    inject_packet(encode_segment(*live, {.tos = live->tos, .ttl = live->ttl}));
    return {};
  }

  void inject_packet(const PacketBuffer& packet) {
    recorder_.received(packet, now());
    const std::vector<std::byte> octets = packet.to_vector();
    stack_->receive(PacketBuffer(Chain(stack_->pool().copy(octets))), now());
    settle();
  }

  /// An IPv4 packet with these headers and this content.
  static std::vector<std::byte> ipv4_packet(wire::Ipv4Header header, std::span<const std::byte> content,
                                            std::size_t size) {
    header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + size);
    std::vector<std::byte> packet(wire::kIpv4HeaderSize);
    wire::emit_ipv4(header, packet);
    packet.insert(packet.end(), content.begin(), content.end());
    return packet;
  }
  void inject_octets(std::span<const std::byte> packet) {
    inject_packet(PacketBuffer(Chain(stack_->pool().copy(packet))));
  }

  Step inject(const IcmpPacket& message) {
    if (flows_.empty()) return mismatch("there is no conversation yet that an ICMP message could be about");
    Flow& flow = flows_.back();
    learn_own_port(flow);
    const bool tcp = message.quote == IcmpPacket::Quote::Tcp;
    std::array<std::byte, 8> transport{};  // as much as RFC 792 asks for: ports, and TCP's sequence number
    store_be16(&transport[0], flow.stack.port);
    store_be16(&transport[2], flow.peer.port);
    store_be32(&transport[4], tcp ? flow.live_quoted(message.start)
                                  : static_cast<std::uint32_t>(message.length + wire::kUdpHeaderSize) << 16);
    const std::size_t quoted_size = (tcp ? wire::kTcpHeaderSize : wire::kUdpHeaderSize) + message.length;
    const auto quote =
        ipv4_packet({.protocol = static_cast<std::uint8_t>(tcp ? wire::IpProtocol::Tcp : wire::IpProtocol::Udp),
                     .source = flow.stack.address,
                     .destination = flow.peer.address},
                    transport, quoted_size);
    std::vector<std::byte> icmp(wire::kIcmpHeaderSize);
    const std::array<std::span<const std::byte>, 1> parts{quote};
    wire::emit_icmp({.type = message.type, .code = message.code, .word2 = message.mtu}, parts, icmp);
    icmp.insert(icmp.end(), quote.begin(), quote.end());
    inject_octets(ipv4_packet({.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Icmp),
                               .source = flow.peer.address,
                               .destination = flow.stack.address},
                              icmp, icmp.size()));
    return {};
  }

  Step inject(const UdpPacket& datagram) {
    const Flow& flow = flow_for({}, true);
    std::vector<std::byte> udp(wire::kUdpHeaderSize + datagram.length);
    wire::emit_udp({.source_port = datagram.source_port.value_or(flow.peer.port),
                    .destination_port = datagram.destination_port.value_or(flow.stack.port),
                    .length = static_cast<std::uint16_t>(udp.size())},
                   udp);  // checksum 0: none (RFC 768)
    inject_octets(ipv4_packet({.protocol = static_cast<std::uint8_t>(wire::IpProtocol::Udp),
                               .source = flow.peer.address,
                               .destination = flow.stack.address},
                              udp, udp.size()));
    return {};
  }

  // ---- Packets of the stack ----

  /// An active open's own port is the stack's choice.
  void learn_own_port(Flow& flow) {
    if (flow.stack.port != 0 || !flow.descriptor) return;
    const auto fd = calls_.descriptor(*flow.descriptor);
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    if (fd && table_->getsockname(*fd, &address, &length)) flow.stack.port = posix::to_endpoint(address).port;
  }

  Step expect(const Event& event, const Due& when) {
    const Packet& packet = std::get<Packet>(event.action);
    if (const auto* segment = std::get_if<NotatedSegment>(&packet.content)) return expect_segment(*segment, when);
    if (const auto* message = std::get_if<IcmpPacket>(&packet.content)) return expect_icmp(*message, when);
    return mismatch("the stack sends no UDP datagrams yet");
  }

  /// The next packet that the stack sends, if it does in time.
  std::optional<LivePacket> next_packet(Instant limit) {
    if (recorder_.packets().empty()) {
      const auto outcome = network_.run_until([this] { return !recorder_.packets().empty(); }, limit);
      if (outcome == sim::Outcome::Idle) pass_quietly_until(limit);
      settle();
    }
    if (recorder_.packets().empty()) return std::nullopt;
    LivePacket packet = std::move(recorder_.packets().front());
    recorder_.packets().pop_front();
    return packet;
  }

  /// Of this conversation: those of others are passed over.
  struct Sighting {
    std::optional<LivePacket> packet;
    LiveSegment segment{};
  };
  Sighting next_segment_of(const Flow& flow, Instant limit) {
    while (auto packet = next_packet(limit)) {
      LiveSegment live = read_segment(packet->octets, stack_->pool());
      if (live.other_protocol) continue;
      if (live.segment && (live.segment->source != flow.stack || live.segment->destination != flow.peer)) continue;
      return {std::move(packet), std::move(live)};
    }
    return {};
  }

  Step expect_segment(const NotatedSegment& written, const Due& when) {
    if (flows_.empty()) return mismatch("there is no conversation yet in which the stack could send");
    Flow& flow = flow_for(written, false);
    learn_own_port(flow);
    const Duration tolerance = tolerance_of(rules_, when.gap);
    const Instant limit = later(when.to, tolerance);
    Sighting sighting = next_segment_of(flow, limit);
    if (!sighting.packet) return nothing_sent();
    if (!sighting.segment.segment) return unlike(*sighting.packet, {sighting.segment.objection});
    Segment live = std::move(*sighting.segment.segment);
    while (rules_.aggregate && goes_on(written, live)) {
      Sighting more = next_segment_of(flow, limit);
      if (!more.packet || !more.segment.segment) break;
      const bool equal_sizes = live.payload.size() % more.segment.segment->payload.size() == 0 ||
                               live.payload.size() + more.segment.segment->payload.size() == written.length;
      if (more.segment.segment->payload.empty() || more.segment.segment->seq != live.end() || !equal_sizes) {
        recorder_.packets().push_front(std::move(*more.packet));
        break;
      }
      live = joined(std::move(live), std::move(*more.segment.segment));
      sighting.packet = std::move(more.packet);
    }
    std::vector<std::string> found = differences(written, live, flow, rules_);
    compare_time(found, when, sighting.packet->at, tolerance);
    if (!found.empty()) return unlike(*sighting.packet, std::move(found));
    flow.learn(written, live);
    return {};
  }

  static bool goes_on(const NotatedSegment& written, const Segment& live) {
    const bool ended = live.flags.fin() || live.flags.syn() || live.flags.rst();
    return !ended && !live.payload.empty() && live.payload.size() < written.length;
  }

  void compare_time(std::vector<std::string>& found, const Due& when, Instant at, Duration tolerance) const {
    if (event_->time.base == EventTime::Base::Any) return;
    if (at >= when.from - tolerance && at <= when.to + tolerance) return;
    found.push_back(
        fmt::format("time: expected {:.6f}, live {:.6f}", in_seconds(when.from - start()), in_seconds(at - start())));
  }

  Step expect_icmp(const IcmpPacket& written, const Due& when) {
    const Duration tolerance = tolerance_of(rules_, when.gap);
    auto packet = next_packet(later(when.to, tolerance));
    if (!packet) return nothing_sent();
    const auto ip = wire::parse_ipv4(packet->octets, packet->octets.size());
    if (!ip || ip->protocol != static_cast<std::uint8_t>(wire::IpProtocol::Icmp)) {
      return unlike(*packet, {"it is no ICMP message"});
    }
    const auto icmp = wire::parse_icmp(std::span(packet->octets).subspan(ip->header_size));
    if (!icmp) return unlike(*packet, {"its ICMP header is broken"});
    std::vector<std::string> found;
    if (icmp->type != written.type)
      found.push_back(fmt::format("type: expected {}, live {}", written.type, icmp->type));
    if (icmp->code != written.code)
      found.push_back(fmt::format("code: expected {}, live {}", written.code, icmp->code));
    compare_time(found, when, packet->at, tolerance);
    if (!found.empty()) return unlike(*packet, std::move(found));
    return {};
  }

  Step nothing_sent() const {
    return mismatch("nothing was sent", {"expected: " + event_->text,
                                         fmt::format("live:     nothing up to {:.6f}", in_seconds(now() - start()))});
  }

  Step unlike(const LivePacket& packet, std::vector<std::string> found) {
    Mismatch what{found.front(), {"expected: " + event_->text, "live:     " + describe(packet)}};
    if (!packet.why.empty()) what.details.push_back("because:  " + packet.why);
    what.details.insert(what.details.end(), found.begin(), found.end());
    return std::unexpected(std::move(what));
  }

  std::string describe(const LivePacket& packet) const {
    const LiveSegment live = read_segment(packet.octets, stack_->pool());
    const double at = in_seconds(packet.at - start());
    if (!live.segment) return fmt::format("{:.6f} > {} octets: {}", at, packet.octets.size(), live.objection);
    for (const Flow& flow : flows_) {
      if (flow.stack == live.segment->source && flow.peer == live.segment->destination) {
        return fmt::format("{:.6f} > {}", at, to_notation(flow.as_written(*live.segment)));
      }
    }
    return fmt::format("{:.6f} > {} > {} {}", at, live.segment->source.to_string(),
                       live.segment->destination.to_string(), to_notation(tunic::describe(*live.segment, {}, {})));
  }

  // ---- The story ----

  void report(const Mismatch& what, Verdict& verdict) const {
    verdict.result = Result::Failed;
    const Place place = event_ != nullptr ? event_->place : Place{};
    verdict.reason = fmt::format("{}:{}: {}", script_.file, place.line, what.reason);
    const auto& lines = recorder_.lines();
    const std::size_t skipped = lines.size() - std::min(lines.size(), kStoryLines);
    if (skipped > 0) verdict.story += fmt::format("  … {} earlier lines\n", skipped);
    for (std::size_t i = skipped; i < lines.size(); ++i) verdict.story += lines[i] + '\n';
    verdict.story += fmt::format("{}\n", verdict.reason);
    for (const std::string& detail : what.details) verdict.story += fmt::format("    {}\n", detail);
  }

  const Script& script_;
  const ScriptOptions& own_;
  const RunOptions& options_;
  Config config_;
  MatchRules rules_;
  Recorder recorder_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<SocketTable> table_;
  sim::Network network_;
  Calls calls_;
  Evaluator evaluator_;
  std::deque<Flow> flows_;  // the latest is the one under test
  Port next_peer_port_ = kFirstPeerPort;
  std::optional<Pending> pending_;
  const Event* event_ = nullptr;
  Instant last_written_ = sim::Network::kStart;
  bool last_was_inbound_ = false;
};

bool needs_md5(const Event& event) {
  const auto* packet = std::get_if<Packet>(&event.action);
  const auto* segment = packet == nullptr ? nullptr : std::get_if<NotatedSegment>(&packet->content);
  return segment != nullptr && segment->md5;
}

}  // namespace

Verdict run_script(const Script& script, const RunOptions& options) {
  const auto own = read_options(script);
  if (!own) return {.result = Result::Failed, .reason = own.error().to_string()};
  if (own->unsupported)
    return {.result = Result::Skipped, .reason = fmt::format("{}: {}", script.file, *own->unsupported)};
  if (std::ranges::any_of(script.events, needs_md5)) {
    return {.result = Result::Skipped,
            .reason = script.file + ": it needs TCP MD5 signatures, which this stack does not have"};
  }
  const Profile profile = options.profile.value_or(guess_profile(script));
  Config config = base_config(profile);
  config.mtu = own->mtu;
  return Runner(script, *own, options, std::move(config), profile == Profile::Linux).run();
}

Verdict run_text(const std::string& file, std::string_view text, const Definitions& definitions,
                 const RunOptions& options) {
  const auto script = parse_script(file, text, definitions);
  if (!script) return {.result = Result::Failed, .reason = script.error().to_string()};
  return run_script(*script, options);
}

}  // namespace tunic::script
