// Time and randomness of the operating system.
#include "tunic/tun/os.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <span>
#include <system_error>

namespace tunic::tun {

namespace {

Duration read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Instant os_now() {
  return Instant(read_clock(CLOCK_MONOTONIC));
}

Duration wall_clock_offset() {
  return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

Seed os_seed() {
  Seed seed;
  std::span<std::byte> missing = std::as_writable_bytes(std::span(seed.words));
  while (!missing.empty()) {
    const ssize_t got = getrandom(missing.data(), missing.size(), 0);
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got > 0) missing = missing.subspan(static_cast<std::size_t>(got));
  }
  return seed;
}

}  // namespace tunic::tun
