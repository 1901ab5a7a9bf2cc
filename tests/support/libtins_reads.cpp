// libtins_reads FILE…: reads captures with libtins and says what it has against their packets.
//
// The exit status is 1 if there is anything, 2 if a file cannot be read. It shares nothing with the readers of tools/replay.
#include <pcap/pcap.h>
#include <tins/tins.h>

#include <cstdio>
#include <span>
#include <string>

#include "testing/oracle.hpp"

namespace {

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
    const auto& octets = packet.pdu()->rfind_pdu<Tins::RawPDU>().payload();
    if (octets.size() == snap_length) return true;
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
