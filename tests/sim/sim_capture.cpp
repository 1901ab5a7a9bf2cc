// Example: sim_capture --seed 7 --out hostile.pcap
//
// Runs the hostile link of a seed (or of several, --seeds A..B, one after the other in one file) and writes every packet that
// either stack sent as a pcap of raw IP packets. The same seed gives the same bytes with every compiler (law 1).
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/sim/hostile.hpp"
#include "text/capture.hpp"

namespace {

constexpr int kUsageError = 2;

struct Arguments {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string out;
};

bool read_number(std::string_view text, std::uint64_t& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

bool read_arguments(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view value = argv[i + 1];
    if (option == "--out") {
      arguments.out = value;
    } else if (option == "--seed") {
      if (!read_number(value, arguments.first)) return false;
      arguments.last = arguments.first;
    } else if (option == "--seeds") {
      const auto dots = value.find("..");
      if (dots == std::string_view::npos || !read_number(value.substr(0, dots), arguments.first) ||
          !read_number(value.substr(dots + 2), arguments.last)) {
        return false;
      }
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && !arguments.out.empty() && arguments.first > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!read_arguments(argc, argv, arguments)) {
    std::fputs(
        "Example: sim_capture --seed 7 --out hostile.pcap\n         sim_capture --seeds 1..20 --out hostile.pcap\n",
        stderr);
    return kUsageError;
  }
  std::ofstream file(arguments.out, std::ios::binary);
  tunic::PcapWriter writer([&file](std::span<const std::byte> bytes) {
    file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  });
  bool all_held = true;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    const auto result = tunic::test::run_hostile(
        seed, {.on_packet = [&](const tunic::PacketBuffer& packet, tunic::Instant now) { writer.write(now, packet); }});
    if (!result.failure.empty()) {
      std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), result.failure.c_str());
      all_held = false;
    }
  }
  file.flush();
  if (!file) {
    std::fprintf(stderr, "cannot write %s\n", arguments.out.c_str());
    return 1;
  }
  return all_held ? 0 : 1;
}
