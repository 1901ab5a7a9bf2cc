// One event as one line for people. What happened stands on the left, the reason and its RFC section on the right.
//
//       0.000000   #1 > S. 0:0(0) ack 1 win 65535 <mss 1460>        [cwnd 14600 rwnd 64240 flight 1]     - RFC 9293 §3.10.7.2: …
//     seconds  number |
//                     < taken   > sent   ! dropped   . held back   * state   ~ timer   = call
//
// Made for a terminal of 160 columns: the section always lies within it. It must not know where lines go.
#pragma once

#include <string>

#include <tunic/event.hpp>
#include <tunic/time.hpp>

namespace tunic {

/// Without a newline. Time counts from `start`, in seconds with six digits. A segment that belongs to no connection, and
/// every SYN, has its ports in front: "40000 > 80 S 0:0(0) win 65535".
std::string to_line(const Event& event, Instant start);

}  // namespace tunic
