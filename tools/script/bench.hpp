// The stack under test, alone in virtual time: what the script injects arrives at once, what the stack sends is kept until
// somebody asks for it. It must not know scripts.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <tunic/config.hpp>
#include <tunic/socket_table.hpp>
#include <tunic/stack.hpp>

#include "script/recorder.hpp"
#include "sim/network.hpp"

namespace tunic::script {

class Bench {
 public:
  Bench(Config config, const Ipv4Prefix& local);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() { stack_->observe(nullptr); }

  Stack& stack() { return *stack_; }
  SocketTable& table() { return *table_; }
  Recorder& recorder() { return recorder_; }
  const Recorder& recorder() const { return recorder_; }

  const Config& config() const { return config_; }
  void reconfigure(Config config);

  // ---- Time ----

  static constexpr Instant kStart = sim::Network::kStart;
  Instant now() const { return network_.now(); }
  /// Since the start of the script, as people read it.
  static double seconds_at(Instant at);

  /// Does all that can be done at this instant.
  void settle() { network_.settle(); }
  void pass_until(Instant limit);
  /// Lets time pass until `reached` or the limit; what it came to.
  bool pass_until(const std::function<bool()>& reached, Instant limit);
  /// Calls `wake` when this instant has come, whatever time is passed for; {} forgets it. There is one alarm.
  void set_alarm(Instant at, std::function<void()> wake);

  // ---- Packets ----

  void inject(const PacketBuffer& packet);
  /// The next packet that the stack sends, if it does so up to `limit`.
  std::optional<LivePacket> next_packet(Instant limit);
  /// Gives back what was taken too early.
  void put_back(LivePacket packet) { recorder_.packets().push_front(std::move(packet)); }

 private:
  void pass_quietly_until(Instant limit);
  void ring();

  Config config_;
  Recorder recorder_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<SocketTable> table_;
  sim::Network network_;
  Instant alarm_ = kNever;
  std::function<void()> wake_;
};

}  // namespace tunic::script
