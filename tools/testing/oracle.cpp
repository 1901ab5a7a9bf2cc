// The one place where libtins judges: parse, write again, compare every octet.
#include "testing/oracle.hpp"

#include <fmt/format.h>
#include <tins/tins.h>

#include <algorithm>
#include <vector>

namespace tunic::testing {

std::optional<std::string> objection_to(std::span<const std::byte> packet) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(packet.data());
  const std::vector<std::uint8_t> original(octets, octets + packet.size());
  try {
    Tins::IP ip(original.data(), static_cast<std::uint32_t>(original.size()));
    if (ip.tot_len() != original.size()) {
      return fmt::format("the total length says {}, the packet has {} octets", ip.tot_len(), original.size());
    }
    // Writing it again computes lengths and checksums: then every octet has to be the same.
    const std::vector<std::uint8_t> written = ip.serialize();
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
