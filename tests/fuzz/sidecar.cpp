// Any text is a sidecar that can be written and read again, or an error with a sentence.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "replay/sidecar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto sidecar = tunic::replay::parse_sidecar("fuzz.json", text);
  if (!sidecar && !sidecar.error().starts_with("fuzz.json: ")) __builtin_trap();
  if (sidecar && !tunic::replay::parse_sidecar("again.json", tunic::replay::to_json(*sidecar))) __builtin_trap();
  return 0;
}
