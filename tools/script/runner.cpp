// Event by event: time passes until an event is due, then it happens, and the stack does all that it can do at this instant.
#include "script/runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "script/bench.hpp"
#include "script/call_runner.hpp"
#include "script/calls.hpp"
#include "script/conversations.hpp"
#include "script/evaluator.hpp"
#include "script/expectations.hpp"
#include "script/instructions.hpp"
#include "script/names.hpp"
#include "script/packets.hpp"
#include "script/parser.hpp"
#include "script/script_options.hpp"
#include "script/vocabulary.hpp"
#include "segment/codec.hpp"

namespace tunic::script {

namespace {

/// So long a packet that may come at any time is waited for.
constexpr Duration kLongest = std::chrono::hours(3);
constexpr std::size_t kStoryLines = 200;

MatchRules rules_for(const ScriptOptions& own, const RunOptions& options, bool aggregate) {
  return {.psh_counts = options.psh_counts,
          .aggregate = aggregate && !options.strict && !own.strict_segments,
          .tolerance = options.tolerance.value_or(own.tolerance),
          .ts_tick = own.ts_tick};
}

class Runner {
 public:
  Runner(const Script& script, const ScriptOptions& own, const RunOptions& options, Config config, bool aggregate)
      : script_(script),
        own_(own),
        options_(options),
        rules_(rules_for(own, options, aggregate)),
        bench_(std::move(config), own.local),
        calls_(bench_.table(), {{own.local.address, own.bind_port}, {own.remote, own.connect_port}}),
        conversations_(bench_, calls_, own_),
        call_runner_(bench_, calls_, conversations_, rules_),
        expectations_(bench_, conversations_, rules_) {}

  Verdict run() {
    Step step = prelude();
    for (std::size_t i = 0; i < script_.events.size() && step; ++i) step = run_event(script_.events[i]);
    if (step) step = forgive(call_runner_.end_waiting(), own_.calls_not_fatal);
    if (step && script_.cleanup) step = run_command(*script_.cleanup);
    Verdict verdict;
    if (!step) report(step.error(), verdict);
    for (const LivePacket& packet : bench_.recorder().packets()) {
      verdict.left_over.push_back(conversations_.describe(packet));
    }
    verdict.trace = bench_.recorder().lines();
    if (options_.capture) bench_.recorder().write_capture(options_.capture);
    return verdict;
  }

 private:
  Step prelude() {
    for (const auto& [name, value] : options_.settings) {
      if (Step step = set_value(bench_, name, value); !step) return step;
    }
    if (own_.init) {
      if (Step step = carry_out(bench_, *own_.init); !step) return step;
    }
    return script_.init ? run_command(*script_.init) : Step();
  }

  Step run_command(const Event& event) {
    event_ = &event;
    return carry_out(bench_, std::get<Command>(event.action).text);
  }

  // ---- Time ----

  Due due(const Event& event) const {
    const EventTime& time = event.time;
    if (time.base == EventTime::Base::Any) return {bench_.now(), bench_.now() + kLongest, {}, true};
    const bool relative = time.base == EventTime::Base::Relative;
    const bool both_inbound = goes(event, Direction::Inbound) && last_was_inbound_;
    const Instant base = !relative ? Bench::kStart : both_inbound ? last_written_ : bench_.now();
    const Instant from = base + time.begin;
    return {from, time.end ? base + *time.end : from, relative ? time.begin : from - last_written_};
  }

  static bool goes(const Event& event, Direction direction) {
    const auto* packet = std::get_if<Packet>(&event.action);
    return packet != nullptr && packet->direction == direction;
  }

  // ---- Events ----

  Step run_event(const Event& event) {
    event_ = &event;
    const Due when = due(event);
    Step step;
    if (goes(event, Direction::Outbound)) {
      step = forgive(expectations_.expect(event, when), own_.packets_not_fatal);
    } else {
      if (when.any_time) return mismatch("only a packet that goes out may come at any time");
      bench_.pass_until(when.from);
      if (bench_.now() > when.from + tolerance_of(rules_, when.gap)) {
        return mismatch(fmt::format("the event is due at {:.6f}, and it is {:.6f} already",
                                    Bench::seconds_at(when.from), Bench::seconds_at(bench_.now())));
      }
      step = std::visit([&](const auto& action) { return run(action); }, event.action);
    }
    last_was_inbound_ = goes(event, Direction::Inbound);
    last_written_ = when.from;
    return step;
  }

