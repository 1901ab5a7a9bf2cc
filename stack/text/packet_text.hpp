// What an event is about, in words: a TCP segment in packetdrill's notation, an ICMP message, or any other packet.
//
// RFC 792 for the names of ICMP messages. It must not know why anything happened.
#pragma once

#include <string>

#include <tunic/event.hpp>

namespace tunic {

/// "icmp echo 10.9.0.1 > 10.9.0.2 id 7 seq 1 (56)"
std::string to_notation(const IcmpInfo& message);
/// "ip 10.9.0.1 > 10.9.0.2 protocol 17 (48)"
std::string to_notation(const PacketInfo& packet);

}  // namespace tunic
