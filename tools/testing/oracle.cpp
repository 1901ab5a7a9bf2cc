// The one place where libtins judges: parse, write again, compare every octet.
#include "testing/oracle.hpp"

#include <fmt/format.h>
#include <tins/tins.h>

#include <algorithm>
#include <vector>

namespace tunic::testing {

namespace {

/// Into errors with a long quote libtins writes a length (RFC 4884 §5.1) which only those with extensions need. If our
/// checksum is right by libtins' own sum, its header is made like ours.
void forgive_quote_length(std::vector<std::uint8_t>& written, const std::vector<std::uint8_t>& original) {
  constexpr std::size_t kIcmp = 20;
  constexpr std::uint8_t kProtocol = 1;
  if (original.size() < kIcmp + 8 || original.size() != written.size() || original[9] != kProtocol) return;
  const std::uint8_t type = original[kIcmp];
  const bool error = type == 3 || type == 11 || type == 12;
  const bool right = Tins::Utils::sum_range(original.data() + kIcmp, original.data() + original.size()) == 0xffff;
  if (error && right) std::copy_n(original.begin() + kIcmp, 8, written.begin() + kIcmp);
}

}  // namespace

std::optional<std::string> objection_to(std::span<const std::byte> packet) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(packet.data());
  const std::vector<std::uint8_t> original(octets, octets + packet.size());
  try {
    Tins::IP ip(original.data(), static_cast<std::uint32_t>(original.size()));
    if (ip.tot_len() != original.size()) {
      return fmt::format("the total length says {}, the packet has {} octets", ip.tot_len(), original.size());
    }
    // Writing it again computes lengths and checksums: then every octet has to be the same.
    std::vector<std::uint8_t> written = ip.serialize();
    forgive_quote_length(written, original);
    const auto [theirs, ours] = std::ranges::mismatch(written, original);
    if (theirs == written.end() && ours == original.end()) return std::nullopt;
    const auto at = ours - original.begin();
    if (theirs == written.end() || ours == original.end()) {
      return fmt::format("it has {} octets, libtins makes {}", original.size(), written.size());
    }
    return fmt::format("octet {} is {:#04x}, libtins makes {:#04x} (a wrong checksum or length?)", at, *ours, *theirs);
  } catch (const Tins::exception_base& error) {
    return fmt::format("libtins cannot read it: {}", error.what());
  }
}

}  // namespace tunic::testing
