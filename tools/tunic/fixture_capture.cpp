// See fixture_capture.hpp.
#include "fixture_capture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "fixture/info.hpp"
#include "fixture/shrink.hpp"
#include "fixture/to_script.hpp"
#include "replay/capture.hpp"
#include "replay/inference.hpp"
#include "replay/plan.hpp"
#include "temporary_folder.hpp"
#include "text/capture.hpp"

namespace tunic::command {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> unusable(const std::string& path, const std::string& why) {
  return usage_failure("cannot use the capture " + path, why, "give a pcap or pcapng file of whole connections");
}

struct Fixture {
  replay::Recording recording;
  std::optional<replay::Sidecar> sidecar;
};

Outcome<Fixture> read_fixture(const std::string& path, const std::string& flow) {
  auto recording = replay::read_recording(path, flow);
  if (!recording) return unusable(path, recording.error());
  auto sidecar = replay::read_sidecar_of(path);
  if (!sidecar) return unusable(path, sidecar.error());
  return Fixture{std::move(*recording), std::move(*sidecar)};
}

Outcome<void> write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (file.flush()) return {};
  return environment_failure({"cannot write " + path, "the system refuses it", "name another file"});
}

/// The first host that is replayed, with its calls, inferred if nobody says them.
Outcome<replay::ReplayEntry> entry_of(const Fixture& fixture, const ToScriptOptions& options) {
  auto entries =
      replay::entries_for(fixture.recording, fixture.sidecar, {.local = options.local, .flow = options.flow});
  if (!entries) return unusable(options.path, entries.error());
  replay::ReplayEntry entry = std::move(entries->front());
  if (!entry.calls.empty()) return entry;
  const auto host = Ipv4Address::parse(entry.local);
  for (const replay::Flow& flow : fixture.recording.flows) {
    if (!host || !flow.has_host(*host) || flow.protocol != replay::Protocol::Tcp) continue;
    std::ranges::copy(replay::infer_calls(fixture.recording, flow, *host), std::back_inserter(entry.calls));
  }
  return entry;
}

Outcome<std::string> script_of(const ToScriptOptions& options) {
  const auto fixture = read_fixture(options.path, options.flow);
  if (!fixture) return std::unexpected(fixture.error());
  const auto entry = entry_of(*fixture, options);
  if (!entry) return std::unexpected(entry.error());
  auto script =
      fixture::to_script(fixture->recording, *entry, fixture->sidecar ? fixture->sidecar->shows : std::string());
  if (!script) return unusable(options.path, script.error());
  return std::move(*script);
}

/// Flags and numbers of the recorded segment that a ladder ends with; empty: none is.
std::string diverging_segment(std::string_view ladder) {
  const std::size_t line = ladder.rfind("recorded, frame ");
  const std::size_t begin = ladder.find(": ", line);
  if (line == std::string_view::npos || begin == std::string_view::npos) return {};
  const std::size_t end = ladder.find(')', begin);
  return std::string(ladder.substr(begin, end - begin));
}

/// One frame of a capture that is made smaller, or one call of its sidecar.
struct Piece {
  bool is_call = false;
  std::size_t index = 0;
};

/// A capture that fails, and what is left of it.
class Shrinking {
 public:
  static Outcome<Shrinking> begin(const ShrinkOptions& options);
  Outcome<void> go_on(const std::string& output);

 private:
  explicit Shrinking(const ShrinkOptions& options) : options_(options) {}
  std::string capture_of(const std::vector<Piece>& pieces) const;
  std::string sidecar_of(const std::vector<Piece>& pieces) const;
  /// How the replay of these fails; empty: it does not.
  std::string failure_of(const std::vector<Piece>& pieces);
  std::size_t frames_in(const std::vector<Piece>& pieces) const;

  const ShrinkOptions& options_;
  TemporaryFolder folder_;
  std::vector<replay::Frame> frames_;
  std::uint32_t snap_length_ = kSnapLength;
  std::optional<replay::Sidecar> sidecar_;
  std::string failure_;
  std::string reason_;
  std::size_t replays_ = 0;
};

Outcome<Shrinking> Shrinking::begin(const ShrinkOptions& options) {
  Shrinking shrinking(options);
  auto sidecar = replay::read_sidecar_of(options.path);
  if (!sidecar) return unusable(options.path, sidecar.error());
  shrinking.sidecar_ = std::move(*sidecar);
  if (shrinking.sidecar_ && !options.replay.local.empty()) {
    std::erase_if(shrinking.sidecar_->replays,
                  [&](const replay::ReplayEntry& entry) { return entry.local != options.replay.local; });
  }
  if (const auto whole = replay::read_recording(options.path); !whole) return unusable(options.path, whole.error());
  auto reader = replay::CaptureReader::open(options.path);
  if (!reader) return unusable(options.path, reader.error());
  for (;;) {
    auto frame = reader->next();
    if (!frame) return unusable(options.path, frame.error());
    if (!*frame) return shrinking;
    if ((*frame)->is_cut())
      shrinking.snap_length_ = std::min(shrinking.snap_length_, static_cast<std::uint32_t>((*frame)->present));
    if ((*frame)->kind == replay::FrameKind::Ipv4) shrinking.frames_.push_back(std::move(**frame));
  }
}

