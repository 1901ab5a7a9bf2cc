// The secrets of a Fast Open server. RFC 7413 §4.1.2, §5.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace tunic {

/// Cookies are made with `primary`. Those made with `backup` are still believed, and replaced: so keys can be changed
/// without turning clients away, and shared by all servers behind one address.
struct FastOpenKeys {
  using Key = std::array<std::byte, 16>;
  Key primary{};
  std::optional<Key> backup;

  friend bool operator==(const FastOpenKeys&, const FastOpenKeys&) = default;
};

}  // namespace tunic
