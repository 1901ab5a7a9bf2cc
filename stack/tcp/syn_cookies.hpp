// SYN cookies: the numbers of a SYN-ACK say all that would have been remembered. RFC 4987 §3.6 and appendix A.
//
// The ISS holds the period, the peer's MSS as one of eight, and a keyed hash of both with addresses, ports and the peer's ISN.
// Where the peer has timestamps, the low bits of our TSval hold the other options, since the peer echoes them. Nothing is
// stored, however many SYNs come. Every period has a secret of its own. It must not know listeners.
#pragma once

#include <cstdint>
#include <optional>

#include <tunic/address.hpp>
#include <tunic/time.hpp>

#include "base/seq_num.hpp"
#include "base/siphash.hpp"
#include "tcp/handshake.hpp"

namespace tunic::tcp {

class SynCookies {
 public:
  /// A cookie is good in the period in which it was made and in the next one.
  static constexpr Duration kPeriod = std::chrono::seconds(64);
  static constexpr Duration kLifetime = 2 * kPeriod;

  explicit SynCookies(SipKey secret = {}) : secret_(secret) {}

  /// The ISS for the SYN with the number `irs`. `mss` is rounded down to what a cookie can say; see fit().
  SeqNum make(const Endpoint& local, const Endpoint& remote, SeqNum irs, std::uint16_t mss, Instant now) const;
  /// The MSS, if `iss` is a cookie of ours for this SYN and not outdated.
  std::optional<std::uint16_t> check(const Endpoint& local, const Endpoint& remote, SeqNum irs, SeqNum iss,
                                     Instant now) const;

  /// What of `agreed` survives in a cookie: without timestamps only a rounded MSS.
  static Agreement fit(Agreement agreed);
  /// The TSval of the SYN-ACK: at most 63 ticks before `value`, and its low bits name the options.
  static std::uint32_t put_options(std::uint32_t value, const Agreement& agreed);
  /// From the TSecr that came back.
  static void take_options(std::uint32_t echo, Agreement& agreed);

 private:
  struct Hashed {
    std::uint64_t tuple;
    std::uint32_t veil;  ///< over the fields, so that the ISS tells nothing at all
  };
  Hashed hash(const Endpoint& local, const Endpoint& remote, SeqNum irs) const;
  std::uint32_t seal(std::uint64_t tuple, std::uint64_t period, std::uint32_t index) const;

  SipKey secret_;
};

}  // namespace tunic::tcp