std::string Shrinking::capture_of(const std::vector<Piece>& pieces) const {
  std::string file;
  PcapWriter writer(
      [&file](std::span<const std::byte> bytes) {
        file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      },
      snap_length_);
  for (const Piece& piece : pieces) {
    if (!piece.is_call) writer.write(Instant(frames_[piece.index].since_1970), frames_[piece.index].packet);
  }
  return file;
}

/// Times of calls count from the first frame, so they move with it.
std::string Shrinking::sidecar_of(const std::vector<Piece>& pieces) const {
  replay::Sidecar sidecar = *sidecar_;
  std::vector<replay::RecordedCall> all = std::exchange(sidecar.replays.front().calls, {});
  const auto first = std::ranges::find(pieces, false, &Piece::is_call);
  const Duration moved = first == pieces.end() ? Duration{} : frames_[first->index].at;
  for (const Piece& piece : pieces) {
    if (!piece.is_call) continue;
    all[piece.index].at -= moved;
    sidecar.replays.front().calls.push_back(all[piece.index]);
  }
  return replay::to_json(sidecar);
}

std::string Shrinking::failure_of(const std::vector<Piece>& pieces) {
  ++replays_;
  const std::string path = folder_.path("part.pcap");
  if (!write_text(path, capture_of(pieces))) return {};
  if (sidecar_ && !sidecar_->replays.empty() && !write_text(replay::sidecar_path(path), sidecar_of(pieces))) return {};
  const auto verdicts = replay::replay_capture(path, options_.replay);
  if (!verdicts || verdicts->empty() || verdicts->front().passed) return {};
  reason_ = verdicts->front().reason;
  return fixture::without_numbers(reason_) + diverging_segment(verdicts->front().ladder);
}

std::size_t Shrinking::frames_in(const std::vector<Piece>& pieces) const {
  return static_cast<std::size_t>(std::ranges::count(pieces, false, &Piece::is_call));
}

Outcome<void> Shrinking::go_on(const std::string& output) {
  constexpr std::size_t kMostReplays = 3000;
  std::vector<Piece> pieces;
  if (sidecar_ && !sidecar_->replays.empty()) {
    for (std::size_t i = 0; i < sidecar_->replays.front().calls.size(); ++i) pieces.push_back({true, i});
  }
  for (std::size_t i = 0; i < frames_.size(); ++i) pieces.push_back({false, i});
  failure_ = failure_of(pieces);
  if (failure_.empty()) {
    return usage_failure("nothing to shrink", options_.path + " replays as it was recorded, or not at all",
                         "see: tunic replay " + options_.path);
  }
  const bool has_calls = pieces.size() > frames_.size();
  const auto fails = [&](const std::vector<Piece>& part) {
    // Without any call a replay infers them, which would be another one.
    return has_calls == (frames_in(part) < part.size()) && failure_of(part) == failure_;
  };
  const std::vector<Piece> left = fixture::fewest_that_fail<Piece>(pieces, fails, kMostReplays);
  failure_of(left);
  if (auto written = write_text(output, capture_of(left)); !written) return written;
  if (sidecar_ && !sidecar_->replays.empty()) {
    if (auto written = write_text(replay::sidecar_path(output), sidecar_of(left)); !written) return written;
  }
  fmt::print("{}: {} of {} frames, {} of {} calls, after {} replays: {}\n", output, frames_in(left), frames_.size(),
             left.size() - frames_in(left), pieces.size() - frames_.size(), replays_, reason_);
  return {};
}

template <typename Result>
int exit_code_of(const Outcome<Result>& outcome) {
  return outcome ? static_cast<int>(ExitCode::Ok) : complain(outcome.error());
}

}  // namespace

int run_fixture_info(const InfoOptions& options) {
  for (const std::string& path : options.paths) {
    const auto fixture = read_fixture(path, options.flow);
    if (!fixture) return complain(fixture.error());
    if (path != options.paths.front()) fmt::print("\n");
    fmt::print("{}", fixture::info_text(fixture->recording, fixture->sidecar));
  }
  return static_cast<int>(ExitCode::Ok);
}

int run_fixture_to_script(const ToScriptOptions& options) {
  const auto script = script_of(options);
  if (!script) return complain(script.error());
  if (!options.output.empty()) return exit_code_of(write_text(options.output, *script));
  fmt::print("{}", *script);
  return static_cast<int>(ExitCode::Ok);
}

int run_fixture_shrink(const ShrinkOptions& options) {
  auto shrinking = Shrinking::begin(options);
  if (!shrinking) return complain(shrinking.error());
  fs::path output(options.path);
  output.replace_filename(output.stem().string() + "-small.pcap");
  return exit_code_of(shrinking->go_on(options.output.empty() ? output.string() : options.output));
}

}  // namespace tunic::command
