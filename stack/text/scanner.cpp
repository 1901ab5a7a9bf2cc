// Reading left to right; the first failure stays.
#include "text/scanner.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tunic {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

}  // namespace

bool NotationScanner::is_blank(char c) const {
  return c == ' ' || c == '\t' || (blanks_ == Blanks::WithLineBreaks && (c == '\n' || c == '\r'));
}

void NotationScanner::skip_blanks() {
  while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  token_ = position_;
}

bool NotationScanner::at_end() {
  skip_blanks();
  return failed() || position_ == text_.size();
}

char NotationScanner::next() {
  return at_end() ? '\0' : text_[position_];
}

bool NotationScanner::take(std::string_view literal) {
  if (at_end() || !text_.substr(position_).starts_with(literal)) return false;
  position_ += literal.size();
  return true;
}

bool NotationScanner::take_word(std::string_view word) {
  if (at_end() || !text_.substr(position_).starts_with(word)) return false;
  const std::size_t end = position_ + word.size();
  if (end < text_.size() && is_word(text_[end])) return false;
  position_ = end;
  return true;
}

void NotationScanner::expect(std::string_view literal) {
  if (!take(literal)) fail(fmt::format("expected '{}'", literal));
}

std::string_view NotationScanner::run_of(std::string_view alphabet) {
  if (at_end()) return {};
  const std::size_t end = std::min(text_.find_first_not_of(alphabet, position_), text_.size());
  const std::string_view run = text_.substr(position_, end - position_);
  position_ = end;
  return run;
}

std::uint32_t NotationScanner::number(std::uint32_t max, std::string_view what) {
  if (failed()) return 0;
  const bool hexadecimal = take("0x");
  const std::size_t begin = token_;
  const std::string_view digits =
      hexadecimal ? text_.substr(position_, text_.find_first_not_of(kHexDigits, position_) - position_)
                  : run_of("0123456789");
  if (hexadecimal) position_ += digits.size();
  token_ = begin;
  std::uint32_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  if (digits.empty()) {
    fail(fmt::format("expected {}", what));
  } else if (result.ec != std::errc{} || value > max) {
    fail(fmt::format("{} is at most {}", what, max));
  }
  return failed() ? 0 : value;
}

std::int64_t NotationScanner::integer(std::string_view what) {
  if (failed()) return 0;
  const bool negative = take("-");
  const std::size_t begin = token_;
  const bool hexadecimal = take("0x");
  const std::string_view tail = text_.substr(position_);
  const std::string_view digits =
      tail.substr(0, tail.find_first_not_of(hexadecimal ? kHexDigits : std::string_view("0123456789")));
  position_ += digits.size();
  token_ = begin;
  std::uint64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  if (digits.empty()) {
    fail(fmt::format("expected {}", what));
  } else if (result.ec != std::errc{} || value > static_cast<std::uint64_t>(INT64_MAX)) {
    fail(fmt::format("{} does not fit 64 bits", what));
  }
  if (failed()) return 0;
  return negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

std::string_view NotationScanner::word() {
  if (at_end() || !is_word(text_[position_]) || (text_[position_] >= '0' && text_[position_] <= '9')) return {};
  std::size_t end = position_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  const std::string_view word = text_.substr(position_, end - position_);
  position_ = end;
  return word;
}

std::string_view NotationScanner::text_until(std::string_view end, std::string_view what) {
  if (failed()) return {};
  const std::size_t found = text_.find(end, position_);
  if (found == std::string_view::npos) {
    fail(fmt::format("{} has no end: expected '{}'", what, end));
    return {};
  }
  const std::string_view text = text_.substr(position_, found - position_);
  position_ = found + end.size();
  return text;
}

std::string_view NotationScanner::rest() {
  return at_end() ? std::string_view() : text_.substr(position_);
}

std::vector<std::byte> NotationScanner::hex_bytes_before(std::string_view end) {
  if (at_end()) return {};
  const std::size_t stop = text_.find_first_not_of(kHexDigits, position_);
  if (stop == std::string_view::npos || !text_.substr(stop).starts_with(end)) return {};
  return hex_bytes();
}

std::vector<std::byte> NotationScanner::hex_bytes() {
  const std::string_view digits = run_of(kHexDigits);
  if (digits.size() % 2 != 0) fail("hexadecimal digits come in pairs");
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    std::uint8_t value = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
    bytes.push_back(std::byte{value});
  }
  return bytes;
}

void NotationScanner::fail(std::string message) {
  if (!failed()) error_ = NotationError{token_ + 1, std::move(message)};
}

}  // namespace tunic
