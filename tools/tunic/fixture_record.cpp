// See fixture_record.hpp. The order of things: two hosts, the server, the client, silence, the files.
#include "fixture_record.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <tunic/tun/os.hpp>

#include "fixture/strace.hpp"
#include "recorded_host.hpp"
#include "temporary_folder.hpp"
#include "termination.hpp"

namespace tunic::command {
namespace {

namespace fs = std::filesystem;
using fixture::Frame;
using fixture::Side;
using replay::HostStack;

constexpr Ipv4Prefix kClientAddress{Ipv4Address(10, 9, 0, 1), 24};
constexpr Ipv4Prefix kServerAddress{Ipv4Address(10, 9, 0, 2), 24};
constexpr Ipv4Address kRouterAddress(10, 9, 0, 254);
constexpr Duration kServerPatience = std::chrono::seconds(20);
constexpr Duration kLook = std::chrono::milliseconds(10);  // whether the server listens already
constexpr Duration kNap = std::chrono::milliseconds(5);    // at most: each waking shows how punctual we are
constexpr std::size_t kMostFrames = 100'000;               // they are in memory until the end

constexpr Ipv4Prefix address_of(Side side) {
  return side == Side::Client ? kClientAddress : kServerAddress;
}

HostStack stack_of(const RecordOptions& options, Side side) {
  return side == Side::Client ? options.client_stack : options.server_stack;
}

std::string trace_prefix(const TemporaryFolder& folder, Side side) {
  return folder.path(std::string(fixture::to_string(side)));
}

/// What the threads of this side did, a text for each of strace's files.
std::vector<std::string> threads_of(const TemporaryFolder& folder, Side side) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().stem() == fixture::to_string(side)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> texts;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

bool is_recorded(Beside beside, Side side) {
  return beside == Beside::Both || (beside == Beside::Client) == (side == Side::Client);
}

/// A stack's calls are none of the kernel's.
bool is_traced(const RecordOptions& options, Side side) {
  return options.trace_calls && is_recorded(options.beside, side) && stack_of(options, side) == HostStack::Kernel;
}

/// Both hosts, the wire between them, and the loop that carries packets while something is awaited.
class Recorder {
 public:
  static Outcome<std::unique_ptr<Recorder>> make(const RecordOptions& options, const fixture::LinkRules& rules);

  /// The exit status of the client.
  Outcome<int> run();
  const std::vector<Frame>& frames(Side side) const { return wire_.frames(side); }
  std::optional<fixture::ApplicationCalls> calls(Side side, Duration wall_clock_offset) const;
  /// By how much the machine woke us too late at the worst.
  Duration overslept() const { return overslept_; }
  /// How many packets of stacks were lost before they could be noted.
  std::uint64_t missed() const { return client_.device().missed() + server_.device().missed(); }

 private:
  Recorder(const RecordOptions& options, const fixture::LinkRules& rules, RecordedHost client, RecordedHost server)
      : options_(options),
        client_(std::move(client)),
        server_(std::move(server)),
        wire_(client_.device(), server_.device(), options.facts.path, rules) {}
  Outcome<ChildProcess> start(Side side, const std::string& command, ChildProcess::Streams streams) const;
  Outcome<void> await_server(const ChildProcess& server);
  Outcome<int> converse(const ChildProcess& client);
  /// Carries packets for a while, at most until `deadline`. True: `watched` is readable.
  bool carry(Instant deadline, int watched);

