// One event as one JSON object (RFC 8259), for programs.
//
//     {"t_ns":…,"conn":…,"ev":"send|recv|drop|hold|state|timer|call","src":"10.9.0.1:40000","dst":"10.9.0.2:80",
//      "seg":"P. 1:101(100) ack 1 win 502","why":"…","rfc":"9293 §3.10.7.4","text":"…",
//      "cwnd":…,"ssthresh":…,"rwnd":…,"inflight":…,"state":"…"}
//
// Always there: t_ns, conn (0: none), ev, why, rfc, text. Depending on what the event is about: src and dst; seg (TCP), udp,
// icmp or packet; from and to (a state change); detail (a timer, a call). The last line only with a connection; ssthresh is null
// as long as no loss has set it. It must not know where lines go.
#pragma once

#include <string>

#include <tunic/event.hpp>
#include <tunic/time.hpp>

namespace tunic {

/// Without a newline. t_ns counts from `start`.
std::string to_json(const Event& event, Instant start = Instant{});

/// A JSON string with its quotes.
std::string json_string(std::string_view text);

}  // namespace tunic
