// Calls that wait for readiness: poll() and the epoll family.
#include "script/call_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tunic::script {

using posix::Errno;

/// Milliseconds; negative: for ever.
void CallBuilder::set_patience(std::int64_t timeout) {
  if (timeout >= 0) prepared_.patience = std::chrono::milliseconds(timeout);
}

Attempt CallBuilder::poll() {
  std::vector<posix::PollFd> asked;
  std::vector<std::int16_t> wanted;
  for (const Value& item : argument(0).items) {
    const Value* fd = item.field("fd");
    const auto events = static_cast<std::int16_t>(number_in(item, "events"));
    wanted.push_back(static_cast<std::int16_t>(number_in(item, "revents")));
    asked.push_back({fd == nullptr ? kNoDescriptor : descriptor(*fd), events, 0});
  }
  set_patience(number(2));
  return [&table = table_, asked, wanted](bool expired) -> std::optional<CallOutcome> {
    auto fds = asked;
    const auto answer = table.poll(fds.data(), fds.size());
    if (answer && *answer == 0 && !expired) return std::nullopt;
    CallOutcome outcome = outcome_of(answer);
    for (std::size_t i = 0; i < fds.size() && answer; ++i) {
      if (fds[i].revents == wanted[i]) continue;
      outcome.differences.push_back(fmt::format("revents: expected {:#x}, live {:#x}", wanted[i], fds[i].revents));
    }
    return outcome;
  };
}

Attempt CallBuilder::epoll_create() {
  const int mode = call_.name == "epoll_create1" ? integer(0) : 0;
  return [&table = table_, mode](bool) -> std::optional<CallOutcome> {
    return opening_outcome(table.epoll_create1(mode));
  };
}

/// {events=EPOLLIN, fd=4}, or ptr=, u32=, u64= in place of fd=
posix::EpollEvent CallBuilder::epoll_event(const Value& record) {
  posix::EpollEvent event;
  if (record.kind != Value::Kind::Record) return event;
  event.events = static_cast<std::uint32_t>(number_in(record, "events"));
  for (const std::string_view name : {"fd", "ptr", "u32", "u64"}) {
    if (const Value* data = record.field(name)) event.data = static_cast<std::uint64_t>(checked(number_of(*data)));
  }
  return event;
}

Attempt CallBuilder::epoll_control() {
  const int epoll = descriptor();
  const int operation = integer(1);
  const int fd = descriptor(argument(2));
  return [&table = table_, epoll, operation, fd, event = epoll_event(argument(3))](bool) -> std::optional<CallOutcome> {
    posix::EpollEvent copy = event;
    return outcome_of(table.epoll_ctl(epoll, operation, fd, &copy));
  };
}

Attempt CallBuilder::epoll_wait() {
  const int epoll = descriptor();
  std::vector<posix::EpollEvent> wanted;
  const bool any = argument(1).kind == Value::Kind::Ellipsis;
  if (argument(1).kind == Value::Kind::Record) wanted.push_back(epoll_event(argument(1)));
  for (const Value& item : argument(1).items) wanted.push_back(epoll_event(item));
  const int most = std::clamp(integer(2), 0, 1024);
  set_patience(number(3));
  return [&table = table_, epoll, wanted, any, most](bool expired) -> std::optional<CallOutcome> {
    std::vector<posix::EpollEvent> events(static_cast<std::size_t>(std::max(most, 1)));
    const auto answer = table.epoll_wait(epoll, events.data(), most);
    if (answer && *answer == 0 && !expired) return std::nullopt;
    CallOutcome outcome = outcome_of(answer);
    const std::size_t count = any || !answer ? 0 : std::min(wanted.size(), static_cast<std::size_t>(*answer));
    for (std::size_t i = 0; i < count; ++i) {
      if (events[i].events == wanted[i].events && events[i].data == wanted[i].data) continue;
      outcome.differences.push_back(fmt::format("event {}: expected {:#x} data {}, live {:#x} data {}", i,
                                                std::uint32_t{wanted[i].events}, std::uint64_t{wanted[i].data},
                                                std::uint32_t{events[i].events}, std::uint64_t{events[i].data}));
    }
    return outcome;
  };
}

}  // namespace tunic::script
