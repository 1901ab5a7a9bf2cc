// The code blocks of scripts: a small language of assertions over numbers, in Python's spelling.
//
//     program    := statement {(';' | line break) statement}           a backslash, or an open bracket, continues a line
//     statement  := 'assert' expression [',' expression] | 'print' arguments | name ('=' | '+=' | '-=') expression
//     expression := 'not', 'and', 'or'; comparisons, chained as in a < b <= c; | ^ & << >> + - * // / % - ~; ( )
//     operand    := number | 'text' | 'text %d' % value | name | abs(x) | min(x, …) | max(x, …)
//
// Values are 64-bit integers and texts; true and false are 1 and 0. Everything that a program can do wrong is an error with
// a sentence: unknown names, division by zero, overflow. It must not know what the names mean: whoever runs it gives them.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tunic::script {

class Evaluator {
 public:
  /// Gives the value of a name that no statement has set; nullopt: there is no such name.
  using Lookup = std::function<std::optional<std::int64_t>(std::string_view name)>;

  /// Runs a block. The error says what went wrong, with the values of a failed assertion. Variables stay for later blocks.
  std::expected<void, std::string> run(std::string_view program, const Lookup& lookup);
  /// What print statements have said so far, a line each.
  const std::string& printed() const { return printed_; }

 private:
  std::map<std::string, std::int64_t, std::less<>> variables_;
  std::string printed_;
};

}  // namespace tunic::script
