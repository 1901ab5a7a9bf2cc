// ICMP messages in a row, with right checksums or not: echo, errors about what is in flight here, anything.
//
// An input is a row of: one octet (bit 0: repair the checksum), one octet of length, and the message.
#include "small_host.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tunic;
  fuzz::SmallHost host;
  fuzz::Input input(data, size);
  while (!input.empty()) {
    const bool repair = (input.octet() & 1) != 0;
    fuzz::Octets message = input.take(input.octet());
    if (repair) fuzz::repair_checksum(message, 2);
    host.receive(1, message);
  }
  return 0;
}
