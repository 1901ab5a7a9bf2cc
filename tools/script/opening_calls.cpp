// Calls that open, bind, connect and close: socket() to close().
#include "script/call_builder.hpp"

#include <memory>

namespace tunic::script {

using posix::Errno;

Attempt CallBuilder::socket() {
  const int domain = argument(0).kind == Value::Kind::Ellipsis ? posix::kAfInet : integer(0);
  const int type = integer(1);
  const int protocol = integer(2);
  return [&table = table_, domain, type, protocol](bool) -> std::optional<CallOutcome> {
    return opening_outcome(table.socket(domain, type, protocol));
  };
}

Attempt CallBuilder::bind() {
  const int fd = descriptor();
  const WrittenAddress to = address(1, calls_.addresses_.bind);
  return [&table = table_, fd, to](bool) -> std::optional<CallOutcome> {
    return outcome_of(table.bind(fd, to.data(), to.length));
  };
}

Attempt CallBuilder::listen() {
  const int fd = descriptor();
  const int backlog = integer(1);
  return [&table = table_, fd, backlog](bool) -> std::optional<CallOutcome> {
    return outcome_of(table.listen(fd, backlog));
  };
}

Attempt CallBuilder::accept() {
  const int fd = descriptor();
  const int mode = flags(3);
  return [&table = table_, fd, mode, peer = expected_address(1)](bool) -> std::optional<CallOutcome> {
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    const auto answer = table.accept4(fd, &address, &length, mode);
    if (waits_for(answer, Errno::Again) && may_wait(table, fd, 0)) return std::nullopt;
    CallOutcome outcome = opening_outcome(answer);
    compare_address(outcome, peer, address);
    return outcome;
  };
}

Attempt CallBuilder::connect() {
  const int fd = descriptor();
  const WrittenAddress to = address(1, calls_.addresses_.connect);
  const auto begun = std::make_shared<bool>(false);
  return [&table = table_, fd, to, begun](bool) -> std::optional<CallOutcome> {
    if (*begun && table.connecting(fd)) return std::nullopt;
    const auto answer = table.connect(fd, to.data(), to.length);
    *begun = true;
    const bool under_way = waits_for(answer, Errno::InProgress) || waits_for(answer, Errno::Already);
    if (under_way && may_wait(table, fd, 0)) return std::nullopt;
    return outcome_of(answer);
  };
}

Attempt CallBuilder::shutdown() {
  const int fd = descriptor();
  const int how = integer(1);
  return [&table = table_, fd, how](bool) -> std::optional<CallOutcome> { return outcome_of(table.shutdown(fd, how)); };
}

Attempt CallBuilder::close() {
  const int fd = descriptor();
  prepared_.watched.clear();
  const auto closing = table_.is_open(fd) ? table_.closing_wait(fd) : std::nullopt;
  if (closing) prepared_.patience = closing->limit;
  calls_.descriptors_.erase(checked(number_of(argument(0))));
  const auto begun = std::make_shared<std::optional<CallOutcome>>();
  return [&table = table_, fd, closing, begun](bool expired) -> std::optional<CallOutcome> {
    if (!*begun) *begun = outcome_of(table.close(fd));
    if (closing && !expired && table.still_closing(*closing)) return std::nullopt;
    return **begun;
  };
}

Attempt CallBuilder::dup() {
  const int fd = descriptor();
  return [&table = table_, fd](bool) -> std::optional<CallOutcome> { return opening_outcome(table.dup(fd)); };
}

}  // namespace tunic::script
