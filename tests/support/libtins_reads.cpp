// libtins_reads FILE…: reads captures with libtins and says what it has against their packets.
//
// The exit status is 1 if there is anything, 2 if a file cannot be read. It shares nothing with the readers of tools/replay.
#include <pcap/pcap.h>
#include <tins/tins.h>

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "testing/oracle.hpp"

namespace {

/// A kernel writes a checksum of TCP that comes out as 0 as 0xffff, which adds up to the same.
void make_checksum_ours(std::vector<std::uint8_t>& packet) {
  constexpr std::uint8_t kTcp = 6;
  constexpr std::size_t kChecksum = 16;
  if (packet.size() < 20 || packet[9] != kTcp) return;
  const std::size_t at = std::size_t{packet[0] & 0x0fU} * 4 + kChecksum;
  if (at + 2 <= packet.size() && packet[at] == 0xff && packet[at + 1] == 0xff) packet[at] = packet[at + 1] = 0;
}

/// How many packets libtins objects to. Those that the snap length has cut are read and not judged.
int objections_in(const char* path, const std::string& source) {
  Tins::SnifferConfiguration only;
  if (!source.empty()) only.set_filter("src host " + source);
  Tins::FileSniffer file(path, only);
  file.set_extract_raw_pdus(true);
  const auto snap_length = static_cast<std::size_t>(pcap_snapshot(file.get_pcap_handle()));
  int objections = 0;
  int number = 0;
  file.sniff_loop([&](Tins::Packet& packet) {
    ++number;
    auto octets = packet.pdu()->rfind_pdu<Tins::RawPDU>().payload();
    if (octets.size() == snap_length) return true;
    make_checksum_ours(octets);
    const auto objection = tunic::testing::objection_to(std::as_bytes(std::span(octets)));
    if (!objection) return true;
    ++objections;
    std::printf("%s: packet %d: %s\n", path, number, objection->c_str());
    return true;
  });
  return objections;
}

}  // namespace

int main(int count, char** words) try {
  const bool named = count > 2 && std::string(words[1]) == "--source";
  const std::string source = named ? words[2] : "";
  int objections = 0;
  for (int i = named ? 3 : 1; i < count; ++i) objections += objections_in(words[i], source);
  return objections == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::printf("%s\n", error.what());
  return 2;
}
