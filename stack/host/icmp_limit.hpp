// How many ICMP errors this host sends. RFC 1812 §4.3.2.8.
//
// A token bucket: so many a second, and as many at once after a pause. Now and then an error costs two tokens, so that
// nobody can count what others have caused by what is left for him (CVE-2020-25705).
#pragma once

#include <cstdint>

#include <tunic/time.hpp>

#include "base/random.hpp"

namespace tunic::host {

class IcmpLimit {
 public:
  IcmpLimit(std::uint32_t per_second, const Seed& seed)
      : random_(seed, Purpose::IcmpLimit), per_second_(per_second), tokens_(per_second) {}
  bool allow(Instant now);

 private:
  Random random_;
  std::uint32_t per_second_;
  std::uint32_t tokens_;
  Instant filled_{};  // up to here time has been turned into tokens
};

}  // namespace tunic::host
