// See catalog.hpp.
#include "catalog.hpp"

#include <algorithm>

namespace tunic::bench {
namespace {

using enum Measurement;
using enum Contestant;

constexpr std::array<std::string_view, kMeasurements.size()> kMeasurementNames{
    "send",           "receive", "send-8", "receive-8", "round-trip", "connections",
    "connections-64", "crowd",   "pair",   "beside",    "endpoints"};
constexpr std::array<std::string_view, kContestants.size()> kContestantNames{
    "tunic", "tunic-plain", "tunic-spinning", "kernel", "null", "null-plain", "null-spinning"};

constexpr std::string_view kRate = "gbit_per_s";
constexpr std::string_view kCost = "cpu_s_per_gb";
constexpr std::string_view kAnswers = "connections_per_s";

constexpr double kIdleOctets = 128.0 * 1024 * 1024 / 100'000;  // with the application's part of it

constexpr std::array kRows{
    Row{Send, kRate, "send, Gbit/s", 2},
    Row{Send, kCost, "  CPU s/GB", 3},
    Row{Receive, kRate, "receive, Gbit/s", 2},
    Row{Receive, kCost, "  CPU s/GB", 3},
    Row{SendMany, kRate, "send, 8 streams, Gbit/s", 2},
    Row{ReceiveMany, kRate, "receive, 8 streams, Gbit/s", 2},
    Row{RoundTrip, "p50_us", "round trip, p50 us", 1},
    Row{RoundTrip, "p99_us", "round trip, p99 us", 1},
    Row{Connections, kAnswers, "connections/s, in turn", 0},
    Row{ConnectionsMany, kAnswers, "connections/s, 64 at once", 0},
    Row{ConnectionsMany, "failed", "  failed", 0},
    Row{ConnectionsMany, "slowest_ms", "  the slowest, ms", 1},
    Row{Crowd, kAnswers, "  in a crowd, per s", 0},
    Row{Crowd, "failed", "  in a crowd, failed", 0},
    Row{Crowd, "slowest_ms", "  in a crowd, slowest, ms", 1},
    Row{Crowd, "octets_per_idle", "octets per idle connection", 0},
    Row{Pair, kRate, "in memory, Gbit/s", 2},
    Row{Beside, "ns_alone", "  ns per segment, alone", 0},
    Row{Beside, "ns_beside", "  beside idle ones", 0},
    Row{Beside, "ns_spread", "  spread over them", 0},
    Row{Endpoints, "gibibytes", "endpoints in memory, GiB", 3},
    Row{Endpoints, "octets_per_endpoint", "  octets each", 0},
    Row{Endpoints, "set_up_s", "  set-up, s", 2},
    Row{Endpoints, "tear_down_s", "  tear-down, s", 2},
    Row{Endpoints, "left_over", "  left over", 0},
};

constexpr std::array kGoals{
    Goal{"send / kernel", {Send, Tunic, kRate}, Quantity{Send, Kernel, kRate}, true, 0.95},
    Goal{"send / null", {Send, Tunic, kRate}, Quantity{Send, Null, kRate}, true, 0.85},
    Goal{"receive / kernel", {Receive, Tunic, kRate}, Quantity{Receive, Kernel, kRate}, true, 1.0},
    Goal{"receive / null", {Receive, Tunic, kRate}, Quantity{Receive, Null, kRate}, true, 0.85},
    Goal{"send, 8 streams / one", {SendMany, Tunic, kRate}, Quantity{Send, Tunic, kRate}, true, 0.9},
    Goal{"receive, 8 streams / one", {ReceiveMany, Tunic, kRate}, Quantity{Receive, Tunic, kRate}, true, 0.9},
    Goal{"plain: send / null", {Send, TunicPlain, kRate}, Quantity{Send, NullPlain, kRate}, true, 0.9},
    Goal{"plain: receive / null", {Receive, TunicPlain, kRate}, Quantity{Receive, NullPlain, kRate}, true, 0.85},
    Goal{"round trip, p50 / null", {RoundTrip, Tunic, "p50_us"}, Quantity{RoundTrip, Null, "p50_us"}, false, 1.1},
    Goal{"round trip, p50 / kernel", {RoundTrip, Tunic, "p50_us"}, Quantity{RoundTrip, Kernel, "p50_us"}, false, 1.0},
    Goal{"round trip, p99 / null", {RoundTrip, Tunic, "p99_us"}, Quantity{RoundTrip, Null, "p99_us"}, false, 1.25},
    Goal{"spinning: p50 / null spinning",
         {RoundTrip, TunicSpinning, "p50_us"},
         Quantity{RoundTrip, NullSpinning, "p50_us"},
         false,
         1.15},
    Goal{"connections / null", {Connections, Tunic, kAnswers}, Quantity{Connections, Null, kAnswers}, true, 0.95},
    Goal{"connections, 64 / null",
         {ConnectionsMany, Tunic, kAnswers},
         Quantity{ConnectionsMany, Null, kAnswers},
         true,
         0.85},
    Goal{"connections that failed", {ConnectionsMany, Tunic, "failed"}, std::nullopt, false, 0},
    Goal{"in a crowd / without", {Crowd, Tunic, kAnswers}, Quantity{ConnectionsMany, Tunic, kAnswers}, true, 0.9},
    Goal{"octets per idle connection", {Crowd, Tunic, "octets_per_idle"}, std::nullopt, false, kIdleOctets},
    Goal{"send, CPU / null", {Send, Tunic, kCost}, Quantity{Send, Null, kCost}, false, 1.25},
    Goal{"receive, CPU / null", {Receive, Tunic, kCost}, Quantity{Receive, Null, kCost}, false, 1.25},
    Goal{"in memory, Gbit/s", {Pair, Tunic, kRate}, std::nullopt, true, 20},
    Goal{"in memory, beside / alone", {Beside, Tunic, "ns_beside"}, Quantity{Beside, Tunic, "ns_alone"}, false, 1.1},
    Goal{"endpoints, GiB", {Endpoints, Tunic, "gibibytes"}, std::nullopt, false, 1.2},
    Goal{"endpoints, left over", {Endpoints, Tunic, "left_over"}, std::nullopt, false, 0},
};

template <typename Value, std::size_t count>
std::optional<Value> named(const std::array<Value, count>& values, const std::array<std::string_view, count>& names,
                           std::string_view wanted) {
  const auto found = std::ranges::find(names, wanted);
  if (found == names.end()) return std::nullopt;
  return values[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace

std::string_view name(Measurement measurement) {
  return kMeasurementNames[static_cast<std::size_t>(measurement)];
}
std::string_view name(Contestant contestant) {
  return kContestantNames[static_cast<std::size_t>(contestant)];
}
std::optional<Measurement> measurement_named(std::string_view name) {
  return named(kMeasurements, kMeasurementNames, name);
}
std::optional<Contestant> contestant_named(std::string_view name) {
  return named(kContestants, kContestantNames, name);
}

bool is_in_memory(Measurement measurement) {
  return measurement == Pair || measurement == Beside || measurement == Endpoints;
}

bool takes_part(Contestant contestant, Measurement measurement) {
  if (is_in_memory(measurement)) return contestant == Tunic;
  switch (contestant) {
    case Tunic:
    case Kernel:
      return true;
    case TunicPlain:
    case NullPlain:
      return measurement == Send || measurement == Receive;
    case Null:  // of the streams it keeps one, and of idle connections none
      return measurement != SendMany && measurement != ReceiveMany && measurement != Crowd;
    case TunicSpinning:
    case NullSpinning:
      break;
  }
  return measurement == RoundTrip;
}

std::span<const Row> rows() {
  return kRows;
}
std::span<const Goal> goals() {
  return kGoals;
}

}  // namespace tunic::bench
