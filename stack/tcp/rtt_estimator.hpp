// Round-trip time and the retransmission timeout derived from it. RFC 6298.
#pragma once

#include <cstdint>

#include <tunic/config.hpp>
#include <tunic/time.hpp>

namespace tunic::tcp {

class RttEstimator {
 public:
  explicit RttEstimator(const TcpConfig& config) : rto_(config.rto_initial) {}

  /// A valid sample: which ones are valid (Karn's algorithm, §3) is the caller's business. Only a sample ends the backoff.
  void sample(Duration rtt, const TcpConfig& config);
  /// §5.5: the timeout doubles.
  void back_off(const TcpConfig& config);
  /// §5.7: the SYN was resent, so data begins with 3 s.
  void after_syn_timeout(const TcpConfig& config);

  Duration rto() const { return rto_; }
  Duration srtt() const { return srtt_; }
  Duration rttvar() const { return rttvar_; }
  bool has_sample() const { return srtt_ != Duration::zero(); }
  std::uint8_t backoff() const { return backoff_; }

 private:
  void compute(const TcpConfig& config);

  Duration srtt_{};
  Duration rttvar_{};
  Duration rto_;
  std::uint8_t backoff_ = 0;
};

}  // namespace tunic::tcp