  Step forgive(Step step, bool forgiven) {
    if (step || !forgiven || step.error().not_understood) return step;
    bench_.recorder().note(fmt::format("  not fatal: {}", step.error().reason));
    return {};
  }

  Step run(const Command& command) { return carry_out(bench_, command.text); }

  Step run(const Call& call) {
    if (Step step = forgive(call_runner_.end_waiting(), own_.calls_not_fatal); !step) return step;
    return forgive(call_runner_.run(call, *event_), own_.calls_not_fatal);
  }

  Step run(const Code& code) {
    std::optional<posix::TcpInfo> info;
    const auto lookup = [&](std::string_view name) -> std::optional<std::int64_t> {
      if (!name.starts_with("tcpi_")) return constant_named(name);
      if (!info) info = tcp_info();
      return info ? tcp_info_field(*info, name) : std::nullopt;
    };
    const auto done = evaluator_.run(code.text, lookup);
    if (!done) return mismatch(done.error());
    return {};
  }

  std::optional<posix::TcpInfo> tcp_info() {
    if (conversations_.empty() || !conversations_.latest().descriptor) return std::nullopt;
    const auto fd = calls_.descriptor(*conversations_.latest().descriptor);
    posix::TcpInfo info;
    posix::SockLen length = sizeof info;
    const bool known =
        fd && bench_.table().getsockopt(*fd, posix::kIpProtoTcp, posix::kTcpInfo, &info, &length).has_value();
    return known ? std::optional(info) : std::nullopt;
  }

  // ---- Packets from the peer ----

  Step run(const Packet& packet) {
    return std::visit([&](const auto& content) { return inject(content); }, packet.content);
  }

  Step inject(const NotatedSegment& segment) {
    Flow& flow = conversations_.of_packet({segment.source_port, segment.destination_port}, Direction::Inbound);
    auto live = flow.to_live(segment, own_.ts_echo_scaled, bench_.stack().pool());
    if (!live) return mismatch(live.error());
    bench_.inject(encode_segment(*live, {.tos = live->tos, .ttl = live->ttl}));
    return {};
  }

  Step inject(const IcmpPacket& message) {
    if (conversations_.empty()) {
      return mismatch("there is no conversation yet that an ICMP message could be about");
    }
    inject_octets(icmp_octets(message, conversations_.of_packet({}, Direction::Outbound)));
    return {};
  }

  Step inject(const UdpPacket& datagram) {
    inject_octets(udp_octets(
        datagram,
        conversations_.of_packet({datagram.head.source_port, datagram.head.destination_port}, Direction::Inbound)));
    return {};
  }

  void inject_octets(std::span<const std::byte> packet) {
    bench_.inject(PacketBuffer(Chain(bench_.stack().pool().copy(packet))));
  }

  // ---- The story ----

  void report(const Mismatch& what, Verdict& verdict) const {
    verdict.result = Result::Failed;
    const Place place = event_ != nullptr ? event_->place : Place{};
    verdict.reason = fmt::format("{}:{}: {}", script_.file, place.line, what.reason);
    const auto& lines = bench_.recorder().lines();
    const std::size_t skipped = lines.size() - std::min(lines.size(), kStoryLines);
    if (skipped > 0) verdict.story += fmt::format("  … {} earlier lines\n", skipped);
    for (std::size_t i = skipped; i < lines.size(); ++i) verdict.story += lines[i] + '\n';
    verdict.story += fmt::format("{}\n", verdict.reason);
    for (const std::string& detail : what.details) verdict.story += fmt::format("    {}\n", detail);
  }

  const Script& script_;
  const ScriptOptions& own_;
  const RunOptions& options_;
  MatchRules rules_;
  Bench bench_;
  Calls calls_;
  Conversations conversations_;
  CallRunner call_runner_;
  Expectations expectations_;
  Evaluator evaluator_;
  const Event* event_ = nullptr;
  Instant last_written_ = Bench::kStart;
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
  if (const auto unknown = unknown_word(script)) return {.result = Result::Failed, .reason = unknown->to_string()};
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
