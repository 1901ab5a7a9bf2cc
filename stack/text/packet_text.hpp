// What an event is about, in words: a TCP segment in packetdrill's notation, a UDP datagram, an ICMP message, or any other packet.
//
// RFC 792 for the names of ICMP messages. It must not know why anything happened.
#pragma once

#include <string>

#include <tunic/event.hpp>

namespace tunic {

/// "icmp echo 10.9.0.1 > 10.9.0.2 id 7 seq 1 (56)"
std::string to_notation(const IcmpInfo& message);
/// "udp 10.9.0.1:5000 > 10.9.0.2:7 (100)"; the number counts octets of data.
std::string to_notation(const UdpInfo& datagram);
/// "ip 10.9.0.1 > 10.9.0.2 protocol 47 (48)"; a fragment: "ip 10.9.0.1 > 10.9.0.2 protocol 17 id 7 offset 1480+ (1500)", with
/// the plus sign where more fragments follow.
std::string to_notation(const PacketInfo& packet);

}  // namespace tunic
