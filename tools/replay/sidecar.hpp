// The sidecar of a capture: NAME.json beside NAME.pcap says what the capture shows, how to record it again, and how it is
// replayed; each of pcap-fixtures/ has one. Read strictly: an unknown key is an error.
//
// It must not know captures or stacks: names of settings and options are strings here.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tunic/time.hpp>

namespace tunic::replay {

/// How much must be as recorded.
enum class Level : std::uint8_t {
  Outcome,   ///< the octets both ways, the final state and the error
  Semantic,  ///< all but the borders of segments, windows, PSH and which ACKs were left out
  Strict,    ///< every segment, and its time
};
std::optional<Level> level_named(std::string_view name);
std::string_view to_string(Level level);

/// What the replayed host did with data.
enum class Role : std::uint8_t { Sender, Receiver, Both };
std::string_view to_string(Role role);

/// Whose TCP/IP the recorded host had.
enum class HostStack : std::uint8_t { Kernel, Tunic };
std::string_view to_string(HostStack stack);

enum class CallKind : std::uint8_t { Listen, Accept, Connect, Read, Write, SendTo, Shutdown, Close };
std::string_view to_string(CallKind kind);

enum class Direction : std::uint8_t { Read, Write, Both };

/// A call of the replayed host's application.
struct RecordedCall {
  Duration at{};  ///< since the first frame; may be negative
  CallKind kind = CallKind::Listen;
  std::uint64_t bytes = 0;                ///< read, write, sendto
  Direction how = Direction::Both;        ///< shutdown
  std::optional<std::uint32_t> linger{};  ///< close: seconds of SO_LINGER, which was on
  std::string to{};                       ///< sendto: "10.9.0.1:7"
  std::string flow{};                     ///< "10.9.0.1:43210-10.9.0.2:80"; empty: there is only one
  std::string error{};                    ///< "ECONNRESET": it failed; empty: it did not, or nobody knows
  std::uint64_t frame =
      0;  ///< inferred: it came behind all frames of its instant that are ahead of this one; 0: before them
};
/// "0.011200 write(1000)"
std::string to_line(const RecordedCall& call);

using Names = std::vector<std::pair<std::string, std::string>>;

/// How one recorded host is replayed.
struct ReplayEntry {
  std::string local;  ///< its address
  Role role = Role::Both;
  Level level = Level::Semantic;
  HostStack stack = HostStack::Kernel;                          ///< of the recorded host
  std::string reason{};                                         ///< outcome: why not more
  Names set{};                                                  ///< settings of the stack
  std::vector<std::pair<std::string, std::int64_t>> options{};  ///< of the application's sockets
  std::vector<RecordedCall> calls{};                            ///< empty: to be inferred
  std::string flow{};                                           ///< empty: all of the capture
};

struct Sidecar {
  std::string shows;
  std::string recipe{};
  Names commands{};
  std::string kernel{};
  Names sysctls{};
  std::string congestion_control{};
  struct Link {
    std::uint64_t seed = 0;
    double delay_ms = 0;
    double rate_mbit = 0;
    std::vector<std::string> impairments{};
  } link{};
  std::vector<ReplayEntry> replays{};
};

/// The error is a sentence with `name`, the key, and what it may be.
std::expected<Sidecar, std::string> parse_sidecar(const std::string& name, std::string_view text);
std::string to_json(const Sidecar& sidecar);

/// NAME.json for NAME.pcap and NAME.pcapng.
std::string sidecar_path(const std::string& capture);
/// nullopt: there is none.
std::expected<std::optional<Sidecar>, std::string> read_sidecar_of(const std::string& capture);

}  // namespace tunic::replay
