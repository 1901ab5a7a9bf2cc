// The names of the states. RFC 9293 §3.3.2.
#include <array>

#include <tunic/tcp_state.hpp>

namespace tunic {

std::string_view to_string(TcpState state) {
  static constexpr std::array<std::string_view, kTcpStateCount> kNames{
      "CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
      "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT",
  };
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace tunic
