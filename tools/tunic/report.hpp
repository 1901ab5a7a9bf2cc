// A running stack as others see it: the document that `tunic ss` reads, and the summary at the end of `tunic serve`.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <tunic/observer.hpp>
#include <tunic/stack.hpp>

namespace tunic::command {

/// Counts the packets that an emulated bad link drops, which the stack never sees, and passes every event on.
class LinkDropCounter final : public Observer {
 public:
  /// `next` may be null.
  explicit LinkDropCounter(Observer* next) : next_(next) {}

  void on_event(const Event& event) override;
  std::uint64_t dropped(Why why) const { return drops_[static_cast<std::size_t>(why)]; }

 private:
  Observer* next_;
  std::array<std::uint64_t, kWhyCount> drops_{};
};

struct StackReport {
  int process = 0;
  std::string address;  ///< of the stack, with its prefix
  std::string device;
  StackInfo info;
  Counters counters;  ///< with the drops of the emulated link among the drops
};

/// Connections that are neither waiting in TIME-WAIT nor a listener's.
std::size_t open_connections(const StackInfo& info);

std::string sockets_json(const StackReport& report);
/// One object on one line: connections_open, time_wait, bytes_queued, packet_memory, packets_in, packets_out, bytes_in, bytes_out, drops.
std::string summary_json(const StackReport& report);
std::string summary_text(const StackReport& report);

}  // namespace tunic::command
