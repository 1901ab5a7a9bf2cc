#include "tcp/syn_cookies.hpp"

#include <algorithm>
#include <array>

namespace tunic::tcp {

namespace {

// The ISS: 2 bits of the period, 3 of the MSS, 27 of the seal.
constexpr std::uint32_t kPeriodShift = 30;
constexpr std::uint32_t kIndexShift = 27;
constexpr std::uint32_t kSealMask = (std::uint32_t{1} << kIndexShift) - 1;
constexpr std::uint32_t kPeriods = 4;

/// What peers offer: the floor, no option at all, tunnels of several kinds, Ethernet, jumbo frames.
constexpr std::array<std::uint16_t, 8> kMss{48, 536, 1220, 1300, 1400, 1440, 1460, 8960};

// The low bits of the timestamp.
constexpr std::uint32_t kOptionBits = 63;
constexpr std::uint32_t kScaleBits = 15;
constexpr std::uint32_t kNoScale = 15;
constexpr std::uint32_t kSack = 16;
constexpr std::uint32_t kEcn = 32;

std::uint32_t index_of(std::uint16_t mss) {
  const auto above = std::ranges::upper_bound(kMss, mss);
  return above == kMss.begin() ? 0 : static_cast<std::uint32_t>(above - kMss.begin() - 1);
}

std::uint64_t period_of(Instant now) {
  return static_cast<std::uint64_t>(now.time_since_epoch() / SynCookies::kPeriod);
}

}  // namespace

SynCookies::Hashed SynCookies::hash(const Endpoint& local, const Endpoint& remote, SeqNum irs) const {
  const std::uint64_t addresses = std::uint64_t{local.address.value()} << 32 | remote.address.value();
  const std::uint64_t rest = std::uint64_t{local.port} << 48 | std::uint64_t{remote.port} << 32 | irs.value();
  const std::uint64_t tuple = siphash24(secret_, addresses, rest);
  return {tuple, static_cast<std::uint32_t>(siphash24(secret_, tuple, 0)) & ~kSealMask};
}

std::uint32_t SynCookies::seal(std::uint64_t tuple, std::uint64_t period, std::uint32_t index) const {
  const SipKey of_period{siphash24(secret_, period, 1), siphash24(secret_, period, 2)};
  return static_cast<std::uint32_t>(siphash24(of_period, tuple, index)) & kSealMask;
}

SeqNum SynCookies::make(const Endpoint& local, const Endpoint& remote, SeqNum irs, std::uint16_t mss,
                        Instant now) const {
  const Hashed hashed = hash(local, remote, irs);
  const std::uint64_t period = period_of(now);
  const std::uint32_t index = index_of(mss);
  const std::uint32_t fields = static_cast<std::uint32_t>(period % kPeriods) << kPeriodShift | index << kIndexShift;
  return SeqNum((fields ^ hashed.veil) | seal(hashed.tuple, period, index));
}

std::optional<std::uint16_t> SynCookies::check(const Endpoint& local, const Endpoint& remote, SeqNum irs, SeqNum iss,
                                               Instant now) const {
  const Hashed hashed = hash(local, remote, irs);
  const std::uint32_t fields = (iss.value() ^ hashed.veil) & ~kSealMask;
  const std::uint32_t index = fields >> kIndexShift & 7;
  const std::uint64_t current = period_of(now);
  const std::uint64_t age = (current - (fields >> kPeriodShift)) % kPeriods;
  if (age > 1 || age > current) return std::nullopt;
  if ((iss.value() & kSealMask) != seal(hashed.tuple, current - age, index)) return std::nullopt;
  return kMss[index];
}

Agreement SynCookies::fit(Agreement agreed) {
  agreed.snd_mss = std::min(agreed.snd_mss, kMss[index_of(agreed.snd_mss)]);
  if (!agreed.timestamps) {
    agreed.window_scaling = agreed.sack = agreed.ecn = false;
    agreed.snd_shift = WindowScale();
  }
  return agreed;
}

std::uint32_t SynCookies::put_options(std::uint32_t value, const Agreement& agreed) {
  std::uint32_t bits = agreed.window_scaling ? agreed.snd_shift.shift() : kNoScale;
  if (agreed.sack) bits |= kSack;
  if (agreed.ecn) bits |= kEcn;
  const std::uint32_t marked = (value & ~kOptionBits) | bits;
  const bool ahead = bits > (value & kOptionBits);  // timestamps must not run backwards afterwards
  return ahead ? marked - (kOptionBits + 1) : marked;
}

void SynCookies::take_options(std::uint32_t echo, Agreement& agreed) {
  const std::uint32_t scale = echo & kScaleBits;
  agreed.window_scaling = scale != kNoScale;
  agreed.snd_shift = agreed.window_scaling ? WindowScale(static_cast<std::uint8_t>(scale)) : WindowScale();
  agreed.sack = (echo & kSack) != 0;
  agreed.ecn = (echo & kEcn) != 0;
}

}  // namespace tunic::tcp
