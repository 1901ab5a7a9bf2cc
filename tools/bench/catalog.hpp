// What is measured and who takes part: names, rows of the table, goals. Data alone; it must not know how anything is measured.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tunic::bench {

enum class Measurement : std::uint8_t {
  Send,      ///< the server sends, one stream
  Receive,   ///< the server receives, one stream
  SendMany,  ///< the same with eight streams
  ReceiveMany,
  RoundTrip,        ///< one octet there and back
  Connections,      ///< request and answer on a connection of its own each, one after the other
  ConnectionsMany,  ///< 64 of them at any time
  Crowd,            ///< the same beside idle connections and TIME-WAIT entries
  Pair,             ///< two stacks in one process, one stream
  Beside,           ///< the same beside idle connections
  Endpoints,        ///< very many idle connections between them
};
inline constexpr std::array kMeasurements{
    Measurement::Send,      Measurement::Receive,     Measurement::SendMany,        Measurement::ReceiveMany,
    Measurement::RoundTrip, Measurement::Connections, Measurement::ConnectionsMany, Measurement::Crowd,
    Measurement::Pair,      Measurement::Beside,      Measurement::Endpoints};

enum class Contestant : std::uint8_t {
  Tunic,          ///< the stack with its services on a TUN device
  TunicPlain,     ///< the same without offloads
  TunicSpinning,  ///< with offloads, looking for the next packet instead of sleeping (--busy-poll)
  Kernel,         ///< the kernel's TCP over a veth pair
  Null,           ///< no stack at all: answers from the segment's own numbers, with the device's offloads
  NullPlain,      ///< the same without offloads, checksums verified and computed
  NullSpinning,   ///< the same with offloads, never waiting for the device
};
inline constexpr std::array kContestants{Contestant::Tunic,       Contestant::TunicPlain, Contestant::TunicSpinning,
                                         Contestant::Kernel,      Contestant::Null,       Contestant::NullPlain,
                                         Contestant::NullSpinning};

/// As --only takes them.
std::string_view name(Measurement measurement);
std::string_view name(Contestant contestant);
std::optional<Measurement> measurement_named(std::string_view name);
std::optional<Contestant> contestant_named(std::string_view name);
bool takes_part(Contestant contestant, Measurement measurement);
/// Needs nothing of the machine: the stack meets itself.
bool is_in_memory(Measurement measurement);

/// What one run gives, by name: "gbit_per_s", "p50_us", …
using Metrics = std::map<std::string, double, std::less<>>;

/// A line of the table.
struct Row {
  Measurement measurement;
  std::string_view metric;
  std::string_view label;
  int decimals;
};
std::span<const Row> rows();

/// One number of the table.
struct Quantity {
  Measurement measurement;
  Contestant contestant;
  std::string_view metric;
};

/// A bound on a number, or on its ratio to another one.
struct Goal {
  std::string_view text;
  Quantity quantity;
  std::optional<Quantity> against;
  bool at_least;
  double limit;
};
std::span<const Goal> goals();

}  // namespace tunic::bench
