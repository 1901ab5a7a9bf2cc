// `tunic nc -u`: datagrams of a peer and to a peer. RFC 768, RFC 1122 §4.1.
//
// UDP has no connection and no end: the peer is who was named, or who sends first (-l), and the conversation is over when
// nothing has come or gone for long enough, when the command has ended or when the peer's host says that nobody is there.
#pragma once

#include "client.hpp"
#include "nc.hpp"

namespace tunic::command {

Outcome<void> converse_in_datagrams(Client& client, const NcOptions& options);

}  // namespace tunic::command
