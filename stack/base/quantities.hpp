// Numbers of TCP that must not be mistaken for each other. RFC 9293 §3.1, §3.7.1; RFC 7323 §2.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace tunic {

/// The shift of the window scale option, 0..14 (RFC 7323 §2.3: larger ones count as 14).
class WindowScale {
 public:
  static constexpr std::uint8_t kMax = 14;
  constexpr WindowScale() = default;
  constexpr explicit WindowScale(std::uint8_t shift) : shift_(std::min(shift, kMax)) {}
  constexpr std::uint8_t shift() const { return shift_; }
  /// The smallest shift with which `window` octets can be announced.
  static constexpr WindowScale for_window(std::uint32_t window) {
    std::uint8_t shift = 0;
    while (shift < kMax && (window >> shift) > 65535) ++shift;
    return WindowScale(shift);
  }
  friend constexpr auto operator<=>(WindowScale, WindowScale) = default;

 private:
  std::uint8_t shift_ = 0;
};

/// The window field as it is on the wire.
struct RawWindow {
  std::uint16_t value = 0;
  friend constexpr auto operator<=>(RawWindow, RawWindow) = default;
};

/// A window in octets.
struct Window {
  std::uint32_t octets = 0;
  friend constexpr auto operator<=>(Window, Window) = default;
};

constexpr Window scaled(RawWindow raw, WindowScale scale) {
  return Window{std::uint32_t{raw.value} << scale.shift()};
}
/// Rounds down: never announces more than there is.
constexpr RawWindow raw(Window window, WindowScale scale) {
  return RawWindow{static_cast<std::uint16_t>(std::min(window.octets >> scale.shift(), std::uint32_t{65535}))};
}

}  // namespace tunic
