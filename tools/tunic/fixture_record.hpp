// tunic fixture record: two programs talk over our own bad link, each over a kernel or with Tunic in it, and become a capture
// that is a test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "fixture/recording.hpp"

namespace tunic::command {

enum class Beside : std::uint8_t { Client, Server, Both };

struct RecordOptions {
  std::string output;              ///< NAME.pcap; with both sides NAME-client.pcap and NAME-server.pcap
  fixture::RecordingFacts facts;   ///< all but the kernel and the recorded host's stack
  Beside beside = Beside::Server;  ///< whose capture it is: who is replayed later
  replay::HostStack client_stack = replay::HostStack::Kernel;
  replay::HostStack server_stack = replay::HostStack::Kernel;
  bool trace_calls = true;  ///< with strace
  std::uint32_t snap_length = kSnapLength;
  Duration settle = std::chrono::milliseconds(500);  ///< of silence, after the client has ended
  Duration limit = std::chrono::seconds(60);
  Duration punctual =
      std::chrono::hours(1);  ///< a recording with a later waking is refused: its times are not the kernels'
};

int run_fixture_record(const RecordOptions& options);

}  // namespace tunic::command
