// A divergence for people: the conversation so far in two columns, recorded and live, and why the stack sent what it sent.
//
//          time  frame   recorded                                       live
//      0.010133      2 > S. 0:0(0) ack 1 win 65160 <…>                  =
//      0.016760      3 < . 1:1(0) ack 1 win 63
//      0.016760      4 ! P. 1:1001(1000) ack 1 win 63                   P. 1:901(900) ack 1 win 63
//
// '<' arrives, '>' is sent by the host, '=' says the same; '!' marks where they part. It must not know levels.
#pragma once

#include <string>

#include "replay/comparison.hpp"

namespace tunic::replay {

/// Lines, each with its newline; the last ones say what differs. At most some twenty arrivals before that are shown.
std::string ladder(const Conversation& both, const Divergence& where);

}  // namespace tunic::replay
