// Datagrams that a socket has not read yet. RFC 768, RFC 1122 §4.1.3.5 (addresses go with the data).
#pragma once

#include "packet/payload_queue.hpp"
#include "udp/datagram.hpp"

namespace tunic::udp {

using ReceiveQueue = PayloadQueue<Datagram>;

}  // namespace tunic::udp
