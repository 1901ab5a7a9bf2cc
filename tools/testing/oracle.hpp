// libtins as the independent judge of what the stack sends: it parses each packet anew and computes every checksum itself.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace tunic::testing {

/// What libtins has against an IPv4 packet; nothing: well-formed, and all lengths and checksums are right.
std::optional<std::string> objection_to(std::span<const std::byte> packet);

}  // namespace tunic::testing
