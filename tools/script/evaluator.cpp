// Precedence climbing, evaluated while it is read: a block runs once, so there is no tree to keep.
#include "script/evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "text/scanner.hpp"

namespace tunic::script {

namespace {

constexpr int kDeepestNesting = 64;

/// What an expression gave. A text has no number and takes part in nothing but printing.
struct Operand {
  std::int64_t number = 0;
  std::string text;
  bool is_text = false;
};

struct BinaryOperator {
  std::string_view sign;
  int strength;
};
// Longer signs first: '<' must not eat the beginning of '<<'.
constexpr std::array<BinaryOperator, 10> kBinary{
    {{"<<", 4}, {">>", 4}, {"//", 6}, {"|", 1}, {"^", 2}, {"&", 3}, {"+", 5}, {"-", 5}, {"*", 6}, {"/", 6}}};
constexpr BinaryOperator kModulo{"%", 6};
constexpr std::array<std::string_view, 6> kComparisons{"==", "!=", "<=", ">=", "<", ">"};

class Run {
 public:
  Run(std::string_view program, const Evaluator::Lookup& lookup,
      std::map<std::string, std::int64_t, std::less<>>& variables, std::string& printed)
      : scanner_(program, Blanks::WithLineBreaks), lookup_(lookup), variables_(variables), printed_(printed) {}

  std::expected<void, std::string> statements() {
    while (!scanner_.at_end()) {
      statement();
      while (scanner_.take(";")) {
      }
    }
    if (scanner_.failed()) return std::unexpected(scanner_.error()->message);
    return {};
  }

 private:
  void statement() {
    if (scanner_.take_word("assert")) return assertion();
    if (scanner_.take_word("print")) return print();
    const std::string name(scanner_.word());
    if (name.empty()) return scanner_.fail("expected a statement: assert, print or an assignment");
    const bool add = scanner_.take("+=");
    const bool subtract = !add && scanner_.take("-=");
    if (!add && !subtract) scanner_.expect("=");
    const std::int64_t value = number(expression());
    if (scanner_.failed()) return;
    if (!add && !subtract) {
      variables_[name] = value;
    } else {
      const std::int64_t old = named(name);
      variables_[name] = calculate(add ? "+" : "-", old, value);
    }
  }

  void assertion() {
    const std::string_view rest = scanner_.rest();
    const std::size_t begin = scanner_.position();
    used_.clear();
    const Operand outcome = expression();
    const std::string condition(rest.substr(0, scanner_.position() - begin));
    std::string note;
    const auto of_condition = used_;
    if (scanner_.take(",")) note = shown(expression());
    if (scanner_.failed() || (outcome.is_text ? !outcome.text.empty() : outcome.number != 0)) return;
    std::string values;
    for (const auto& [name, value] : of_condition)
      values += fmt::format("{}{} is {}", values.empty() ? "" : ", ", name, value);
    scanner_.fail(fmt::format("the assertion does not hold: {}{}{}{}", condition, values.empty() ? "" : "; ", values,
                              note.empty() ? "" : " (" + note + ")"));
  }

  void print() {
    const bool bracketed = scanner_.take("(");
    std::string line;
    do {
      if (scanner_.at_end() || scanner_.next() == ';' || scanner_.next() == ')') break;
      if (!line.empty()) line += ' ';
      line += shown(expression());
    } while (scanner_.take(","));
    if (bracketed) scanner_.expect(")");
    printed_ += line + '\n';
  }

  static std::string shown(const Operand& operand) {
    return operand.is_text ? operand.text : std::to_string(operand.number);
  }

  std::int64_t number(const Operand& operand) {
    if (operand.is_text) scanner_.fail("a text cannot be calculated with");
    return operand.number;
  }

  // ---- Expressions, weakest first ----

  Operand expression() {
    if (++depth_ > kDeepestNesting) scanner_.fail("brackets are nested too deeply");
    Operand left = conjunction();
    while (scanner_.take_word("or")) {
      const Operand right = conjunction();
      left.number = number(left) != 0 ? left.number : number(right);
    }
    --depth_;
    return left;
  }

