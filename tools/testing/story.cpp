// One stack without a device: what it sends lands in a mailbox, is checked there, and waits to be expected.
#include "testing/story.hpp"

#include <fmt/format.h>

#include "link/peek.hpp"
#include "segment/codec.hpp"
#include "segment/wire_packets.hpp"
#include "testing/oracle.hpp"
#include "testing/pattern.hpp"

namespace tunic::testing {

namespace {

constexpr Ipv4Address kStackAddress(10, 9, 0, 2);
constexpr Ipv4Address kPeerAddress(10, 9, 0, 1);
constexpr Port kClientPort = 40000;

PacketBuffer packet_of(std::span<const std::byte> octets, BlockPool& pool) {
  return PacketBuffer(Chain(pool.copy(octets)));
}

}  // namespace

Config plain_config() {
  Config config = full_config();
  config.tcp.timestamps = false;
  config.tcp.window_scaling = false;
  config.tcp.sack = false;
  return config;
}

Config full_config() {
  Config config;
  config.seed = Seed::numbered(1);
  config.tcp.initial_sequence_number = kStoryStackIsn;
  // Recovery by the RFCs' first words, which most stories are about; those about the later ones take theirs from Config.
  config.tcp.rto_variance_min = Duration::zero();
  config.tcp.congestion_control = CongestionAlgorithm::Reno;
  config.tcp.slow_start_limit = 1;
  config.tcp.reduce_from_window = false;
  config.tcp.rack = false;
  config.tcp.tail_loss_probe = false;
  config.tcp.proportional_rate_reduction = false;
  config.tcp.forward_rto = false;
  config.tcp.impatient_newreno = true;
  config.tcp.suspect_reneging = false;
  return config;
}

Story::Story(FailureSink on_failure, const Config& config)
    : on_failure_(std::move(on_failure)), journal_(sim::Network::kStart), stack_(std::make_unique<Stack>(config)) {
  stack_->add_address({kStackAddress, 24});
  stack_->observe(&journal_);
  network_.attach(*stack_, mailbox_);
  use_flow({kPeerAddress, kClientPort}, {kStackAddress, 80});
  settle();
}

Story::~Story() {
  expect_nothing(last_place_);
  listeners_.clear();
  stack_->observe(nullptr);
}

void Story::fail(const std::string& message, const Where& where) {
  if (failed_) return;
  failed_ = true;
  on_failure_(message + "\nThe story so far:\n" + journal_.story(), where);
}

// The application.

void Story::listen(Port port, const ListenOptions& options, Where where) {
  auto listener = TcpListener::listen(*stack_, {kStackAddress, port}, options);
  if (!listener) return fail(fmt::format("listen({}) failed: {}", port, listener.error().message()), where);
  listeners_[port] = std::move(*listener);
  use_flow({kPeerAddress, kClientPort}, {kStackAddress, port});
  settle(where);
}

StorySocket Story::accept(Port port, Where where) {
  auto socket = listeners_.at(port).accept();
  if (!socket) {
    fail(fmt::format("accept() failed: {}", socket.error().message()), where);
    return {};
  }
  settle(where);
  return {*this, std::move(*socket)};
}

StorySocket Story::connect(Port port, Where where) {
  use_flow({kPeerAddress, port}, {kStackAddress, kClientPort});
  auto socket = TcpSocket::connect(*stack_, {kPeerAddress, port}, {.local_port = kClientPort});
  if (!socket) {
    fail(fmt::format("connect({}) failed: {}", port, socket.error().message()), where);
    return {};
  }
  settle(where);
  return {*this, std::move(*socket)};
}

// The peer.

Flow& Story::use_flow(const Endpoint& peer, const Endpoint& stack) {
  const auto [found, is_new] = flows_.try_emplace({peer, stack}, Flow{.peer = peer, .stack = stack});
  if (is_new) found->second.peer_isn = next_peer_isn_;
  flow_ = &found->second;
  return *flow_;
}

Flow& Story::flow_of(const NotatedSegment& segment, bool from_peer) {
  if (!segment.source_port) return *flow_;
  const Port peer = from_peer ? *segment.source_port : *segment.destination_port;
  const Port stack = from_peer ? *segment.destination_port : *segment.source_port;
  return use_flow({flow_->peer.address, peer}, {flow_->stack.address, stack});
}

std::optional<NotatedSegment> Story::parse(std::string_view text, const Where& where) {
  const auto segment = parse_segment(text);
  if (segment) return *segment;
  fail(fmt::format("{}\n{:>{}} {}", text, '^', segment.error().column, segment.error().message), where);
  return std::nullopt;
}

/// The peer's; empty where the text can't be understood, which the stack drops.
PacketBuffer Story::packet(std::string_view segment, const Where& where) {
  const auto written = parse(segment, where);
  if (!written) return {};
  if (!written->window || written->ack.has_value() != written->flags.ack()) {
    fail(fmt::format("{}\nA segment to inject needs 'win', and 'ack' exactly with the flag '.'", segment), where);
    return {};
  }
  const Segment live = flow_of(*written, true).to_live(*written, stack_->pool());
  const wire::Ipv4Header ip{.tos = live.tos, .ttl = live.ttl};
  return packet_of(encode_segment(live, ip).to_vector(), stack_->pool());
}

void Story::inject(std::string_view segment, Where where) {
  inject_batch({segment}, where);
}

void Story::inject_batch(std::initializer_list<std::string_view> segments, Where where) {
  journal_.forget_stimulus();
  for (const std::string_view segment : segments) stack_->receive(packet(segment, where), now());
  settle(where);
}

void Story::inject_device_batch(const std::vector<std::string>& segments, bool more_wait, Where where) {
  journal_.forget_stimulus();
  std::vector<PacketBuffer> batch;
  batch.reserve(segments.size());
  for (const std::string& segment : segments) batch.push_back(packet(segment, where));
  stack_->receive(batch, now(), more_wait);
  settle(where);
}

void Story::inject_super(std::string_view segment, std::uint16_t gso_size, Where where) {
  journal_.forget_stimulus();
  PacketBuffer super = packet(segment, where);
  super.offload.gso_size = gso_size;
  stack_->receive(std::move(super), now());
  settle(where);
}

void Story::inject_packet(std::span<const std::byte> packet, Where where) {
  journal_.forget_stimulus();
  stack_->receive(packet_of(packet, stack_->pool()), now());
  settle(where);
}

// Expectations.

void Story::Mailbox::send(PacketBuffer packet, Instant now) {
  const std::uint16_t gso_size = std::exchange(packet.offload.gso_size, std::uint16_t{0});
  BlockPool pool;
  const std::vector<std::byte> octets = WirePackets(std::move(packet), pool).next()->to_vector();
  packets.push_back({octets, now, {}, gso_size});
}

std::string Story::describe(const SentPacket& packet) {
  const link::Peek peek(packet_of(packet.octets, stack_->pool()));
  const std::string_view why = packet.announcement ? name(packet.announcement->why) : "without a reason";
  if (peek.segment() == nullptr) return fmt::format("{} octets, no TCP segment   {}", packet.octets.size(), why);
  const auto flow = flows_.find({peek.segment()->destination, peek.segment()->source});
  const SegmentInfo segment = flow == flows_.end() ? *peek.segment() : flow->second.with_bases(*peek.segment());
  return fmt::format("{}   {}", to_notation(segment), why);
}

void Story::compare(std::string_view text, SentPacket packet, std::optional<Why> why, const Where& where) {
  const auto expected = parse(text, where);
  if (!expected) return;
  const link::Peek peek(packet_of(packet.octets, stack_->pool()));
  std::vector<std::string> differences{"it is no TCP segment"};
  if (peek.segment() != nullptr) {
    Flow& flow = flow_of(*expected, false);
    differences = flow.differences(*expected, *peek.segment());
  }
  if (why && packet.announcement && packet.announcement->why != *why) {
    differences.push_back(fmt::format("why: expected {}, live {}", name(*why), name(packet.announcement->why)));
  }
  if (differences.empty()) return;
  fail(fmt::format("expected: {}   {}\nlive:     {}\n          {}", text, why ? name(*why) : "", describe(packet),
                   fmt::join(differences, "\n          ")),
       where);
}

void Story::expect(std::string_view segment, std::optional<Why> why, Where where) {
  if (mailbox_.packets.empty()) {
    return fail(fmt::format("expected: {}   {}\nlive:     nothing was sent", segment, why ? name(*why) : ""), where);
  }
  SentPacket packet = std::move(mailbox_.packets.front());
  mailbox_.packets.pop_front();
  compare(segment, std::move(packet), why, where);
}

void Story::expect_super(std::string_view segment, std::uint16_t gso_size, std::optional<Why> why, Where where) {
  const std::uint16_t live = mailbox_.packets.empty() ? gso_size : mailbox_.packets.front().gso_size;
  if (live != gso_size) return fail(fmt::format("super-segment of {}: live of {}: {}", gso_size, live, segment), where);
  expect(segment, why, where);
}

void Story::expect_after(Duration duration, std::string_view segment, std::optional<Why> why, Where where) {
  expect_nothing(where);
  journal_.forget_stimulus();
  const Instant begin = now();
  const auto outcome = network_.run_until([this] { return !mailbox_.packets.empty(); }, begin + duration);
  check_sent(where);
  if (outcome == sim::Outcome::Reached && now() != begin + duration) {
    fail(fmt::format("expected in {}: {}\nlive in {}: {}", duration.count(), segment, (now() - begin).count(),
                     describe(mailbox_.packets.front())),
         where);
  }
  expect(segment, why, where);
}

void Story::expect_icmp(std::uint8_t type, std::uint8_t code, std::optional<Why> why, Where where) {
  const std::string wanted = fmt::format("expected: ICMP type {} code {}", type, code);
  if (mailbox_.packets.empty()) return fail(wanted + "\nlive:     nothing was sent", where);
  const SentPacket packet = std::move(mailbox_.packets.front());
  mailbox_.packets.pop_front();
  const link::Peek peek(packet_of(packet.octets, stack_->pool()));
  const auto* message = std::get_if<IcmpInfo>(&peek.subject());
  const bool same = message != nullptr && message->type == type && message->code == code;
  const bool same_why = !why || !packet.announcement || packet.announcement->why == *why;
  if (!same || !same_why) fail(fmt::format("{}\nlive:     {}", wanted, describe(packet)), where);
}

void Story::expect_nothing(Where where) {
  if (mailbox_.packets.empty()) return;
  fail(fmt::format("expected: nothing\nlive:     {}", describe(mailbox_.packets.front())), where);
}

std::optional<ConnectionInfo> Story::connection() {
  for (const ConnectionInfo& info : stack_->info().connections) {
    if (info.local == flow_->stack && info.remote == flow_->peer) return info;
  }
  return std::nullopt;
}

void Story::expect_state(TcpState state, Where where) {
  const auto info = connection();
  const TcpState live = info ? info->state : TcpState::Closed;
  if (live != state) fail(fmt::format("expected: {}\nlive:     {}", to_string(state), to_string(live)), where);
}

void Story::expect_drop(Why why, Where where) {
  if (!journal_.take_drop(why)) fail(fmt::format("nothing was dropped for the reason {}", name(why)), where);
}

void Story::expect_hold(Why why, Where where) {
  if (!journal_.take_hold(why)) fail(fmt::format("nothing was held for the reason {}", name(why)), where);
}

void Story::advance(Duration duration, Where where) {
  journal_.forget_stimulus();
  if (network_.run_for(duration) == sim::Outcome::Livelock) fail("the stack does not come to rest (livelock)", where);
  check_sent(where);
}

void Story::settle(Where where) {
  if (network_.settle() == sim::Outcome::Livelock) fail("the stack does not come to rest (livelock)", where);
  check_sent(where);
}

std::vector<std::byte> Story::take_packet() {
  if (mailbox_.packets.empty()) return {};
  std::vector<std::byte> octets = std::move(mailbox_.packets.front().octets);
  mailbox_.packets.pop_front();
  return octets;
}

// Every packet that leaves.

void Story::check_sent(const Where& where) {
  last_place_ = where;
  for (SentPacket& packet : mailbox_.packets) {
    if (!packet.checked) check_packet(packet, where);
  }
  journal_.forget_loopback();
  if (!journal_.announcements().empty()) {
    fail(fmt::format("the event log says that a packet was sent ({}) and none left",
                     name(journal_.announcements().front().why)),
         where);
  }
}

void Story::check_packet(SentPacket& packet, const Where& where) {
  packet.checked = true;
  if (const auto objection = objection_to(packet.octets)) fail("a bad packet was sent: " + *objection, where);
  const link::Peek peek(packet_of(packet.octets, stack_->pool()));
  packet.announcement = journal_.take_announcement(peek.subject());
  if (!packet.announcement) fail("a packet left without an event: " + describe(packet), where);
  if (peek.segment() == nullptr) return;
  const auto flow = flows_.find({peek.segment()->destination, peek.segment()->source});
  if (flow == flows_.end()) return;
  flow->second.learn(*peek.segment());
  check_payload(flow->second.with_bases(*peek.segment()), packet.octets, where);
}

void Story::check_payload(const SegmentInfo& live, std::span<const std::byte> packet, const Where& where) {
  if (live.payload_size == 0) return;
  const auto payload = packet.last(live.payload_size);
  const std::uint64_t offset = Flow::data_offset(live.seq - live.seq_base, TcpFlags(live.flags).syn());
  if (!is_pattern(Stream::FromStack, offset, payload)) fail("the payload is not what was written there", where);
}

// The application's end.

void StorySocket::write(std::size_t count, Where where) {
  const std::size_t taken = write_some(count, where);
  if (taken != count) story_->fail(fmt::format("write({}) took {} octets", count, taken), where);
}

void StorySocket::write_more(std::size_t count, Where where) {
  const std::size_t taken = give(count, Kind::More, where);
  if (taken != count) story_->fail(fmt::format("write({}) took {} octets", count, taken), where);
}

void StorySocket::write_urgent(std::size_t count, Where where) {
  const std::size_t taken = give(count, Kind::Urgent, where);
  if (taken != count) story_->fail(fmt::format("write({}) took {} octets", count, taken), where);
}

std::size_t StorySocket::write_some(std::size_t count, Where where) {
  return give(count, Kind::Plain, where);
}

std::size_t StorySocket::give(std::size_t count, Kind kind, const Where& where) {
  const std::vector<std::byte> octets = pattern(Stream::FromStack, written_, count);
  const auto taken =
      kind == Kind::Urgent ? socket_.write_urgent(octets) : socket_.write_some(octets, kind == Kind::More);
  if (!taken && taken.error() != Error::WouldBlock) {
    story_->fail(fmt::format("write({}) failed: {}", count, taken.error().message()), where);
  }
  written_ += taken.value_or(0);
  story_->settle(where);
  return taken.value_or(0);
}

void StorySocket::read(std::size_t count, Where where) {
  std::size_t done = 0;
  while (done < count) {
    const std::size_t got = read_some(count - done, where);
    if (got == 0) return story_->fail(fmt::format("read({}) gave only {} octets", count, done), where);
    done += got;
  }
}

std::size_t StorySocket::read_some(std::size_t count, Where where) {
  std::vector<std::byte> octets(count);
  const auto got = socket_.read_some(octets);
  if (!got && got.error() != Error::WouldBlock) {
    story_->fail(fmt::format("read({}) failed: {}", count, got.error().message()), where);
  }
  octets.resize(got.value_or(0));
  if (!is_pattern(Stream::FromPeer, read_, octets)) story_->fail("what was read is not what the peer sent", where);
  read_ += octets.size();
  story_->settle(where);
  return octets.size();
}

void StorySocket::expect_nothing_to_read(Where where) {
  expect_error(Error::WouldBlock, where);
}

void StorySocket::expect_end(Where where) {
  std::byte octet{};
  const auto got = socket_.read_some({&octet, 1});
  if (!got) return story_->fail("expected the end of the stream, got the error: " + got.error().message(), where);
  if (*got != 0) story_->fail("expected the end of the stream, got data", where);
}

void StorySocket::expect_error(Error error, Where where) {
  std::byte octet{};
  const auto got = socket_.read_some({&octet, 1});
  if (got) return story_->fail(fmt::format("expected an error, read {} octets", *got), where);
  if (got.error() != error) {
    story_->fail(
        fmt::format("expected the error '{}', got '{}'", make_error_code(error).message(), got.error().message()),
        where);
  }
}

void StorySocket::shutdown_send(Where where) {
  const auto done = socket_.shutdown_send();
  if (!done) story_->fail("shutdown_send() failed: " + done.error().message(), where);
  story_->settle(where);
}

void StorySocket::close(Where where) {
  socket_.close();
  story_->settle(where);
}

void StorySocket::abort(Where where) {
  socket_.abort();
  story_->settle(where);
}

}  // namespace tunic::testing
