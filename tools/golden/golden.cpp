// Texts are compared as lines by their longest common subsequence: what is left of each is the difference.
#include <tunic/testing/golden.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <vector>

namespace tunic::testing {

namespace {

using Lines = std::span<const std::string_view>;

constexpr std::size_t kAround = 3;      // lines shown on each side of a difference
constexpr std::size_t kMaxShown = 200;  // lines of a difference
constexpr std::size_t kMaxCells =
    4'000'000;  // of the table; where it would be larger, all between the equal ends differs

enum class Kind : char { Same = ' ', Gone = '-', Come = '+' };

struct Edit {
  Kind kind;
  std::string_view text;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      lines.emplace_back("(no newline at the end)");
      break;
    }
    text.remove_prefix(end + 1);
  }
  return lines;
}

void add_all(std::vector<Edit>& edits, Kind kind, Lines lines) {
  for (const std::string_view line : lines) edits.push_back({kind, line});
}

/// The shortest way from `golden` to `live`.
void add_edits(std::vector<Edit>& edits, Lines golden, Lines live) {
  const std::size_t width = live.size() + 1;
  if ((golden.size() + 1) * width > kMaxCells) {
    add_all(edits, Kind::Gone, golden);
    return add_all(edits, Kind::Come, live);
  }
  // common[i * width + j]: how much golden's rest from i and live's rest from j have in common.
  std::vector<std::uint32_t> common((golden.size() + 1) * width);
  for (std::size_t i = golden.size(); i-- > 0;) {
    for (std::size_t j = live.size(); j-- > 0;) {
      common[i * width + j] = golden[i] == live[j] ? common[(i + 1) * width + j + 1] + 1
                                                   : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < golden.size() && j < live.size()) {
    if (golden[i] == live[j]) {
      edits.push_back({Kind::Same, golden[i++]});
      ++j;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
      edits.push_back({Kind::Gone, golden[i++]});
    } else {
      edits.push_back({Kind::Come, live[j++]});
    }
  }
  add_all(edits, Kind::Gone, golden.subspan(i));
  add_all(edits, Kind::Come, live.subspan(j));
}

std::vector<Edit> edits_between(Lines golden, Lines live) {
  const std::size_t shorter = std::min(golden.size(), live.size());
  std::size_t front = 0;
  while (front < shorter && golden[front] == live[front]) ++front;
  std::size_t back = 0;
  while (back < shorter - front && golden[golden.size() - 1 - back] == live[live.size() - 1 - back]) ++back;
  std::vector<Edit> edits;
  add_all(edits, Kind::Same, golden.first(front));
  add_edits(edits, golden.subspan(front, golden.size() - front - back),
            live.subspan(front, live.size() - front - back));
  add_all(edits, Kind::Same, golden.last(back));
  return edits;
}

/// Which edits are shown: all that change something, and those around them.
std::vector<bool> shown_of(const std::vector<Edit>& edits) {
  std::vector<bool> shown(edits.size(), false);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].kind == Kind::Same) continue;
    const std::size_t from = i - std::min(i, kAround);
    std::fill_n(shown.begin() + static_cast<std::ptrdiff_t>(from), std::min(edits.size(), i + kAround + 1) - from,
                true);
  }
  return shown;
}

/// Set to nothing or to 0: not wanted.
bool update_is_wanted() {
  const char* value = std::getenv("TUNIC_UPDATE_GOLDENS");
  return value != nullptr && *value != '\0' && std::string_view(value) != "0";
}

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) return std::nullopt;
  return content;
}

Compared write_golden(const std::string& path, std::string_view live) {
  if (std::getenv("CI") != nullptr) {
    return {.report = path +
                      " is not written: CI is set, and what is written there is never looked at\n"
                      "  Fix: run the test by hand, and read the difference before you commit it\n"};
  }
  std::ofstream file(path, std::ios::binary);
  file << live;
  if (!file.flush()) return {.report = path + " cannot be written\n"};
  return {.same = true};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Compared& compared) {
  return out << compared.report;
}

Compared matches_golden(const std::string& path, std::string_view live) {
  if (update_is_wanted()) return write_golden(path, live);
  const auto golden = content_of(path);
  if (!golden) {
    return {.report =
                path + " cannot be read\n  Fix: if there is no golden yet, run the test with TUNIC_UPDATE_GOLDENS=1\n"};
  }
  if (*golden == live) return {.same = true};
  return {.report =
              fmt::format("not what {} says:\n{}  Fix: if it is better now, run the test with TUNIC_UPDATE_GOLDENS=1\n",
                          path, difference(*golden, live))};
}

std::string difference(std::string_view golden, std::string_view live) {
  const auto golden_lines = lines_of(golden);
  const auto live_lines = lines_of(live);
  const auto edits = edits_between(golden_lines, live_lines);
  const auto shown = shown_of(edits);
  std::string text;
  std::size_t golden_line = 1;
  std::size_t live_line = 1;
  std::size_t lines = 0;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (shown[i] && lines < kMaxShown) {
      if (i == 0 || !shown[i - 1]) text += fmt::format("line {}, now {}:\n", golden_line, live_line);
      text += fmt::format("{} {}\n", static_cast<char>(edits[i].kind), edits[i].text);
      ++lines;
    } else if (edits[i].kind != Kind::Same) {
      ++left_out;
    }
    golden_line += edits[i].kind == Kind::Come ? 0 : 1;
    live_line += edits[i].kind == Kind::Gone ? 0 : 1;
  }
  if (left_out > 0) text += fmt::format("and {} lines more\n", left_out);
  return text;
}

}  // namespace tunic::testing
