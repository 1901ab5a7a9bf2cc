// One pass over the text. What is taken out leaves blanks, so that only a replaced word moves what comes behind it.
#include "script/source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tunic::script {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

class Cleaner {
 public:
  Cleaner(Source& source, std::string_view in, const Definitions& definitions)
      : source_(source), in_(in), definitions_(definitions) {}

  std::optional<ScriptError> run() {
    while (at_ < in_.size() && !error_) step();
    if (!error_ && !conditions_.empty()) fail(conditions_.back().begin, "#ifdef without an #endif");
    return error_;
  }

 private:
  struct Condition {
    std::size_t begin;
    bool holds;
  };

  void step() {
    const std::string_view rest = in_.substr(at_);
    if (at_line_start_ && rest.starts_with('#')) return directive();
    if (!holds()) return skip_line();
    if (rest.starts_with("//")) return blank(line_end());
    if (rest.starts_with("/*")) return through(2, "*/", "a comment", true);
    if (rest.starts_with("%{")) return through(2, "}%", "a piece of code", false);
    if (rest.front() == '"') return quoted();
    if (rest.front() == '`') return through(1, "`", "a command", false);
    if (is_word(rest.front())) return word();
    copy(at_ + 1);
  }

  bool holds() const {
    return std::ranges::all_of(conditions_, [](const Condition& c) { return c.holds; });
  }
  std::size_t line_end() const { return std::min(in_.find('\n', at_), in_.size()); }

  void copy(std::size_t end) {
    for (; at_ < end; ++at_) put(in_[at_]);
  }
  void blank(std::size_t end) {
    for (; at_ < end; ++at_) put(in_[at_] == '\n' ? '\n' : ' ');
  }
  void put(char c) {
    source_.text_ += c;
    if (c == '\n') {
      at_line_start_ = true;
    } else if (c != ' ' && c != '\t') {
      at_line_start_ = false;
    }
  }
  void skip_line() { blank(std::min(line_end() + 1, in_.size())); }

  void through(std::size_t opening, std::string_view closing, std::string_view what, bool is_comment) {
    const std::size_t found = in_.find(closing, at_ + opening);
    if (found == std::string_view::npos) {
      return fail(at_, fmt::format("{} begins here and has no end: expected '{}'", what, closing));
    }
    is_comment ? blank(found + closing.size()) : copy(found + closing.size());
  }

  /// To its end or, where it has none, to that of the line: the parser will complain.
  void quoted() { copy(std::min(std::min(in_.find('"', at_ + 1), line_end()) + 1, in_.size())); }

  void word() {
    std::size_t end = at_;
    while (end < in_.size() && is_word(in_[end])) ++end;
    const std::string_view word = in_.substr(at_, end - at_);
    const auto found = std::ranges::find(definitions_, word,
                                         [](const auto& definition) { return std::string_view(definition.first); });
    if (found == definitions_.end() || found->second.empty()) return copy(end);
    for (const char c : found->second) put(c);
    at_ = end;
    source_.shifts_.push_back({source_.text_.size(), at_});
  }

  void directive() {
    const std::size_t begin = at_;
    std::string_view line = in_.substr(at_, line_end() - at_);
    if (line.starts_with("#!") && begin == 0) return skip_line();
    const std::size_t name_end = std::min(line.find_first_of(" \t\r"), line.size());
    const std::string_view name = line.substr(0, name_end);
    line.remove_prefix(name_end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view argument = line.substr(0, line.find_first_of(" \t\r/"));
    if (name == "#ifdef" || name == "#ifndef") {
      conditions_.push_back({begin, is_defined(argument) == (name == "#ifdef")});
    } else if (name == "#else" && !conditions_.empty()) {
      conditions_.back().holds = !conditions_.back().holds;
    } else if (name == "#endif" && !conditions_.empty()) {
      conditions_.pop_back();
    } else {
      return fail(begin, "expected #ifdef, #ifndef, or the #else or #endif of one");
    }
    skip_line();
  }

  bool is_defined(std::string_view name) const {
    return std::ranges::any_of(definitions_, [&](const auto& definition) { return definition.first == name; });
  }

  void fail(std::size_t original, std::string message) {
    // The place is found through the text: what is not there yet is its end.
    source_.shifts_.push_back({source_.text_.size(), original});
    error_ = source_.error_at(source_.text_.size(), std::move(message));
  }

  Source& source_;
  std::string_view in_;
  const Definitions& definitions_;
  std::size_t at_ = 0;
  bool at_line_start_ = true;
  std::vector<Condition> conditions_;
  std::optional<ScriptError> error_;
};

std::expected<Source, ScriptError> Source::prepare(std::string file, std::string_view original,
                                                   const Definitions& definitions) {
  Source source;
  source.file_ = std::move(file);
  source.lines_.push_back(0);
  for (std::size_t i = 0; i < original.size(); ++i) {
    if (original[i] == '\n') source.lines_.push_back(i + 1);
  }
  source.text_.reserve(original.size());
  if (auto error = Cleaner(source, original, definitions).run()) return std::unexpected(std::move(*error));
  return source;
}

Place Source::place_of(std::size_t offset) const {
  const auto next = std::ranges::upper_bound(shifts_, offset, {}, &Shift::offset);
  const std::size_t original =
      next == shifts_.begin() ? offset : std::prev(next)->original + offset - std::prev(next)->offset;
  const auto line = std::prev(std::ranges::upper_bound(lines_, original));
  return {static_cast<std::uint32_t>(line - lines_.begin() + 1), static_cast<std::uint32_t>(original - *line + 1)};
}

ScriptError Source::error_at(std::size_t offset, std::string message) const {
  return {file_, place_of(offset), std::move(message)};
}

}  // namespace tunic::script
