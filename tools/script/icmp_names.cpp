// Two tables.
#include "script/icmp_names.hpp"

#include <array>
#include <charconv>

namespace tunic::script {

namespace {

struct TypeName {
  std::string_view name;
  std::uint8_t type;
};
struct CodeName {
  std::string_view name;
  std::uint8_t type;
  std::uint8_t code;
};

constexpr std::array<TypeName, 7> kTypes{{{"echo_reply", 0},
                                          {"unreachable", 3},
                                          {"source_quench", 4},
                                          {"redirect", 5},
                                          {"echo_request", 8},
                                          {"time_exceeded", 11},
                                          {"parameter_problem", 12}}};

constexpr std::array<CodeName, 18> kCodes{{{"net_unreachable", 3, 0},
                                           {"host_unreachable", 3, 1},
                                           {"protocol_unreachable", 3, 2},
                                           {"port_unreachable", 3, 3},
                                           {"frag_needed", 3, 4},
                                           {"source_route_failed", 3, 5},
                                           {"net_unknown", 3, 6},
                                           {"host_unknown", 3, 7},
                                           {"source_host_isolated", 3, 8},
                                           {"net_prohibited", 3, 9},
                                           {"host_prohibited", 3, 10},
                                           {"net_unreachable_for_tos", 3, 11},
                                           {"host_unreachable_for_tos", 3, 12},
                                           {"packet_filtered", 3, 13},
                                           {"precedence_violation", 3, 14},
                                           {"precedence_cutoff", 3, 15},
                                           {"ttl_exceeded", 11, 0},
                                           {"reassembly_time_exceeded", 11, 1}}};

/// type_N and code_N
std::optional<std::uint8_t> numbered(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint8_t number = 0;
  const auto result = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.empty() || result.ec != std::errc{} || result.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::uint8_t> icmp_type_named(std::string_view name) {
  for (const TypeName& entry : kTypes) {
    if (entry.name == name) return entry.type;
  }
  return numbered("type_", name);
}

std::optional<std::uint8_t> icmp_code_named(std::uint8_t type, std::string_view name) {
  for (const CodeName& entry : kCodes) {
    if (entry.type == type && entry.name == name) return entry.code;
  }
  return numbered("code_", name);
}

}  // namespace tunic::script
