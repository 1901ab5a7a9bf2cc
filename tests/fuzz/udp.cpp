// UDP datagrams in a row, with right checksums, none or wrong ones: lengths and ports of all kinds.
//
// An input is a row of: one octet (bit 0: no checksum, bit 1: the length is right), one octet of length, and the datagram.
#include "small_host.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tunic;
  fuzz::SmallHost host;
  fuzz::Input input(data, size);
  while (!input.empty()) {
    const std::uint8_t how = input.octet();
    fuzz::Octets datagram = input.take(input.octet());
    if (datagram.size() >= 8 && (how & 1) != 0) store_be16(&datagram[6], 0);
    if (datagram.size() >= 8 && (how & 2) != 0) store_be16(&datagram[4], static_cast<std::uint16_t>(datagram.size()));
    host.receive(17, datagram);
  }
  return 0;
}
