// See ping_report.hpp.
#include "ping_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace tunic::command {
namespace {

constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kHeaders = 20 + kIcmpHeader;

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

double milliseconds(Duration duration) {
  return static_cast<double>(microseconds(duration)) / 1000;
}

/// As many digits as are worth reading.
std::string short_time(Duration duration) {
  const double time = milliseconds(duration);
  return fmt::format("{:.{}f}", time, time < 1 ? 3 : time < 10 ? 2 : time < 100 ? 1 : 0);
}

double loss_percent(const PingStatistics& statistics) {
  if (statistics.sent == 0) return 0;
  return 100.0 * (statistics.sent - statistics.received) / statistics.sent;
}

std::string unreachable(std::uint8_t code, std::uint16_t mtu) {
  constexpr std::array<const char*, 16> kMeanings{"Destination Net Unreachable",
                                                  "Destination Host Unreachable",
                                                  "Destination Protocol Unreachable",
                                                  "Destination Port Unreachable",
                                                  "",
                                                  "Source Route Failed",
                                                  "Destination Net Unknown",
                                                  "Destination Host Unknown",
                                                  "Source Host Isolated",
                                                  "Destination Net Prohibited",
                                                  "Destination Host Prohibited",
                                                  "Destination Net Unreachable for Type of Service",
                                                  "Destination Host Unreachable for Type of Service",
                                                  "Packet filtered",
                                                  "Precedence Violation",
                                                  "Precedence Cutoff"};
  constexpr std::uint8_t kTooBig = 4;
  if (code == kTooBig) return fmt::format("Frag needed and DF set (mtu = {})", mtu);
  return code < kMeanings.size() ? kMeanings[code] : fmt::format("Destination Unreachable, code {}", code);
}

}  // namespace

void PingStatistics::add(Duration round_trip) {
  min_ = std::min(min_, round_trip);
  max_ = std::max(max_, round_trip);
  const auto time = static_cast<double>(round_trip.count());
  ++times_;
  sum_ += time;
  sum_squared_ += time * time;
}

Duration PingStatistics::average() const {
  return Duration(times_ == 0 ? 0 : std::llround(sum_ / static_cast<double>(times_)));
}

Duration PingStatistics::deviation() const {
  if (times_ == 0) return {};
  const double mean = sum_ / static_cast<double>(times_);
  return Duration(std::llround(std::sqrt(std::max(0.0, sum_squared_ / static_cast<double>(times_) - mean * mean))));
}

std::string icmp_meaning(const EchoAnswer& error) {
  constexpr std::uint8_t kUnreachable = 3;
  constexpr std::uint8_t kTimeExceeded = 11;
  constexpr std::uint8_t kParameterProblem = 12;
  if (error.type == kUnreachable) return unreachable(error.code, error.next_hop_mtu);
  if (error.type == kTimeExceeded)
    return error.code == 0 ? "Time to live exceeded" : "Fragment reassembly time exceeded";
  if (error.type == kParameterProblem) return "Parameter problem";
  return fmt::format("ICMP type {} code {}", error.type, error.code);
}

std::string ping_heading(Ipv4Address host, std::uint32_t size) {
  return fmt::format("PING {} {}({}) bytes of data.\n", host.to_string(), size, size + kHeaders);
}

std::string reply_line(const PingReply& reply) {
  const EchoAnswer& answer = reply.answer;
  std::string line = fmt::format("{} bytes from {}: icmp_seq={} ttl={}", answer.size + kIcmpHeader,
                                 answer.source.to_string(), answer.sequence, answer.ttl);
  if (reply.round_trip) line += fmt::format(" time={} ms", short_time(*reply.round_trip));
  if (reply.duplicate) line += " (DUP!)";
  if (reply.other_data) line += " (OTHER DATA than was sent)";
  return line + "\n";
}

std::string error_line(const EchoAnswer& error) {
  return fmt::format("From {} icmp_seq={} {}\n", error.source.to_string(), error.sequence, icmp_meaning(error));
}

std::string ping_summary(Ipv4Address host, const PingStatistics& statistics, Duration elapsed) {
  std::string text = fmt::format("\n--- {} ping statistics ---\n{} packets transmitted, {} received", host.to_string(),
                                 statistics.sent, statistics.received);
  if (statistics.duplicates > 0) text += fmt::format(", +{} duplicates", statistics.duplicates);
  if (statistics.errors > 0) text += fmt::format(", +{} errors", statistics.errors);
  text += fmt::format(", {:.4g}% packet loss, time {}ms\n", loss_percent(statistics), microseconds(elapsed) / 1000);
  if (statistics.received == 0) return text;
  return text + fmt::format("rtt min/avg/max/mdev = {:.3f}/{:.3f}/{:.3f}/{:.3f} ms\n", milliseconds(statistics.min()),
                            milliseconds(statistics.average()), milliseconds(statistics.max()),
                            milliseconds(statistics.deviation()));
}

std::string reply_json(const PingReply& reply) {
  const EchoAnswer& answer = reply.answer;
  std::string line = fmt::format(R"({{"ev":"reply","from":"{}","seq":{},"bytes":{},"ttl":{})",
                                 answer.source.to_string(), answer.sequence, answer.size + kIcmpHeader, answer.ttl);
  if (reply.round_trip) line += fmt::format(R"(,"rtt_us":{})", microseconds(*reply.round_trip));
  return line + fmt::format(R"(,"duplicate":{},"other_data":{}}})", reply.duplicate, reply.other_data) + "\n";
}

std::string error_json(const EchoAnswer& error) {
  return fmt::format(R"({{"ev":"error","from":"{}","seq":{},"type":{},"code":{},"mtu":{},"text":"{}"}})",
                     error.source.to_string(), error.sequence, error.type, error.code, error.next_hop_mtu,
                     icmp_meaning(error)) +
         "\n";
}

std::string ping_summary_json(Ipv4Address host, const PingStatistics& statistics, Duration elapsed) {
  std::string line =
      fmt::format(R"({{"summary":"end of pinging","host":"{}","sent":{},"received":{},"duplicates":{},"errors":{},)"
                  R"("loss_percent":{:.4g},"time_us":{})",
                  host.to_string(), statistics.sent, statistics.received, statistics.duplicates, statistics.errors,
                  loss_percent(statistics), microseconds(elapsed));
  if (statistics.received > 0) {
    line += fmt::format(R"(,"rtt_us":{{"min":{},"avg":{},"max":{},"mdev":{}}})", microseconds(statistics.min()),
                        microseconds(statistics.average()), microseconds(statistics.max()),
                        microseconds(statistics.deviation()));
  }
  return line + "}\n";
}

}  // namespace tunic::command
