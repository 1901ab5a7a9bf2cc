// The control messages of sendmsg() and recvmsg(): as a script writes them, as octets, and compared.
//
//     msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[0x20]}, …]
//     cmsg_data := number | [number] | {ee_errno=…, ee_origin=…, ee_type=…, ee_code=…, ee_info=…, ee_data=…}
//
// Layouts are Linux's on 64 bits: a header of 16 octets, data, padding to 8. It must not know any socket.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "script/arguments.hpp"

namespace tunic::script {

struct ControlMessage {
  int level = 0;
  int type = 0;
  std::vector<std::byte> data;
};

Resolved<std::vector<ControlMessage>> control_messages_of(const Value& list);
std::vector<std::byte> octets_of(std::span<const ControlMessage> messages);
/// What is cut off at the end is left out.
std::vector<ControlMessage> control_messages_in(std::span<const std::byte> octets);
/// In what they differ, a line each. Numbers are compared by value: the live one may be an octet or an int.
std::vector<std::string> differences(std::span<const ControlMessage> written, std::span<const ControlMessage> live);

}  // namespace tunic::script
