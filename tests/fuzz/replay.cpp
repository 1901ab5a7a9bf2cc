// Any capture that can be read is replayed as one of its hosts, in both modes, to an end; and told, and made a script of.
//
// An input is one octet (bit 0: the second host, bit 1: converse) and the capture.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fixture/info.hpp"
#include "fixture/to_script.hpp"
#include "replay/comparison.hpp"
#include "replay/converse.hpp"
#include "replay/ladder.hpp"
#include "replay/plan.hpp"
#include "replay/recording.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tunic::replay;
  if (size == 0) return 0;
  auto reader = CaptureReader::open(std::as_bytes(std::span(data, size)).subspan(1), "fuzz.pcap");
  if (!reader) return 0;
  const auto recording = read_recording(std::move(*reader), "fuzz.pcap");
  if (!recording) return 0;
  const auto hosts = recording->hosts();
  const ReplayEntry entry{.local = hosts[(data[0] & 1) != 0 ? hosts.size() - 1 : 0].to_string()};
  if (tunic::fixture::info_text(*recording, std::nullopt).empty()) __builtin_trap();
  static_cast<void>(tunic::fixture::to_script(*recording, entry, "fuzz"));
  const auto planned = plan_for(*recording, entry, {});
  if (!planned) return 0;
  const auto run = (data[0] & 2) != 0 ? converse(*recording, planned->plan) : inject(*recording, planned->plan);
  for (std::size_t flow = 0; run && flow < recording->flows.size(); ++flow) {
    const Conversation both = conversation(*recording, *run, planned->plan, flow);
    for (const Level level : {Level::Strict, Level::Semantic, Level::Outcome}) {
      if (const auto where = compare(both, level); where && ladder(both, *where).empty()) __builtin_trap();
    }
  }
  return 0;
}