  Operand conjunction() {
    Operand left = negation();
    while (scanner_.take_word("and")) {
      const Operand right = negation();
      left.number = number(left) == 0 ? 0 : number(right);
    }
    return left;
  }

  Operand negation() {
    bool negate = false;
    bool any = false;
    while (scanner_.take_word("not")) {
      negate = !negate;
      any = true;
    }
    Operand operand = comparison();
    if (any) operand.number = static_cast<std::int64_t>((number(operand) == 0) == negate);
    return operand;
  }

  Operand comparison() {
    Operand left = binary(0);
    bool any = false;
    bool holds = true;
    while (const auto sign = take_comparison()) {
      Operand right = binary(0);
      holds = holds && compare(*sign, number(left), number(right));
      left = std::move(right);
      any = true;
    }
    if (!any) return left;
    return {.number = static_cast<std::int64_t>(holds), .text = {}};
  }

  std::optional<std::string_view> take_comparison() {
    if (scanner_.rest().starts_with("<<") || scanner_.rest().starts_with(">>")) return std::nullopt;
    for (const std::string_view sign : kComparisons) {
      if (scanner_.take(sign)) return sign;
    }
    return std::nullopt;
  }

  static bool compare(std::string_view sign, std::int64_t a, std::int64_t b) {
    if (sign == "==") return a == b;
    if (sign == "!=") return a != b;
    if (sign == "<=") return a <= b;
    if (sign == ">=") return a >= b;
    return sign == "<" ? a < b : a > b;
  }

  Operand binary(int weakest) {
    Operand left = unary();
    while (const auto found = take_binary(weakest)) {
      if (left.is_text && found->sign == kModulo.sign) {
        left.text = formatted(left.text);
        continue;
      }
      const Operand right = binary(found->strength + 1);
      left.number = calculate(found->sign, number(left), number(right));
    }
    return left;
  }

  /// 'cwnd=%d' % value, or % (value, value): what stands behind the sign takes the place of %d and its like.
  std::string formatted(std::string_view pattern) {
    std::vector<std::string> values;
    const bool several = scanner_.take("(");
    do {
      values.push_back(shown(several ? expression() : binary(kModulo.strength + 1)));
    } while (several && scanner_.take(","));
    if (several) scanner_.expect(")");
    std::string text;
    std::size_t used = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '%' || i + 1 == pattern.size()) {
        text += pattern[i];
      } else if (pattern[++i] == '%') {
        text += '%';
      } else if (used < values.size()) {
        text += values[used++];
      } else {
        scanner_.fail("the text wants more values than there are");
      }
    }
    return text;
  }

  std::optional<BinaryOperator> take_binary(int weakest) {
    for (const BinaryOperator& candidate : kBinary) {
      if (candidate.strength >= weakest && scanner_.take(candidate.sign)) return candidate;
    }
    if (kModulo.strength >= weakest && scanner_.take(kModulo.sign)) return kModulo;
    return std::nullopt;
  }

  std::int64_t calculate(std::string_view sign, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    bool overflow = false;
    if (sign == "+") overflow = __builtin_add_overflow(a, b, &result);
    if (sign == "-") overflow = __builtin_sub_overflow(a, b, &result);
    if (sign == "*") overflow = __builtin_mul_overflow(a, b, &result);
    if (sign == "&") result = a & b;
    if (sign == "|") result = a | b;
    if (sign == "^") result = a ^ b;
    if (sign == "<<" || sign == ">>") result = shift(sign, a, b);
    if (sign == "/" || sign == "//" || sign == "%") result = divide(sign, a, b);
    if (overflow) scanner_.fail("the result does not fit 64 bits");
    return result;
  }

