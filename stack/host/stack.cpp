#include <tunic/stack.hpp>

#include "host/host.hpp"

namespace tunic {

Stack::Stack(const Config& config) : host_(std::make_unique<host::Host>(config)) {}
Stack::~Stack() = default;

void Stack::add_address(Ipv4Prefix prefix) {
  host_->add_address(prefix);
}
void Stack::receive(PacketBuffer packet, Instant received_at) {
  host_->receive(std::move(packet), received_at);
}
void Stack::receive(std::span<PacketBuffer> batch, Instant received_at, bool more_wait) {
  host_->receive(batch, received_at, more_wait);
}
bool Stack::flooded() const {
  return host_->flooded();
}
void Stack::advance(Instant now) {
  host_->advance(now);
}
bool Stack::run_ready() {
  return host_->run_ready();
}
void Stack::flush(PacketSink& sink, Budget budget) {
  host_->flush(sink, budget);
}
Instant Stack::next_deadline() const {
  return host_->next_deadline();
}
bool Stack::wants_flush() const {
  return host_->wants_flush();
}
Instant Stack::now() const {
  return host_->now();
}
BlockPool& Stack::pool() {
  return host_->pool();
}
const Config& Stack::config() const {
  return host_->config();
}
void Stack::reconfigure(const Config& config) {
  host_->reconfigure(config);
}
bool Stack::evict(ConnectionNumber number) {
  return host_->evict(number);
}

const Counters& Stack::counters() const {
  return host_->counters();
}
StackInfo Stack::info() const {
  return host_->info();
}
void Stack::observe(Observer* observer) {
  host_->observe(observer);
}

}  // namespace tunic
