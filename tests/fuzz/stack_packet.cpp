// One packet of any content, to a host that listens and has one connection.
#include "tests/fuzz/world.hpp"

using namespace tunic;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t choice = input.octet();
  fuzz::World world((choice & 1) != 0);
  {
    const auto listener = TcpListener::listen(world.stack(), {fuzz::kHost, fuzz::kPort});
    const auto opening = TcpSocket::connect(world.stack(), {fuzz::kPeer, fuzz::kPort}, {.local_port = 40000});
    fuzz::require(listener && opening);
    world.run();
    if ((choice & 2) != 0) {
      world.receive_repaired(input.rest());
    } else {
      world.receive(input.rest());
    }
  }
  world.end();
  return 0;
}
