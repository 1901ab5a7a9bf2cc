// Congestion control as an object of its own: it hears what was delivered and lost, and says how much may be in flight.
//
// It knows neither how losses are detected nor what is resent (ARCHITECTURE.md, law 4). All amounts are octets. Integer
// arithmetic only, so that every compiler gives the same window. RFC 5681 §2 for the terms.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tunic/time.hpp>

namespace tunic {

enum class CongestionAlgorithm : std::uint8_t {
  Reno,   ///< RFC 5681
  Cubic,  ///< RFC 9438
};
/// "reno", "cubic"
std::string_view to_string(CongestionAlgorithm algorithm);
std::optional<CongestionAlgorithm> congestion_algorithm_named(std::string_view name);

/// What one arriving ACK said, after loss detection has looked at it.
struct AckSample {
  Instant now;
  std::uint32_t acked = 0;      ///< octets newly acknowledged cumulatively
  std::uint32_t delivered = 0;  ///< octets newly known to have arrived, cumulatively or selectively
  std::optional<Duration> rtt;  ///< a valid RTT sample (Karn's algorithm, RFC 6298 §3)
  bool window_used = true;     ///< in the last round trip the window was what kept more from being sent (RFC 7661 §4.1)
  bool in_recovery = false;    ///< fast recovery goes on: the window is recovery's business, not growth's
  bool after_timeout = false;  ///< the flight of a timeout is being repaired
  bool reordered = false;  ///< segments have come out of order: what is acknowledged selectively lets the window grow
};

class CongestionControl {
 public:
  virtual ~CongestionControl() = default;
  virtual std::string_view name() const = 0;

  virtual void on_ack(const AckSample& sample) = 0;
  /// Once per loss episode. `flight_size`: octets sent and not cumulatively acknowledged (RFC 5681 (4)).
  virtual void on_loss(Instant now, std::uint32_t flight_size) = 0;
  /// `in_flight`: what may still arrive of what was sent. `first`: the reduction is not made yet for this window of data.
  virtual void on_rto(Instant now, std::uint32_t flight_size, std::uint32_t in_flight, bool first) = 0;
  virtual void on_ecn(Instant now, std::uint32_t flight_size) = 0;
  /// The sender was idle for `idle`; `rto` is the current timeout (RFC 5681 §4.1).
  virtual void on_idle(Instant now, Duration idle, Duration rto) = 0;
  /// The last on_loss, on_rto or on_ecn was for nothing.
  virtual void undo() = 0;
  /// Fast recovery without rate reduction has ended (RFC 6675 §5.1, RFC 6582 §3.2 (3)).
  virtual void on_recovered(Instant now, std::uint32_t in_flight) = 0;

  virtual std::uint32_t cwnd() const = 0;
  virtual std::uint32_t ssthresh() const = 0;
  /// Octets per second; nullopt: not paced.
  virtual std::optional<std::uint64_t> pacing_rate() const { return std::nullopt; }
};

}  // namespace tunic
