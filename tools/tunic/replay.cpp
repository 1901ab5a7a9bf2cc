// Finds captures, has them replayed one after the other, compares goldens, and reports.
#include "replay.hpp"

#include <fmt/format.h>
#include <tunic/testing/golden.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "exit_code.hpp"
#include "text/event_json.hpp"

namespace tunic::command {

namespace {

namespace fs = std::filesystem;
using replay::Verdict;

Outcome<std::vector<std::string>> captures_in(const std::vector<std::string>& paths) {
  std::vector<std::string> captures;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error))
      return usage_failure("there is no " + path, "no file or folder has this name", "look at the path");
    if (!fs::is_directory(path, error)) {
      captures.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".pcap" || extension == ".pcapng") found.push_back(entry.path().string());
    }
    std::ranges::sort(found);
    captures.insert(captures.end(), found.begin(), found.end());
  }
  if (captures.empty()) return usage_failure("nothing to replay", "there is no capture in the folder", "name one");
  return captures;
}

std::string golden_path(const std::string& capture) {
  return fs::path(capture).replace_extension(".golden").string();
}

std::optional<std::string> content_of(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

bool write_file(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  return static_cast<bool>(file.flush());
}

class Report {
 public:
  explicit Report(const ReplayCommand& command, bool several) : command_(command), several_(several) {}

  void refused(const std::string& path, const replay::Refusal& refusal) {
    ++failed_;
    if (command_.json) {
      fmt::print("{{\"path\":{},\"result\":\"failed\",\"reason\":{}}}\n", json_string(path),
                 json_string(refusal.reason));
    } else {
      fmt::print("{}\n", refusal.reason);
    }
  }

  void add(const std::string& path, const Verdict& verdict) {
    ++(verdict.passed ? passed_ : failed_);
    command_.json ? print_json(path, verdict) : print_text(path, verdict);
  }

  void golden_differs(const std::string& path, const std::string& difference) {
    ++failed_;
    const std::string reason = golden_path(path) + ": the stack does not send what it once sent";
    if (command_.json) {
      fmt::print("{{\"path\":{},\"result\":\"failed\",\"reason\":{},\"difference\":{}}}\n", json_string(path),
                 json_string(reason), json_string(difference));
    } else {
      fmt::print("{}\n{}    the golden follows with --update\n", reason, difference);
    }
  }

  ExitCode finish() const {
    fmt::print("{} passed, {} failed, 0 skipped\n", passed_, failed_);
    return failed_ == 0 ? ExitCode::Ok : ExitCode::Mismatch;
  }

 private:
  void print_text(const std::string& path, const Verdict& verdict) const {
    if (!verdict.passed || command_.options.trace || !several_) {
      for (const std::string& note : verdict.notes) fmt::print("{}\n", note);
    }
    if (command_.options.trace) {
      for (const std::string& line : verdict.trace) fmt::print("{}\n", line);
    }
    if (!verdict.passed)
      fmt::print("---- {}\n{}{}\n", path, verdict.ladder, verdict.ladder.empty() ? verdict.reason : "");
    fmt::print("{} as {}, {}: {}\n", path, verdict.local, replay::to_string(verdict.level),
               verdict.passed ? "passed" : "failed");
  }

  static void print_json(const std::string& path, const Verdict& verdict) {
    std::string notes;
    for (const std::string& note : verdict.notes) notes += (notes.empty() ? "" : ",") + json_string(note);
    fmt::print(
        "{{\"path\":{},\"local\":{},\"level\":\"{}\",\"result\":\"{}\",\"reason\":{},\"ladder\":{},\"notes\":[{}]}}\n",
        json_string(path), json_string(verdict.local), replay::to_string(verdict.level),
        verdict.passed ? "passed" : "failed", json_string(verdict.reason), json_string(verdict.ladder), notes);
  }

  const ReplayCommand& command_;
  bool several_;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
};

/// One file for one replay; a folder with a file for each of several.
std::string capture_path(const ReplayCommand& command, const std::string& path, const Verdict& verdict, bool several) {
  if (!several) return command.pcap;
  return (fs::path(command.pcap) / fmt::format("{}-{}.pcapng", fs::path(path).stem().string(), verdict.local)).string();
}

bool write_capture(const ReplayCommand& command, const std::string& path, const Verdict& verdict, bool several) {
  if (command.pcap.empty()) return true;
  if (several) {
    std::error_code error;
    fs::create_directories(command.pcap, error);
  }
  const auto* octets = reinterpret_cast<const char*>(verdict.capture.data());
  return write_file(capture_path(command, path, verdict, several), {octets, verdict.capture.size()});
}

Failure cannot_write(const std::string& path) {
  return {ExitCode::Environment, {"cannot write " + path, "the system refuses it", "name another place"}};
}

}  // namespace

int run_replay(const ReplayCommand& command) {
  if (command.update && std::getenv("CI") != nullptr) {
    return complain({ExitCode::Usage,
                     {"goldens are not written here", "CI is set, and there what is written is never looked at",
                      "run it by hand, and read the difference before you commit it"}});
  }
  const auto captures = captures_in(command.paths);
  if (!captures) return complain(captures.error());
  replay::ReplayOptions options = command.options;
  options.trace = options.trace || !command.pcap.empty();
  Report report(command, captures->size() > 1);
  bool usage = false;
  for (const std::string& path : *captures) {
    const auto verdicts = replay::replay_capture(path, options);
    if (!verdicts) {
      report.refused(path, verdicts.error());
      usage = usage || verdicts.error().usage;
      continue;
    }
    for (const Verdict& verdict : *verdicts) {
      report.add(path, verdict);
      if (!write_capture(command, path, verdict, captures->size() > 1 || verdicts->size() > 1))
        return complain(cannot_write(command.pcap));
    }
    const std::string live = replay::golden_of(*verdicts);
    if (command.update) {
      if (!write_file(golden_path(path), live)) return complain(cannot_write(golden_path(path)));
    } else if (const auto golden = content_of(golden_path(path)); golden && *golden != live) {
      report.golden_differs(path, testing::difference(*golden, live));
    }
  }
  const ExitCode code = report.finish();
  return static_cast<int>(usage ? ExitCode::Usage : code);
}

}  // namespace tunic::command
