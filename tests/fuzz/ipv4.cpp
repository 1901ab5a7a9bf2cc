// Packets of any kind, in a row, and time between them: headers, options, fragments in all orders.
//
// An input is a row of: one octet (bit 0: repair the header checksum, bit 1: let 31 s pass first, bit 2: as if from the peer to
// us), one octet of length in units of 4, and the packet.
#include "small_host.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tunic;
  fuzz::SmallHost host;
  fuzz::Input input(data, size);
  while (!input.empty()) {
    const std::uint8_t how = input.octet();
    fuzz::Octets packet = input.take(std::size_t{input.octet()} * 4);
    if ((how & 2) != 0) host.pass(std::chrono::seconds(31));
    if ((how & 4) != 0 && packet.size() >= wire::kIpv4HeaderSize) {
      store_be32(&packet[12], fuzz::SmallHost::kPeer.value());
      store_be32(&packet[16], fuzz::SmallHost::kOwn.value());
    }
    if ((how & 1) != 0 && packet.size() >= wire::kIpv4HeaderSize) {
      const std::size_t header = load_u8(packet.data()) % std::size_t{16} * 4;
      fuzz::repair_checksum(std::span(packet).first(std::min(header, packet.size())), 10);
    }
    host.receive(packet);
  }
  return 0;
}