  const RecordOptions& options_;
  RecordedHost client_;
  RecordedHost server_;
  fixture::Wire wire_;
  TemporaryFolder traces_;
  Termination termination_;
  Duration overslept_{};
};

Outcome<std::unique_ptr<Recorder>> Recorder::make(const RecordOptions& options, const fixture::LinkRules& rules) {
  const Sysctls sysctls = fixture::with_changes(fixture::base_settings(), options.facts.sysctls);
  const auto host = [&](Side side) {
    return RecordedHost::make(
        {address_of(side), stack_of(options, side), sysctls, options.facts.congestion_control, fixture::kToldWindow});
  };
  auto client = host(Side::Client);
  if (!client) return std::unexpected(client.error());
  auto server = host(Side::Server);
  if (!server) return std::unexpected(server.error());
  return std::unique_ptr<Recorder>(new Recorder(options, rules, std::move(*client), std::move(*server)));
}

Outcome<ChildProcess> Recorder::start(Side side, const std::string& command, ChildProcess::Streams streams) const {
  std::vector<std::string> words{"sh", "-c", command};
  if (is_traced(options_, side)) {
    const std::vector<std::string> strace{"strace", "-ff",
                                          "-q",     "-ttt",
                                          "-T",     "-yy",
                                          "-s",     "0",
                                          "-e",     fixture::kTracedCalls,
                                          "-e",     "signal=none",
                                          "-o",     trace_prefix(traces_, side)};
    words.insert(words.begin(), strace.begin(), strace.end());
  }
  return (side == Side::Client ? client_ : server_).start(words, streams);
}

Outcome<int> Recorder::run() {
  std::optional<ChildProcess> server;
  if (!options_.facts.server_command.empty()) {
    auto started = start(Side::Server, options_.facts.server_command, ChildProcess::Streams::Background);
    if (!started) return std::unexpected(started.error());
    server.emplace(std::move(*started));
    if (auto listens = await_server(*server); !listens) {
      server->end();
      return std::unexpected(listens.error());
    }
  }
  Outcome<int> status = 0;
  auto client = start(Side::Client, options_.facts.client_command, ChildProcess::Streams::Ours);
  if (client) {
    status = converse(*client);
  } else {
    status = std::unexpected(client.error());
  }
  if (server) server->end();
  return status;
}

Outcome<void> Recorder::await_server(const ChildProcess& server) {
  const Instant patience = tun::os_now() + kServerPatience;
  while (!server_.somebody_listens()) {
    if (carry(tun::os_now() + kLook, server.fd()))
      return peer_failure("the server ended before the client began", "see its messages above", "try it by itself");
    if (tun::os_now() > patience) {
      if (options_.server_stack == HostStack::Tunic) {
        return peer_failure(
            "the server does not listen", "no program is attached to its device after 20 seconds",
            "name a command with Tunic in it that takes --tun and --addr from TUNIC_TUN and TUNIC_ADDR, "
            "such as 'tunic serve echo'");
      }
      return peer_failure("the server does not listen", "no socket waits for anybody after 20 seconds",
                          "name a command that listens on TCP or UDP");
    }
  }
  return {};
}

Outcome<int> Recorder::converse(const ChildProcess& client) {
  const Instant limit = tun::os_now() + options_.limit;
  bool ended = false;
  Instant quiet_since = tun::os_now();
  std::size_t seen = 0;
  while (!ended || tun::os_now() < quiet_since + options_.settle) {
    const Instant until = ended ? quiet_since + options_.settle : limit;
    if (carry(std::min(until, limit), ended ? -1 : client.fd())) {
      ended = true;
      quiet_since = tun::os_now();
    }
    const std::size_t count = wire_.frames(Side::Client).size() + wire_.frames(Side::Server).size();
    if (std::exchange(seen, count) != count) quiet_since = tun::os_now();
    const bool interrupted = termination_.take() != 0;
    if (!interrupted && tun::os_now() < limit && count < kMostFrames) continue;
    if (!ended) client.send_signal(SIGKILL);
    client.wait();
    return peer_failure("the recording does not end",
                        interrupted ? "it was interrupted" : "the time or the number of frames is above the limit",
                        "record less, or give --limit");
  }
  return client.wait();
}

bool Recorder::carry(Instant deadline, int watched) {
  Instant now = tun::os_now();
  wire_.carry(now);
  const Instant wake = std::min({deadline, wire_.next_deadline(), now + kNap});
  if (wake <= now) return false;
  std::array<pollfd, 4> files{{{client_.device().fd(), POLLIN, 0},
                               {server_.device().fd(), POLLIN, 0},
                               {termination_.fd(), POLLIN, 0},
                               {watched, POLLIN, 0}}};
  const auto left = (wake - now).count();
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const timespec timeout{left / kNanosPerSecond, left % kNanosPerSecond};
  const int ready = ppoll(files.data(), files.size(), &timeout, nullptr);
  now = tun::os_now();
  if (ready == 0) overslept_ = std::max(overslept_, now - wake);
  wire_.carry(now);
  return (files[3].revents & POLLIN) != 0;
}

std::optional<fixture::ApplicationCalls> Recorder::calls(Side side, Duration wall_clock_offset) const {
  const std::vector<Frame>& recorded = frames(side);
  if (!is_traced(options_, side) || recorded.empty()) return std::nullopt;
  const auto on_wall = [&](const Frame& frame) { return frame.at + wall_clock_offset; };
  const Ipv4Address peer = address_of(other(side)).address;
  return fixture::application_calls(threads_of(traces_, side), peer, on_wall(recorded.front()),
                                    on_wall(recorded.back()));
}

/// NAME-server.pcap for NAME.pcap, where both sides are written.
std::string path_for(const RecordOptions& options, Side side) {
  if (options.beside != Beside::Both) return options.output;
  fs::path path(options.output);
  const std::string name = fmt::format("{}-{}", path.stem().string(), fixture::to_string(side));
  return path.replace_filename(name + path.extension().string()).string();
}

Outcome<void> write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  std::ofstream file(path, std::ios::binary);
  write(file);
  if (file.flush()) return {};
  return environment_failure(
      {"cannot write " + path, "the system refuses it", "name a file in a folder that you may write to"});
}

Outcome<void> write_side(const RecordOptions& options, const Recorder& recorder, Side side,
                         Duration wall_clock_offset) {
  const std::vector<Frame>& frames = recorder.frames(side);
  const std::string path = path_for(options, side);
  auto written = write_file(path, [&](std::ostream& file) {
    fixture::write_capture(frames, wall_clock_offset, options.snap_length, [&file](std::span<const std::byte> bytes) {
      file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    });
  });
  if (!written) return written;
  fixture::RecordingFacts facts = options.facts;
  utsname system{};
  uname(&system);
  facts.kernel = system.release;
  facts.stack = stack_of(options, side);
  const auto calls = recorder.calls(side, wall_clock_offset);
  const auto sidecar = fixture::sidecar_of(facts, address_of(side).address, frames, calls);
  written = write_file(replay::sidecar_path(path), [&](std::ostream& file) { file << replay::to_json(sidecar); });
  if (written) {
    fmt::print("{}: {} frames beside the {}, {} calls of its program\n", path, frames.size(), fixture::to_string(side),
               calls ? calls->calls.size() : 0);
  }
  return written;
}

Outcome<void> record(RecordOptions options) {
  const auto rules = fixture::LinkRules::from(options.facts.impairments);
  if (!rules) return usage_failure("cannot use a rule of the link", rules.error(), "see tunic fixture record --help");
  options.facts.path.router = kRouterAddress;
  if (options.server_stack == HostStack::Tunic && options.facts.server_command.empty()) {
    return usage_failure("cannot record a stack without a program", "--server-stack tunic is a host without a kernel",
                         "give --server, such as --server 'tunic serve echo'");
  }
  const auto recorder = Recorder::make(options, *rules);
  if (!recorder) return std::unexpected(recorder.error());
  const Duration wall_clock_offset = tun::wall_clock_offset();
  const auto status = (*recorder)->run();
  if (!status) return std::unexpected(status.error());
  const Duration overslept = (*recorder)->overslept();
  const std::string late = fmt::format("{:.1f} ms", static_cast<double>(overslept.count()) / 1e6);
  if (overslept > options.punctual) {
    return environment_failure({"the recording's times are not the kernels'",
                                "this program was woken " + late + " too late",
                                "record again when the machine has less to do"});
  }
  if (const std::uint64_t missed = (*recorder)->missed(); missed > 0) {
    return environment_failure({"the recording is not complete",
                                fmt::format("{} packets came faster than this program could note them", missed),
                                "record again with --rate, or when the machine has less to do"});
  }
  for (const Side side : {Side::Client, Side::Server}) {
    if (!is_recorded(options.beside, side)) continue;
    if (auto written = write_side(options, **recorder, side, wall_clock_offset); !written) return written;
  }
  if (*status != 0) fmt::print("the client ended with exit status {}\n", *status);
  return {};
}

}  // namespace

int run_fixture_record(const RecordOptions& options) {
  const auto done = record(options);
  return done ? static_cast<int>(ExitCode::Ok) : complain(done.error());
}

}  // namespace tunic::command
