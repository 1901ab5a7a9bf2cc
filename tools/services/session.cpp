// What several sessions share. See session.hpp.
#include "session.hpp"

#include <array>

namespace tunic::services {

Input discard_input(TcpSocket& socket) {
  std::array<std::byte, 16384> scratch;
  for (;;) {
    const Result<std::size_t> count = socket.read_some(scratch);
    if (!count) return would_block(count.error()) ? Input::Open : Input::Failed;
    if (*count == 0) return Input::Ended;
  }
}

}  // namespace tunic::services
