// The names that scripts have for ICMP types and codes. RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tunic::script {

std::optional<std::uint8_t> icmp_type_named(std::string_view name);
std::optional<std::uint8_t> icmp_code_named(std::uint8_t type, std::string_view name);

}  // namespace tunic::script
