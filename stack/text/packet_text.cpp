// Names of RFC 792 and the order of the parts, nothing else.
#include "text/packet_text.hpp"

#include <fmt/format.h>

#include "wire/icmp.hpp"

namespace tunic {

using wire::IcmpType;
using wire::UnreachableCode;

namespace {

std::string unreachable_name(std::uint8_t code) {
  switch (static_cast<UnreachableCode>(code)) {
    case UnreachableCode::Net:
      return "net unreachable";
    case UnreachableCode::Host:
      return "host unreachable";
    case UnreachableCode::Protocol:
      return "protocol unreachable";
    case UnreachableCode::Port:
      return "port unreachable";
    case UnreachableCode::FragmentationNeeded:
      return "fragmentation needed";
    case UnreachableCode::NetUnknown:
      return "net unknown";
    case UnreachableCode::NetForThisTos:
      return "net unreachable for this type of service";
    case UnreachableCode::NetProhibited:
      return "net prohibited";
    case UnreachableCode::HostProhibited:
      return "host prohibited";
    case UnreachableCode::Prohibited:
      return "prohibited";
  }
  return fmt::format("unreachable code {}", code);
}

std::string message_name(const IcmpInfo& message) {
  switch (static_cast<IcmpType>(message.type)) {
    case IcmpType::EchoReply:
      return "echo reply";
    case IcmpType::DestinationUnreachable:
      return unreachable_name(message.code);
    case IcmpType::SourceQuench:
      return "source quench";
    case IcmpType::Redirect:
      return "redirect";
    case IcmpType::Echo:
      return "echo";
    case IcmpType::TimeExceeded:
      return "time exceeded";
    case IcmpType::ParameterProblem:
      return "parameter problem";
  }
  return fmt::format("type {} code {}", message.type, message.code);
}

}  // namespace

std::string to_notation(const IcmpInfo& message) {
  const auto type = static_cast<IcmpType>(message.type);
  std::string line = fmt::format("icmp {} {} > {}", message_name(message), message.source.to_string(),
                                 message.destination.to_string());
  if (type == IcmpType::Echo || type == IcmpType::EchoReply) {
    line += fmt::format(" id {} seq {}", message.identifier, message.sequence);
  }
  return line + fmt::format(" ({})", message.payload_size);
}

std::string to_notation(const UdpInfo& datagram) {
  return fmt::format("udp {} > {} ({})", datagram.source.to_string(), datagram.destination.to_string(),
                     datagram.payload_size);
}

std::string to_notation(const PacketInfo& packet) {
  std::string line =
      fmt::format("ip {} > {} protocol {}", packet.source.to_string(), packet.destination.to_string(), packet.protocol);
  if (packet.more_fragments || packet.fragment_offset != 0) {
    line += fmt::format(" id {} offset {}{}", packet.identification, packet.fragment_offset,
                        packet.more_fragments ? "+" : "");
  }
  return line + fmt::format(" ({})", packet.size);
}

}  // namespace tunic
