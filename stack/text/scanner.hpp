// A left-to-right reader of packetdrill's notation. It owns the position in the text and the first thing that went wrong.
//
// After a failure every call does nothing and returns an empty value, so that a grammar reads as straight code and asks
// once, at its end, whether all went well. It must not know what is being read: grammars are built on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunic {

/// Where a text stops making sense: the column, counted from 1, and one sentence for people.
struct NotationError {
  std::size_t column = 0;
  std::string message;
};

class NotationScanner {
 public:
  explicit NotationScanner(std::string_view text) : text_(text) {}

  /// Skips blanks; true where nothing follows.
  bool at_end();
  /// Skips blanks; the next character, or '\0' at the end.
  char next();
  /// Skips blanks and takes `literal` if it comes next.
  bool take(std::string_view literal);
  /// As take(), for a word that no letter or digit may follow.
  bool take_word(std::string_view word);
  /// As take(); it is a failure if something else comes.
  void expect(std::string_view literal);

  /// A run of characters up to a blank, as long as they are in `alphabet`; may be empty.
  std::string_view run_of(std::string_view alphabet);
  /// A decimal number, or a hexadecimal one after 0x, of at most `max`. `what` names it in the failure.
  std::uint32_t number(std::uint32_t max, std::string_view what);
  /// Pairs of hexadecimal digits; may be empty.
  std::vector<std::byte> hex_bytes();

  /// Fails at the start of what was taken last, or, where nothing was, at the next character.
  void fail(std::string message);
  bool failed() const { return error_.has_value(); }
  const std::optional<NotationError>& error() const { return error_; }

 private:
  void skip_blanks();

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t token_ = 0;  ///< where what was taken last began
  std::optional<NotationError> error_;
};

}  // namespace tunic
