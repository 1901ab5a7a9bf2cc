// See quantities.hpp. Everything is a decimal number and a unit that says what one of it is worth.
#include "quantities.hpp"

#include <array>
#include <utility>

namespace tunic::command {
namespace {

constexpr std::uint64_t kMaxNumber = 1'000'000'000'000'000'000;

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The decimal number `text` times `worth`. Nothing if it is no number, not a whole amount, or more than kMaxNumber.
std::optional<std::uint64_t> scaled(std::string_view text, std::uint64_t worth) {
  std::uint64_t amount = 0;
  std::size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    const std::uint64_t digit = static_cast<std::uint64_t>(text[at] - '0') * worth;
    if (amount > (kMaxNumber - digit) / 10) return std::nullopt;
    amount = amount * 10 + digit;
  }
  if (at == 0) return std::nullopt;
  if (at == text.size()) return amount;
  if (text[at] != '.' || at + 1 == text.size()) return std::nullopt;
  for (++at; at < text.size(); ++at) {
    if (!is_digit(text[at]) || worth % 10 != 0) return std::nullopt;
    worth /= 10;
    amount += static_cast<std::uint64_t>(text[at] - '0') * worth;
  }
  return amount;
}

template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t number_end = std::min(text.find_first_not_of("0123456789."), text.size());
  for (const auto& [name, worth] : units) {
    if (text.substr(number_end) == name) return scaled(text.substr(0, number_end), worth);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> parse_percent(std::string_view text) {
  const auto parts = scaled(text, 100);
  if (!parts || *parts > 10000) return std::nullopt;
  return static_cast<std::uint32_t>(*parts);
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::array<Unit, 5> kUnits{
      {{"", 1'000'000}, {"ms", 1'000'000}, {"us", 1000}, {"ns", 1}, {"s", 1'000'000'000}}};
  const auto nanoseconds = with_unit(text, kUnits);
  if (!nanoseconds || *nanoseconds > std::uint64_t{3600} * 1'000'000'000) return std::nullopt;
  return Duration(static_cast<Duration::rep>(*nanoseconds));
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  constexpr std::array<Unit, 8> kUnits{{{"", 1},
                                        {"bit", 1},
                                        {"k", 1000},
                                        {"kbit", 1000},
                                        {"M", 1'000'000},
                                        {"Mbit", 1'000'000},
                                        {"G", 1'000'000'000},
                                        {"Gbit", 1'000'000'000}}};
  const auto rate = with_unit(text, kUnits);
  if (!rate || *rate == 0 || *rate > std::uint64_t{100} * 1'000'000'000) return std::nullopt;
  return rate;
}

}  // namespace tunic::command
