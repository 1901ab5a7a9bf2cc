// Time passes in pieces: an alarm in between rings at its own instant.
#include "script/bench.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "script/step.hpp"

namespace tunic::script {

Bench::Bench(Config config, const Ipv4Prefix& local)
    : config_(std::move(config)),
      recorder_(kStart),
      stack_(std::make_unique<Stack>(config_)),
      table_(std::make_unique<SocketTable>(*stack_)) {
  stack_->add_address(local);
  stack_->observe(&recorder_);
  network_.attach(*stack_, recorder_);
  settle();
}

void Bench::reconfigure(Config config) {
  config_ = std::move(config);
  stack_->reconfigure(config_);
}

double Bench::seconds_at(Instant at) {
  return in_seconds(at - kStart);
}

void Bench::set_alarm(Instant at, std::function<void()> wake) {
  alarm_ = wake ? at : kNever;
  wake_ = std::move(wake);
}

void Bench::ring() {
  if (alarm_ > now()) return;
  const auto wake = std::exchange(wake_, {});
  alarm_ = kNever;
  wake();
  settle();
}

void Bench::pass_quietly_until(Instant limit) {
  if (limit > now()) network_.run_for(limit - now());
  settle();
}

void Bench::pass_until(Instant limit) {
  while (alarm_ < limit) {
    pass_quietly_until(alarm_);
    ring();
  }
  pass_quietly_until(limit);
}

bool Bench::pass_until(const std::function<bool()>& reached, Instant limit) {
  while (!reached() && now() < limit) {
    const Instant end = std::min(limit, std::max(alarm_, now()));
    const sim::Outcome outcome = network_.run_until(reached, end);
    if (outcome == sim::Outcome::Livelock) break;
    if (outcome == sim::Outcome::Idle) pass_quietly_until(end);
    settle();
    ring();
  }
  return reached();
}

void Bench::inject(const PacketBuffer& packet) {
  recorder_.received(packet, now());
  const std::vector<std::byte> octets = packet.to_vector();
  stack_->receive(PacketBuffer(Chain(stack_->pool().copy(octets))), now());
  settle();
}

std::optional<LivePacket> Bench::next_packet(Instant limit) {
  settle();
  if (!pass_until([this] { return !recorder_.packets().empty(); }, limit)) return std::nullopt;
  LivePacket packet = std::move(recorder_.packets().front());
  recorder_.packets().pop_front();
  return packet;
}

}  // namespace tunic::script
