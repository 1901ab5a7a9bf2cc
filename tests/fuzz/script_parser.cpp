// Any text is a script, or an error with a place and a sentence.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "script/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto script = tunic::script::parse_script("fuzz.pkt", text, {{"STANDARD", ""}, {"SIZE", "1000"}});
  if (!script && (script.error().message.empty() || script.error().place.line == 0)) __builtin_trap();
  return 0;
}
