// The octets of a fuzzer's input, taken one after the other; when they are used up everything is 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tunic::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t octet() {
    const auto taken = octets(1);
    return taken.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(taken[0]);
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(octet() << 8 | octet()); }
  std::uint32_t number() { return std::uint32_t{word()} << 16 | word(); }
  /// 0 to `limit`, inclusive.
  std::uint32_t up_to(std::uint32_t limit) { return word() % (limit + 1); }
  std::span<const std::byte> octets(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> rest() { return octets(rest_.size()); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace tunic::fuzz