  std::int64_t shift(std::string_view sign, std::int64_t a, std::int64_t b) {
    if (a < 0 || b < 0 || b > 31 || a > 0xffffffff) {
      scanner_.fail("only 32 bits can be shifted, by at most 31");
      return 0;
    }
    return sign == "<<" ? a << b : a >> b;
  }

  /// Rounds towards minus infinity, as Python does.
  std::int64_t divide(std::string_view sign, std::int64_t a, std::int64_t b) {
    if (b == 0 || (a == std::numeric_limits<std::int64_t>::min() && b == -1)) {
      scanner_.fail("division by zero");
      return 0;
    }
    const std::int64_t quotient = a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
    const std::int64_t remainder = a - quotient * b;
    if (sign == "/" && remainder != 0) scanner_.fail("'/' leaves a remainder, and there are no fractions: use '//'");
    return sign == "%" ? remainder : quotient;
  }

  Operand unary() {
    int minus = 0;
    bool complement = false;
    while (true) {
      if (scanner_.take("-")) {
        ++minus;
      } else if (scanner_.take("~")) {
        complement = !complement;
      } else {
        break;
      }
    }
    Operand operand = primary();
    if (complement) operand.number = ~number(operand);
    if (minus % 2 != 0) operand.number = calculate("-", 0, number(operand));
    return operand;
  }

  Operand primary() {
    const char next = scanner_.next();
    if (next >= '0' && next <= '9') return {.number = scanner_.integer("a number"), .text = {}};
    if (next == '\'' || next == '"') {
      const std::string quote(1, next);
      scanner_.expect(quote);
      return {.text = std::string(scanner_.text_until(quote, "the text")), .is_text = true};
    }
    if (scanner_.take("(")) {
      Operand inside = expression();
      scanner_.expect(")");
      return inside;
    }
    const std::string name(scanner_.word());
    if (name.empty()) {
      scanner_.fail("expected a value: a number, a name or a bracket");
      return {};
    }
    if (scanner_.take("(")) return {.number = apply(name), .text = {}};
    return {.number = named(name), .text = {}};
  }

  std::int64_t apply(const std::string& name) {
    std::vector<std::int64_t> values;
    do {
      values.push_back(number(expression()));
    } while (scanner_.take(","));
    scanner_.expect(")");
    if (name == "min") return std::ranges::min(values);
    if (name == "max") return std::ranges::max(values);
    if (name == "abs" && values.size() == 1) return values[0] < 0 ? calculate("-", 0, values[0]) : values[0];
    if (name == "int" && values.size() == 1) return values[0];
    scanner_.fail(fmt::format("there is no function {}() of {} arguments", name, values.size()));
    return 0;
  }

  std::int64_t named(const std::string& name) {
    if (name == "True") return 1;
    if (name == "False") return 0;
    const auto variable = variables_.find(name);
    const auto value = variable != variables_.end() ? std::optional(variable->second) : lookup_(name);
    if (!value) scanner_.fail(fmt::format("there is no value named '{}'", name));
    used_.emplace_back(name, value.value_or(0));
    return value.value_or(0);
  }

  NotationScanner scanner_;
  const Evaluator::Lookup& lookup_;
  std::map<std::string, std::int64_t, std::less<>>& variables_;
  std::string& printed_;
  std::vector<std::pair<std::string, std::int64_t>> used_;  // of the assertion at hand
  int depth_ = 0;
};

/// Joins lines that a backslash continues, and drops Python's comments.
std::string one_statement_per_line(std::string_view program) {
  std::string text;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i] == '\\' && i + 1 < program.size() && program[i + 1] == '\n') {
      text += ' ';
      ++i;
    } else if (program[i] == '#') {
      i = std::min(program.find('\n', i), program.size()) - 1;
    } else {
      text += program[i];
    }
  }
  return text;
}

}  // namespace

std::expected<void, std::string> Evaluator::run(std::string_view program, const Lookup& lookup) {
  const std::string text = one_statement_per_line(program);
  return Run(text, lookup, variables_, printed_).statements();
}

}  // namespace tunic::script
