// Any file is a capture up to some frame, and then it ends or says what is wrong.
#include <cstddef>
#include <cstdint>
#include <span>

#include "replay/capture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto reader = tunic::replay::CaptureReader::open(std::as_bytes(std::span(data, size)), "fuzz.pcap");
  if (!reader && !reader.error().starts_with("fuzz.pcap: ")) __builtin_trap();
  std::uint64_t count = 0;
  while (reader) {
    const auto frame = reader->next();
    if (!frame || !*frame) break;
    const bool sound = (*frame)->number == ++count && (*frame)->present <= (*frame)->packet.size() &&
                       (*frame)->packet.size() <= 65535 && (*frame)->at.count() >= 0;
    if (!sound) __builtin_trap();
  }
  return 0;
}
