// Calls that ask and set: fcntl() and ioctl(), options, names.
#include "script/call_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tunic::script {

using posix::Errno;

namespace {

std::string shown(const std::vector<std::byte>& bytes) {
  std::string text;
  for (std::size_t at = 0; at + sizeof(int) <= bytes.size(); at += sizeof(int)) {
    int value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
  }
  return '[' + text + ']';
}

}  // namespace

Attempt CallBuilder::control() {
  const int fd = descriptor();
  const int command = integer(1);
  const int value = flags(2);
  return [&table = table_, fd, command, value](bool) -> std::optional<CallOutcome> {
    return outcome_of(table.fcntl(fd, command, value));
  };
}

Attempt CallBuilder::io_control() {
  const int fd = descriptor();
  const auto request = static_cast<std::uint32_t>(number(1));
  const auto wanted = argument(2).kind == Value::Kind::Ellipsis ? std::nullopt : std::optional(integer(2));
  return [&table = table_, fd, request, wanted](bool) -> std::optional<CallOutcome> {
    int value = wanted.value_or(0);
    CallOutcome outcome = outcome_of(table.ioctl(fd, request, &value));
    if (!outcome.error && wanted && value != *wanted) {
      outcome.differences.push_back(fmt::format("the value: expected {}, live {}", *wanted, value));
    }
    return outcome;
  };
}

Attempt CallBuilder::set_option() {
  const int fd = descriptor();
  const int level = integer(1);
  const int option = integer(2);
  const auto length = static_cast<posix::SockLen>(std::clamp<std::int64_t>(number(4), 0, 4096));
  auto value = checked(option_of(argument(3)));
  value.resize(std::max<std::size_t>(value.size(), length));
  return [&table = table_, fd, level, option, length, value](bool) -> std::optional<CallOutcome> {
    return outcome_of(table.setsockopt(fd, level, option, value.data(), length));
  };
}

Attempt CallBuilder::get_option() {
  const int fd = descriptor();
  const int level = integer(1);
  const int option = integer(2);
  const bool any = argument(3).kind == Value::Kind::Ellipsis;
  const auto wanted = any ? std::vector<std::byte>() : checked(option_of(argument(3)));
  const auto length = static_cast<posix::SockLen>(std::clamp<std::int64_t>(number(4), 0, 4096));
  return [&table = table_, fd, level, option, any, wanted, length](bool) -> std::optional<CallOutcome> {
    std::vector<std::byte> value(std::max<std::size_t>(length, 1));
    posix::SockLen actual = length;
    CallOutcome outcome = outcome_of(table.getsockopt(fd, level, option, value.data(), &actual));
    if (outcome.error || any) return outcome;
    value.resize(actual);
    const std::size_t compared = std::min(value.size(), wanted.size());
    const bool same = std::equal(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(compared), value.begin());
    if (!same)
      outcome.differences.push_back(fmt::format("the option: expected {}, live {}", shown(wanted), shown(value)));
    return outcome;
  };
}

Attempt CallBuilder::socket_name() {
  const int fd = descriptor();
  return [&table = table_, fd, expected = expected_address(1)](bool) -> std::optional<CallOutcome> {
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    CallOutcome outcome = outcome_of(table.getsockname(fd, &address, &length));
    compare_address(outcome, expected, address);
    return outcome;
  };
}

Attempt CallBuilder::peer_name() {
  const int fd = descriptor();
  return [&table = table_, fd, expected = expected_address(1)](bool) -> std::optional<CallOutcome> {
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    CallOutcome outcome = outcome_of(table.getpeername(fd, &address, &length));
    compare_address(outcome, expected, address);
    return outcome;
  };
}

}  // namespace tunic::script
