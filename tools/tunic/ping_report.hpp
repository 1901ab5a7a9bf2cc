// What `tunic ping` says, in the words of other pings, or as JSON lines. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tunic/echo_socket.hpp>

namespace tunic::command {

/// Round-trip times in sum. Times are less than an hour, requests less than 2^32.
class PingStatistics {
 public:
  void add(Duration round_trip);

  std::uint32_t sent = 0;
  std::uint32_t received = 0;  ///< requests that were answered
  std::uint32_t duplicates = 0;
  std::uint32_t errors = 0;  ///< ICMP errors, and requests too long to be sent

  Duration min() const { return min_; }
  Duration max() const { return max_; }
  Duration average() const;
  /// The standard deviation.
  Duration deviation() const;

 private:
  Duration min_ = Duration::max();
  Duration max_{};
  std::uint64_t times_ = 0;
  double sum_ = 0;          // of nanoseconds
  double sum_squared_ = 0;  // of their squares
};

/// A reply beside its request.
struct PingReply {
  EchoAnswer answer;
  std::optional<Duration> round_trip;  ///< nullopt: no such request is known
  bool duplicate = false;
  bool other_data = false;  ///< than was sent
};

/// "Destination Host Unreachable": what an ICMP error says.
std::string icmp_meaning(const EchoAnswer& error);

std::string ping_heading(Ipv4Address host, std::uint32_t size);
std::string reply_line(const PingReply& reply);
std::string error_line(const EchoAnswer& error);
/// `elapsed`: from the first request to the end.
std::string ping_summary(Ipv4Address host, const PingStatistics& statistics, Duration elapsed);

std::string reply_json(const PingReply& reply);
std::string error_json(const EchoAnswer& error);
std::string ping_summary_json(Ipv4Address host, const PingStatistics& statistics, Duration elapsed);

}  // namespace tunic::command
