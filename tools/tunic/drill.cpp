// Finds scripts, runs them on as many threads as asked for, and reports in the order of their paths: the output never
// depends on the number of threads.
#include "drill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "text/event_json.hpp"

namespace tunic::command {

namespace {

namespace fs = std::filesystem;
using script::Result;
using script::Verdict;

constexpr std::string_view kExtension = ".pkt";

Outcome<std::vector<std::string>> scripts_in(const std::vector<std::string>& paths) {
  std::vector<std::string> scripts;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error))
      return usage_failure("there is no " + path, "no file or folder has this name", "look at the path");
    if (!fs::is_directory(path, error)) {
      scripts.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry :
         fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error)) {
      if (entry.is_regular_file(error) && entry.path().extension() == kExtension)
        found.push_back(entry.path().string());
    }
    std::ranges::sort(found);
    scripts.insert(scripts.end(), found.begin(), found.end());
  }
  if (scripts.empty()) return usage_failure("nothing to run", "there is no *.pkt file in the folder", "name a script");
  return scripts;
}

Outcome<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return environment_failure({"cannot read " + path, "the system refuses it", "look at its permissions"});
  return text;
}

/// One file for one script; a folder with a file for each of several.
std::string capture_path(const DrillOptions& options, const std::string& script, std::size_t count) {
  if (count == 1) return options.pcap;
  std::string name = fs::path(script).relative_path().string();
  std::ranges::replace(name, '/', '_');
  return (fs::path(options.pcap) / name).replace_extension(".pcapng").string();
}

Verdict run_one(const DrillOptions& options, const std::string& path, std::size_t count) {
  const auto text = content_of(path);
  if (!text)
    return {
        .result = Result::Failed, .reason = path + ": it cannot be read", .story = {}, .trace = {}, .left_over = {}};
  script::RunOptions run = options.run;
  std::ofstream capture;
  if (!options.pcap.empty()) {
    capture.open(capture_path(options, path, count), std::ios::binary);
    run.capture = [&capture](std::span<const std::byte> bytes) {
      capture.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    };
  }
  return script::run_text(path, *text, options.definitions, run);
}

std::vector<DrillResult> run_all(const DrillOptions& options, const std::vector<std::string>& scripts) {
  std::vector<DrillResult> results(scripts.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < scripts.size(); i = next++) {
      results[i] = {scripts[i], run_one(options, scripts[i], scripts.size())};
    }
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < std::min<std::size_t>(options.jobs, scripts.size()); ++i) helpers.emplace_back(work);
  work();
  helpers.clear();
  return results;
}

std::string_view word_for(Result result) {
  return result == Result::Passed ? "passed" : result == Result::Failed ? "failed" : "skipped";
}

std::string lines_joined(const std::vector<std::string>& lines, std::string_view indent) {
  std::string text;
  for (const std::string& line : lines) text += fmt::format("{}{}\n", indent, line);
  return text;
}

std::string for_people(const DrillResult& result, bool trace) {
  const Verdict& verdict = result.verdict;
  std::string text;
  if (trace) text += fmt::format("---- {}\n{}", result.path, lines_joined(verdict.trace, ""));
  if (verdict.result == Result::Failed) {
    if (!trace) text += fmt::format("---- {}\n", result.path);
    text += trace || verdict.story.empty() ? verdict.reason + '\n' : verdict.story;
    text += '\n';
  }
  if (verdict.result == Result::Skipped) text += fmt::format("skipped: {}\n", verdict.reason);
  if (verdict.result == Result::Passed && !verdict.left_over.empty()) {
    text += fmt::format("{}: packets left over after the last event:\n{}", result.path,
                        lines_joined(verdict.left_over, "    "));
  }
  return text;
}

std::string as_json(const DrillResult& result) {
  std::string left_over;
  for (const std::string& packet : result.verdict.left_over) {
    left_over += (left_over.empty() ? "" : ",") + json_string(packet);
  }
  return fmt::format("{{\"path\":{},\"result\":\"{}\",\"reason\":{},\"left_over\":[{}]}}\n", json_string(result.path),
                     word_for(result.verdict.result), json_string(result.verdict.reason), left_over);
}

std::string by_folder(const std::vector<DrillResult>& results) {
  struct Score {
    std::size_t good = 0;
    std::size_t all = 0;
  };
  std::map<std::string, Score> folders;
  for (const DrillResult& result : results) {
    Score& score = folders[fs::path(result.path).parent_path().string()];
    ++score.all;
    if (result.verdict.result == Result::Passed) ++score.good;
  }
  std::string text;
  for (const auto& [folder, score] : folders)
    text += fmt::format("{:4} of {:4} good  {}\n", score.good, score.all, folder);
  return text;
}

std::size_t count(const std::vector<DrillResult>& results, Result wanted) {
  return static_cast<std::size_t>(
      std::ranges::count_if(results, [&](const DrillResult& result) { return result.verdict.result == wanted; }));
}

std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n';
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else if (c == '"')
      escaped += "&quot;";
    else
      escaped += control ? ' ' : c;
  }
  return escaped;
}

}  // namespace

std::string drill_total(const std::vector<DrillResult>& results) {
  return fmt::format("{} passed, {} failed, {} skipped", count(results, Result::Passed), count(results, Result::Failed),
                     count(results, Result::Skipped));
}

std::string drill_junit(const std::vector<DrillResult>& results) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tunic drill\" tests=\"{}\" failures=\"{}\" "
      "skipped=\"{}\">\n",
      results.size(), count(results, Result::Failed), count(results, Result::Skipped));
  for (const DrillResult& result : results) {
    const fs::path path(result.path);
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", xml(path.parent_path().string()),
                        xml(path.stem().string()));
    if (result.verdict.result == Result::Passed) {
      text += "/>\n";
    } else if (result.verdict.result == Result::Skipped) {
      text += fmt::format("><skipped message=\"{}\"/></testcase>\n", xml(result.verdict.reason));
    } else {
      text += fmt::format("><failure message=\"{}\">{}</failure></testcase>\n", xml(result.verdict.reason),
                          xml(result.verdict.story));
    }
  }
  return text + "</testsuite>\n";
}

int run_drill(const DrillOptions& options) {
  const auto scripts = scripts_in(options.paths);
  if (!scripts) return complain(scripts.error());
  if (!options.pcap.empty() && scripts->size() > 1) {
    std::error_code error;
    fs::create_directories(options.pcap, error);
    if (error) {
      return complain(
          {ExitCode::Environment, {"cannot make the folder " + options.pcap, error.message(), "name another one"}});
    }
  }
  const std::vector<DrillResult> results = run_all(options, *scripts);
  for (const DrillResult& result : results) {
    fmt::print("{}", options.json ? as_json(result) : for_people(result, options.trace));
  }
  if (!options.json && results.size() > 1) fmt::print("{}", by_folder(results));
  if (!options.junit.empty()) {
    std::ofstream file(options.junit, std::ios::binary);
    file << drill_junit(results);
    if (!file.flush()) {
      return complain(
          {ExitCode::Environment, {"cannot write " + options.junit, "the system refuses it", "name another file"}});
    }
  }
  fmt::print("{}\n", drill_total(results));
  return static_cast<int>(count(results, Result::Failed) == 0 ? ExitCode::Ok : ExitCode::Mismatch);
}

}  // namespace tunic::command
