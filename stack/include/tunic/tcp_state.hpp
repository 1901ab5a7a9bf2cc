// The states of a TCP connection. RFC 9293 §3.3.2.
#pragma once

#include <cstdint>
#include <string_view>

namespace tunic {

enum class TcpState : std::uint8_t {
  Closed,
  Listen,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,
};
inline constexpr std::size_t kTcpStateCount = 11;

/// The RFC's spelling: "SYN-SENT", "FIN-WAIT-1".
std::string_view to_string(TcpState state);

}  // namespace tunic
