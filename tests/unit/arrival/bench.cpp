#include "tests/unit/arrival/bench.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "segment/codec.hpp"

namespace tunic::arrival {

namespace {

using namespace std::chrono_literals;

constexpr Endpoint kStack{Ipv4Address(10, 9, 0, 2), 80};
constexpr Endpoint kPeer{Ipv4Address(10, 9, 0, 1), 40000};
constexpr std::uint16_t kPeersWindow = 8192;
constexpr std::uint32_t kText = 10;

Config config_of(Origins origins) {
  Config config;
  config.seed = Seed::numbered(1);
  config.tcp.initial_sequence_number = origins.iss;
  // No options, so that a segment's answer is in its header alone.
  config.tcp.timestamps = config.tcp.sack = config.tcp.window_scaling = false;
  config.tcp.tail_loss_probe = false;
  config.resets_per_second = 1'000'000;
  return config;
}

}  // namespace

Bench::Bench(Origins origins) : origins_(origins), stack_(config_of(origins)) {
  stack_.add_address({kStack.address, 24});
  stack_.observe(this);
}

Bench::~Bench() {
  stack_.observe(nullptr);
}

void Bench::send(PacketBuffer packet, Instant) {
  packet.pull(wire::kIpv4HeaderSize);
  const auto ip = wire::parse_ipv4(packet.front(), packet.size());
  packet.trim_front(wire::kIpv4HeaderSize);
  const auto segment = decode_segment(ip.value(), std::move(packet), stack_.pool());
  const Segment& s = segment.value();
  sent_.push_back({s.flags.bits(), s.seq.value(), s.ack.value(), s.wnd.value, s.len()});
  if (s.flags.rst()) return;
  // What the model's variables are, the peer knows from the wire.
  block_.snd_nxt = s.end().value();
  block_.rcv_wnd = s.wnd.value;
  if (s.flags.ack()) block_.rcv_nxt = s.ack.value();
}

void Bench::on_event(const Event& event) {
  if (event.connection != 0 && (numbers_.empty() || numbers_.back() != event.connection)) {
    numbers_.push_back(event.connection);
  }
  if (const auto* change = std::get_if<StateChange>(&event.subject)) block_.state = change->to;
}

void Bench::turn() {
  stack_.advance(now_);
  while (stack_.run_ready()) {
  }
  stack_.flush(*this);
}

void Bench::receive(const Arriving& arriving) {
  Segment segment;
  segment.source = kPeer;
  segment.destination = kStack;
  segment.seq = SeqNum(arriving.seq);
  segment.ack = SeqNum(arriving.ack);
  segment.flags = TcpFlags(arriving.flags);
  segment.wnd = RawWindow{kPeersWindow};
  segment.up = segment.flags.urg() ? 1 : 0;
  const std::array<std::byte, kText> text{};
  if (arriving.text > 0) segment.payload = Chain(stack_.pool().copy(std::span(text).first(arriving.text)));
  stack_.receive(encode_segment(segment, {}), now_);
  turn();
}

/// The peer's next segment, acknowledging SND.UNA.
void Bench::from_peer(std::uint16_t flags, std::uint32_t text) {
  receive({.flags = flags, .seq = peer_next_, .ack = block_.snd_una, .text = text});
  peer_next_ += text + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
}

void Bench::establish() {
  from_peer(kSyn);
  block_.snd_una = block_.snd_nxt;
  from_peer(kAck);
  socket_ = std::move(listener_->accept().value());
  from_peer(kAck, kText);
  write();
  block_.snd_una = block_.snd_nxt;
  from_peer(kAck);
}

void Bench::write() {
  const std::array<std::byte, kText> text{};
  socket_.write_some(text).value();
  turn();
}

void Bench::close() {
  socket_.shutdown_send().value();
  turn();
}

void Bench::finish_from_peer() {
  from_peer(kFin | kAck);
}

Block Bench::reach(TcpState state, bool active) {
  using enum TcpState;
  block_ = {
      .state = state, .iss = origins_.iss, .irs = origins_.irs, .snd_una = origins_.iss, .max_snd_wnd = kPeersWindow};
  block_.active = active;
  peer_next_ = origins_.irs;
  if (state == Closed) return block_;
  if (state == SynSent || active) {
    ConnectOptions options;
    options.local_port = kStack.port;
    socket_ = std::move(TcpSocket::connect(stack_, kPeer, options).value());
    turn();
    if (active) from_peer(kSyn);
  } else {
    listener_ = std::move(TcpListener::listen(stack_, kStack).value());
    turn();
    if (state == SynReceived) from_peer(kSyn);
  }
  if (state != Listen && state != SynSent && state != SynReceived) {
    establish();
    const bool all_acked = state == FinWait2 || state == TimeWait;
    if (!all_acked) write();
    if (state == CloseWait || state == LastAck) finish_from_peer();
    if (state != Established && state != CloseWait) close();
    if (state == Closing) finish_from_peer();
    if (all_acked) block_.snd_una = block_.snd_nxt;
    if (all_acked) from_peer(kAck);
    if (state == TimeWait) finish_from_peer();
  }
  if (block_.state != state && state != Listen) throw std::logic_error("the state was not reached");
  return block_;
}

Outcome Bench::arrive(const Arriving& segment) {
  sent_.clear();
  receive(segment);
  now_ += 50ms;
  turn();
  if (sent_.empty()) return {.state = block_.state};
  const Sent& answer = sent_.front();
  const auto flags = static_cast<std::uint16_t>(answer.flags & (kSyn | kFin | kRst | kAck));
  return {flags, answer.seq, (flags & kAck) != 0 ? answer.ack : 0, block_.state};
}

void Bench::clear() {
  // The latest first: with a reopened TIME-WAIT's new connection the old one comes back.
  const auto numbers = std::exchange(numbers_, {});
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) stack_.evict(*number);
  listener_.reset();
  socket_ = TcpSocket();
  turn();
  numbers_.clear();
}

}  // namespace tunic::arrival
