// The text of a script as the parser sees it: without comments, without the parts that #ifdef leaves out, with words
// replaced by what -D says. Knows where each octet of it stood in the file, and nothing of the grammar.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "script/script.hpp"

namespace tunic::script {

class Source {
 public:
  /// Errors: a comment, a piece of code or an #ifdef without end, an unknown directive.
  static std::expected<Source, ScriptError> prepare(std::string file, std::string_view original,
                                                    const Definitions& definitions);

  const std::string& text() const { return text_; }
  /// Where the octet at `offset` of text() came from.
  Place place_of(std::size_t offset) const;
  ScriptError error_at(std::size_t offset, std::string message) const;

 private:
  friend class Cleaner;
  /// From here on text() and the original are this far apart.
  struct Shift {
    std::size_t offset;
    std::size_t original;
  };

  std::string file_;
  std::string text_;
  std::vector<std::size_t> lines_;  // where the original's lines begin
  std::vector<Shift> shifts_;
};

}  // namespace tunic::script
