// What several sessions share. See session.hpp.
#include "session.hpp"

#include <limits>

namespace tunic::services {

Input discard_input(TcpSocket& socket) {
  for (;;) {
    const Result<Chain> bytes = socket.read_shared(std::numeric_limits<std::size_t>::max());
    if (!bytes) return would_block(bytes.error()) ? Input::Open : Input::Failed;
    if (bytes->empty()) return Input::Ended;
  }
}

}  // namespace tunic::services
