// Capture files made octet by octet, also such as no program would write. draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tunic::replay {

using Octets = std::vector<std::byte>;

Octets operator+(Octets left, const Octets& right);
Octets octets(std::initializer_list<int> values);
Octets zeros(std::size_t count);
Octets little16(std::uint16_t value);
Octets little32(std::uint32_t value);

/// The header of a pcap file; times are microseconds.
Octets pcap_header(std::uint32_t link_type);
/// A frame of it: as much of the packet as is given, of `original` octets (0: all).
Octets pcap_frame(std::uint32_t microseconds, const Octets& packet, std::uint32_t original = 0);
/// A block of a pcapng file.
Octets pcapng_block(std::uint32_t type, const Octets& body);

/// An IPv4 packet without a protocol that anybody knows: header and `payload` octets.
Octets some_packet(std::uint16_t payload, int mark = 0);

}  // namespace tunic::replay
