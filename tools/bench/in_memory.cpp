// See in_memory.hpp.
#include "in_memory.hpp"

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "machine.hpp"
#include "memory_pair.hpp"
#include "services/session.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kWrite = std::size_t{64} * 1024;
constexpr std::size_t kSegment = 1460 - 12;  // with timestamps
constexpr double kNano = 1e9;
constexpr double kGibi = 1024.0 * 1024 * 1024;

/// Keeps the first connection of a pair busy.
class BusyConnection {
 public:
  explicit BusyConnection(MemoryPair& pair) : pair_(pair), text_(kWrite) {
    pair_.left_sockets().front().on_ready([this](Readiness) {
      while (pair_.left_sockets().front().write_some(text_)) {
      }
    });
    pair_.right_sockets().front().on_ready(
        [this](Readiness) { services::discard_input(pair_.right_sockets().front()); });
  }
  BusyConnection(const BusyConnection&) = delete;
  BusyConnection& operator=(const BusyConnection&) = delete;
  /// Lets what is on the way arrive: afterwards the pair is idle again.
  ~BusyConnection() {
    pair_.left_sockets().front().on_ready({});
    for (auto left = pair_.left_sockets().front().info(); left && left->unsent + left->unacked > 0;
         left = pair_.left_sockets().front().info()) {
      pair_.turn();
    }
    pair_.right_sockets().front().on_ready({});
  }

  void run(double seconds) {
    const double began = seconds_now();
    while (seconds_now() - began < seconds) pair_.turn();
  }
  double octets() const {
    const auto info = pair_.right_sockets().front().info();
    return info ? static_cast<double>(info->bytes_in) : 0;
  }
  /// Of the machine's time, for each segment of either side.
  double nanoseconds_per_segment(double seconds) {
    const double packets = pair_.packets();
    const double began = seconds_now();
    run(seconds);
    return (seconds_now() - began) * kNano / (pair_.packets() - packets);
  }

 private:
  MemoryPair& pair_;
  std::vector<std::byte> text_;
};

/// Each connection in turn sends one segment, which is read.
double spread(MemoryPair& pair, double seconds) {
  constexpr std::size_t kBatch = 64;
  const std::array<std::byte, kSegment> text{};
  std::array<std::byte, 2 * kSegment> room;
  const double packets = pair.packets();
  const double began = seconds_now();
  while (seconds_now() - began < seconds) {
    for (std::size_t begin = 1; begin < pair.left_sockets().size(); begin += kBatch) {
      const std::size_t end = std::min(begin + kBatch, pair.left_sockets().size());
      for (std::size_t i = begin; i < end; ++i) {
        if (!pair.left_sockets()[i].write_some(text)) throw std::runtime_error("an idle connection takes no data");
      }
      pair.turn();
      pair.turn();
      for (std::size_t i = begin; i < end; ++i) {
        if (pair.right_sockets()[i].read_some(room) != kSegment) throw std::runtime_error("a segment has not arrived");
      }
    }
  }
  return (seconds_now() - began) * kNano / (pair.packets() - packets);
}

}  // namespace

Observed measure_pair(const Load& load) {
  MemoryPair pair(1);
  pair.open(1);
  BusyConnection busy(pair);
  busy.run(load.warm_up);
  const Observation observation;
  const double before = busy.octets();
  busy.run(load.seconds);
  const double octets = busy.octets() - before;
  const auto result = observation.stop();
  if (octets <= 0) throw std::runtime_error("nothing has arrived");
  return {{{"gbit_per_s", octets * 8 / result.seconds / kNano}}, result.disturbance};
}

Observed measure_beside(const Load& load) {
  const Observation observation;
  MemoryPair pair(1 + load.idle);
  pair.open(1);
  Observed observed;
  {
    BusyConnection busy(pair);
    busy.run(load.warm_up);
    observed.metrics["ns_alone"] = busy.nanoseconds_per_segment(load.seconds);
  }
  pair.open(load.idle);
  {
    BusyConnection busy(pair);
    busy.run(load.warm_up);
    observed.metrics["ns_beside"] = busy.nanoseconds_per_segment(load.seconds);
  }
  observed.metrics["ns_spread"] = spread(pair, load.seconds);
  observed.disturbance = observation.stop().disturbance;
  return observed;
}

Observed measure_endpoints(const Load& load) {
  const std::size_t connections = std::size_t{5} * load.idle;
  const auto endpoints = static_cast<double>(2 * connections);
  const Observation observation;
  MemoryPair pair(connections);
  const double before = resident_octets(getpid());
  const double began = observation.elapsed();
  pair.open(connections);
  const double opened = observation.elapsed();
  const double octets = resident_octets(getpid()) - before;
  pair.close();
  const double closed = observation.elapsed();
  return {{{"gibibytes", octets / kGibi},
           {"octets_per_endpoint", octets / endpoints},
           {"set_up_s", opened - began},
           {"tear_down_s", closed - opened},
           {"left_over", pair.held()}},
          observation.stop().disturbance};
}

}  // namespace tunic::bench
