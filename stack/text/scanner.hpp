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

/// What separates the parts of a text: a notation of one line ends where the line does.
enum class Blanks : std::uint8_t { InLine, WithLineBreaks };

class NotationScanner {
 public:
  explicit NotationScanner(std::string_view text, Blanks blanks = Blanks::InLine) : text_(text), blanks_(blanks) {}

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
  /// A signed decimal number, or a hexadecimal one after 0x, of 64 bits.
  std::int64_t integer(std::string_view what);
  /// Letters, digits and underscores, not beginning with a digit; may be empty.
  std::string_view word();
  /// Everything up to `end`, which is taken too; line breaks included. It is a failure if it never comes.
  std::string_view text_until(std::string_view end, std::string_view what);
  /// Pairs of hexadecimal digits; may be empty.
  std::vector<std::byte> hex_bytes();
  /// As hex_bytes(), but takes them only if `end` follows: a word that only begins like them is left alone.
  std::vector<std::byte> hex_bytes_before(std::string_view end);

  /// How far it has read, in octets; in front of blanks, if they come next.
  std::size_t position() const { return position_; }
  /// Skips blanks; the rest of the text.
  std::string_view rest();

  /// Fails at the start of what was taken last, or, where nothing was, at the next character.
  void fail(std::string message);
  bool failed() const { return error_.has_value(); }
  const std::optional<NotationError>& error() const { return error_; }

 private:
  void skip_blanks();
  bool is_blank(char c) const;

  std::string_view text_;
  Blanks blanks_;
  std::size_t position_ = 0;
  std::size_t token_ = 0;  ///< where what was taken last began
  std::optional<NotationError> error_;
};

}  // namespace tunic
