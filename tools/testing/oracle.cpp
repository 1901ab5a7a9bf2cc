// The one place where libtins judges: parse, write again, compare every octet.
#include "testing/oracle.hpp"

#include <fmt/format.h>
#include <tins/tins.h>

#include <algorithm>
#include <vector>

#include "base/checksum.hpp"
#include "base/endian.hpp"

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

/// A UDP checksum of 0 says that there is none (RFC 768); libtins would write one.
void forgive_missing_checksum(std::vector<std::uint8_t>& written, const std::vector<std::uint8_t>& original) {
  constexpr std::size_t kChecksum = 20 + 6;
  constexpr std::uint8_t kProtocol = 17;
  if (original.size() < 28 || original.size() != written.size() || original[9] != kProtocol) return;
  if (original[kChecksum] == 0 && original[kChecksum + 1] == 0) written[kChecksum] = written[kChecksum + 1] = 0;
}

/// libtins can't write an option without a value (a request for a Fast Open cookie): in the copy that it judges two nops
/// stand for it, and the checksum follows (RFC 1624).
void replace_empty_options(std::vector<std::uint8_t>& packet) {
  constexpr std::size_t kTcp = 20;
  constexpr std::uint8_t kProtocol = 6;
  if (packet.size() < kTcp + 20 || packet[0] != 0x45 || packet[9] != kProtocol) return;
  const std::size_t end = std::min(packet.size(), kTcp + std::size_t{packet[kTcp + 12]} / 16 * 4);
  for (std::size_t at = kTcp + 20; at + 1 < end && packet[at] != 0;) {
    const std::size_t length = packet[at] == 1 ? 1 : packet[at + 1];
    if (length == 0) return;
    if (packet[at] != 1 && length == 2 && packet[at] != 4 && at % 2 == 0) {
      auto* const checksum = reinterpret_cast<std::byte*>(packet.data() + kTcp + 16);
      const auto option = static_cast<std::uint16_t>(packet[at] << 8 | packet[at + 1]);
      store_be16(checksum, checksum_update(load_be16(checksum), option, 0x0101));
      packet[at] = packet[at + 1] = 1;
    }
    at += length;
  }
}

}  // namespace

std::optional<std::string> objection_to(std::span<const std::byte> packet) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(packet.data());
  std::vector<std::uint8_t> original(octets, octets + packet.size());
  replace_empty_options(original);
  try {
    Tins::IP ip(original.data(), static_cast<std::uint32_t>(original.size()));
    if (ip.tot_len() != original.size()) {
      return fmt::format("the total length says {}, the packet has {} octets", ip.tot_len(), original.size());
    }
    // Writing it again computes lengths and checksums: then every octet has to be the same.
    std::vector<std::uint8_t> written = ip.serialize();
    forgive_quote_length(written, original);
    forgive_missing_checksum(written, original);
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
