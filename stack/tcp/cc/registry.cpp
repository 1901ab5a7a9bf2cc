#include "tcp/cc/registry.hpp"

#include <algorithm>

#include "tcp/cc/reno.hpp"

namespace tunic::cc {

std::unique_ptr<CongestionControl> make(std::string_view name, std::uint32_t smss, std::uint32_t initial_window) {
  if (name == "reno") return std::make_unique<Reno>(smss, initial_window);
  return nullptr;
}

std::uint32_t initial_window(std::uint32_t smss, std::uint32_t segments) {
  return std::min(segments * smss, std::max(2 * smss, segments * 1460));
}

}  // namespace tunic::cc
