// What a capture tells of the replayed host: the calls of its application, and the settings of its system.
//
// Calls are those that explain what the host sent (RFC 9293 §3.9.1): a write ends with PSH, data that an acknowledgment let go
// was written before, a FIN is a close, a RST that answers nothing an abort. What was read is seen in the window alone.
#pragma once

#include <vector>

#include <tunic/config.hpp>

#include "replay/recording.hpp"
#include "replay/sidecar.hpp"

namespace tunic::replay {

/// The calls about one conversation, in order of time. A socket that reads whenever it can has no read().
std::vector<RecordedCall> infer_calls(const Recording& recording, const Flow& flow, Ipv4Address local);

/// Options, window, path MTU and ECN as the host's first segments have them.
void infer_settings(Config& config, const Recording& recording, Ipv4Address local);

}  // namespace tunic::replay
