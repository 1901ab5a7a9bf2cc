// One small function per call. What it needs is taken from the arguments at once, so that an attempt cannot fail to understand.
#include "script/calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "script/arguments.hpp"
#include "script/names.hpp"

namespace tunic::script {

namespace {

using posix::Errno;

constexpr std::int64_t kMostOctets = 64 * 1024 * 1024;

/// More than fits is refused by whoever asks for it: scripts write odd sizes on purpose.
std::size_t size_of(std::int64_t written) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(written, 0, kMostOctets));
}

CallOutcome outcome_of(const SocketTable::Answer& answer) {
  if (answer) return {.result = *answer, .error = {}, .differences = {}, .opened = {}};
  return {.result = -1, .error = answer.error(), .differences = {}, .opened = {}};
}

CallOutcome opening_outcome(const SocketTable::Answer& answer) {
  CallOutcome outcome = outcome_of(answer);
  if (answer) outcome.opened = static_cast<int>(*answer);
  return outcome;
}

bool waits_for(const SocketTable::Answer& answer, Errno reason) {
  return !answer && answer.error() == reason;
}

}  // namespace

/// Prepares one call. The first thing that cannot be understood is kept; what follows it is of no matter.
class CallBuilder {
 public:
  CallBuilder(Calls& calls, const Call& call) : calls_(calls), table_(calls.table_), call_(call) {}

  std::expected<PreparedCall, std::string> build() {
    struct Row {
      std::string_view name;
      std::size_t arguments;
      Attempt (CallBuilder::*make)();
    };
    static constexpr std::array<Row, 32> kRows{{{"socket", 3, &CallBuilder::socket},
                                                {"bind", 3, &CallBuilder::bind},
                                                {"listen", 2, &CallBuilder::listen},
                                                {"accept", 3, &CallBuilder::accept},
                                                {"accept4", 4, &CallBuilder::accept},
                                                {"connect", 3, &CallBuilder::connect},
                                                {"read", 3, &CallBuilder::receive},
                                                {"recv", 4, &CallBuilder::receive},
                                                {"recvfrom", 6, &CallBuilder::receive},
                                                {"readv", 3, &CallBuilder::receive_vector},
                                                {"recvmsg", 3, &CallBuilder::receive_message},
                                                {"write", 3, &CallBuilder::send},
                                                {"send", 4, &CallBuilder::send},
                                                {"sendto", 6, &CallBuilder::send},
                                                {"writev", 3, &CallBuilder::send_vector},
                                                {"sendmsg", 3, &CallBuilder::send_message},
                                                {"shutdown", 2, &CallBuilder::shutdown},
                                                {"close", 1, &CallBuilder::close},
                                                {"dup", 1, &CallBuilder::dup},
                                                {"fcntl", 2, &CallBuilder::control},
                                                {"fcntl", 3, &CallBuilder::control},
                                                {"ioctl", 3, &CallBuilder::io_control},
                                                {"getsockopt", 5, &CallBuilder::get_option},
                                                {"setsockopt", 5, &CallBuilder::set_option},
                                                {"getsockname", 3, &CallBuilder::socket_name},
                                                {"getpeername", 3, &CallBuilder::peer_name},
                                                {"poll", 3, &CallBuilder::poll},
                                                {"epoll_create", 1, &CallBuilder::epoll_create},
                                                {"epoll_create1", 1, &CallBuilder::epoll_create},
                                                {"epoll_ctl", 4, &CallBuilder::epoll_control},
                                                {"epoll_wait", 4, &CallBuilder::epoll_wait},
                                                {"inet_addr", 1, nullptr}}};
    bool known = false;
    for (const Row& row : kRows) {
      if (row.name != call_.name || row.make == nullptr) continue;
      known = true;
      if (row.arguments != call_.arguments.size()) continue;
      prepared_.attempt = (this->*row.make)();
      if (error_) return std::unexpected(*error_);
      return std::move(prepared_);
    }
    if (known) return std::unexpected(fmt::format("{}() takes another number of arguments", call_.name));
    return std::unexpected(fmt::format("there is no call '{}'", call_.name));
  }

 private:
  // ---- Arguments ----

  const Value& argument(std::size_t index) const { return call_.arguments[index]; }

  template <typename T>
  T checked(Resolved<T> resolved) {
    if (resolved) return std::move(*resolved);
    if (!error_) error_ = fmt::format("{}(): {}", call_.name, resolved.error());
    return {};
  }
  std::int64_t number(std::size_t index) { return checked(number_of(argument(index))); }
  int integer(std::size_t index) { return static_cast<int>(number(index)); }

  /// The table's descriptor. One that the script never opened stays as it is: the table will say EBADF.
  int descriptor(const Value& value) {
    const std::int64_t written = checked(number_of(value));
    const auto known = calls_.descriptor(written);
    const int fd = known ? *known : kNoDescriptor;
    if (known) prepared_.watched.push_back(fd);
    return fd;
  }
  int descriptor() { return descriptor(argument(0)); }

  /// A name or a size that only some calls have.
  int flags(std::size_t index) { return call_.arguments.size() > index ? integer(index) : 0; }

  static bool may_wait(const SocketTable& table, int fd, int flags) {
    return table.is_open(fd) && table.is_blocking(fd) && (flags & posix::kMsgDontWait) == 0;
  }

  // ---- Opening and closing ----

  Attempt socket() {
    const int domain = argument(0).kind == Value::Kind::Ellipsis ? posix::kAfInet : integer(0);
    const int type = integer(1);
    const int protocol = integer(2);
    return [&table = table_, domain, type, protocol](bool) -> std::optional<CallOutcome> {
      return opening_outcome(table.socket(domain, type, protocol));
    };
  }

  Attempt bind() {
    const int fd = descriptor();
    const auto address = posix::to_sockaddr(checked(address_of(argument(1), calls_.addresses_.bind)));
    return [&table = table_, fd, address](bool) -> std::optional<CallOutcome> {
      return outcome_of(table.bind(fd, &address, sizeof address));
    };
  }

  Attempt listen() {
    const int fd = descriptor();
    const int backlog = integer(1);
    return [&table = table_, fd, backlog](bool) -> std::optional<CallOutcome> {
      return outcome_of(table.listen(fd, backlog));
    };
  }

  Attempt accept() {
    const int fd = descriptor();
    const int mode = flags(3);
    return [&table = table_, fd, mode](bool) -> std::optional<CallOutcome> {
      const auto answer = table.accept4(fd, nullptr, nullptr, mode);
      if (waits_for(answer, Errno::Again) && may_wait(table, fd, 0)) return std::nullopt;
      return opening_outcome(answer);
    };
  }

  Attempt connect() {
    const int fd = descriptor();
    const auto address = posix::to_sockaddr(checked(address_of(argument(1), calls_.addresses_.connect)));
    const auto begun = std::make_shared<bool>(false);
    return [&table = table_, fd, address, begun](bool) -> std::optional<CallOutcome> {
      if (*begun && table.connecting(fd)) return std::nullopt;
      const auto answer = table.connect(fd, &address, sizeof address);
      *begun = true;
      const bool under_way = waits_for(answer, Errno::InProgress) || waits_for(answer, Errno::Already);
      if (under_way && may_wait(table, fd, 0)) return std::nullopt;
      return outcome_of(answer);
    };
  }

  Attempt shutdown() {
    const int fd = descriptor();
    const int how = integer(1);
    return
        [&table = table_, fd, how](bool) -> std::optional<CallOutcome> { return outcome_of(table.shutdown(fd, how)); };
  }

  Attempt close() {
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

  Attempt dup() {
    const int fd = descriptor();
    return [&table = table_, fd](bool) -> std::optional<CallOutcome> { return opening_outcome(table.dup(fd)); };
  }

  // ---- Data ----

  Attempt receive() {
    const int fd = descriptor();
    const std::size_t size = size_of(number(2));
    const int mode = flags(3);
    const auto done = std::make_shared<std::int64_t>(0);
    return [&table = table_, fd, size, mode, done](bool) -> std::optional<CallOutcome> {
      std::vector<std::byte> octets(size - static_cast<std::size_t>(*done));
      const auto answer = table.recv(fd, octets.data(), octets.size(), mode);
      const bool waits = may_wait(table, fd, mode);
      if (waits_for(answer, Errno::Again) && waits) return std::nullopt;
      const bool wants_all = (mode & posix::kMsgWaitAll) != 0 && (mode & posix::kMsgPeek) == 0;
      if (!wants_all || !waits) return outcome_of(answer);
      if (answer) *done += *answer;
      if (answer && *answer > 0 && static_cast<std::size_t>(*done) < size) return std::nullopt;
      return *done > 0 ? outcome_of(*done) : outcome_of(answer);
    };
  }

  Attempt receive_vector() {
    const int fd = descriptor();
    return message(fd, checked(pieces_of(argument(1))), [&table = table_](int on, std::vector<posix::IoVec>& iov) {
      return table.readv(on, iov.data(), static_cast<int>(iov.size()));
    });
  }

  /// Repeats `io` while it would block.
  template <typename Io>
  Attempt message(int fd, const std::vector<std::size_t>& pieces, Io io) {
    return [&table = table_, fd, pieces, io](bool) -> std::optional<CallOutcome> {
      Buffers buffers(pieces);
      const auto answer = io(fd, buffers.iov);
      if (waits_for(answer, Errno::Again) && may_wait(table, fd, 0)) return std::nullopt;
      return outcome_of(answer);
    };
  }

  struct Buffers {
    explicit Buffers(const std::vector<std::size_t>& pieces) {
      for (const std::size_t size : pieces) octets.emplace_back(size);
      for (auto& piece : octets) iov.push_back({piece.data(), piece.size()});
    }
    std::vector<std::vector<std::byte>> octets;
    std::vector<posix::IoVec> iov;
  };

  const Value* message_field(std::string_view name) const {
    return argument(1).kind == Value::Kind::Record ? argument(1).field(name) : nullptr;
  }

  std::vector<std::size_t> message_pieces() {
    const Value* iov = message_field("msg_iov");
    if (iov == nullptr)
      return checked(Resolved<std::vector<std::size_t>>(std::unexpected("expected {…, msg_iov(N)=[…], …}")));
    return checked(pieces_of(*iov));
  }

  Attempt receive_message() {
    const int fd = descriptor();
    const int mode = integer(2);
    const Value* wanted = message_field("msg_flags");
    const auto wanted_flags = wanted != nullptr && wanted->kind != Value::Kind::Ellipsis
                                  ? std::optional(static_cast<int>(checked(number_of(*wanted))))
                                  : std::nullopt;
    const Value* control = message_field("msg_control");
    const bool wants_control = control != nullptr && !control->items.empty();
    return [&table = table_, fd, mode, wanted_flags, wants_control,
            pieces = message_pieces()](bool) -> std::optional<CallOutcome> {
      Buffers buffers(pieces);
      std::array<std::byte, 1024> ancillary{};
      posix::MsgHdr header{.iov = buffers.iov.data(),
                           .iov_count = buffers.iov.size(),
                           .control = ancillary.data(),
                           .control_length = ancillary.size()};
      const auto answer = table.recvmsg(fd, &header, mode);
      if (waits_for(answer, Errno::Again) && may_wait(table, fd, mode)) return std::nullopt;
      CallOutcome outcome = outcome_of(answer);
      if (answer && wanted_flags && *wanted_flags != header.flags) {
        outcome.differences.push_back(
            fmt::format("msg_flags: expected {:#x}, live {:#x}", *wanted_flags, header.flags));
      }
      if (answer && wants_control && header.control_length == 0) {
        outcome.differences.emplace_back("msg_control: expected control messages, live none");
      }
      return outcome;
    };
  }

  Attempt send() {
    const int fd = descriptor();
    const int mode = flags(3);
    const auto octets = std::make_shared<const std::vector<std::byte>>(octets_of(argument(1), size_of(number(2))));
    // BSD scripts write sendto(fd, ..., n, 0, ..., ...) for all that they send: the address is where they connect to.
    const bool addressed = call_.arguments.size() == 6;
    const auto address =
        addressed ? std::optional(posix::to_sockaddr(checked(address_of(argument(4), calls_.addresses_.connect))))
                  : std::nullopt;
    return sending(fd, mode, octets, address);
  }

  Attempt sending(int fd, int mode, std::shared_ptr<const std::vector<std::byte>> octets,
                  std::optional<posix::SockAddrIn> address) {
    const auto taken = std::make_shared<std::size_t>(0);
    const auto opening = std::make_shared<bool>(false);
    return [&table = table_, fd, mode, octets, address, taken, opening](bool) -> std::optional<CallOutcome> {
      if (*opening && table.connecting(fd)) return std::nullopt;
      const std::byte* rest = octets->data() + *taken;
      const std::size_t size = octets->size() - *taken;
      const bool first = !*opening && *taken == 0;
      const auto answer = first && address ? table.sendto(fd, rest, size, mode, &*address, sizeof *address)
                                           : table.send(fd, rest, size, mode & ~posix::kMsgFastOpen);
      const bool waits = may_wait(table, fd, mode);
      if (waits_for(answer, Errno::InProgress) && waits) {
        *opening = true;
        return std::nullopt;
      }
      if (waits_for(answer, Errno::Again) && waits) return std::nullopt;
      if (!answer && *taken == 0) return outcome_of(answer);
      *taken += static_cast<std::size_t>(answer.value_or(0));
      if (answer && *taken < octets->size() && waits) return std::nullopt;
      return outcome_of(static_cast<std::int64_t>(*taken));
    };
  }

  Attempt send_vector() {
    const int fd = descriptor();
    return sending(fd, 0, all_pieces(checked(pieces_of(argument(1)))), {});
  }

  static std::shared_ptr<const std::vector<std::byte>> all_pieces(const std::vector<std::size_t>& pieces) {
    std::size_t total = 0;
    for (const std::size_t piece : pieces) total += piece;
    return std::make_shared<const std::vector<std::byte>>(total);
  }

  Attempt send_message() {
    const int fd = descriptor();
    const int mode = integer(2);
    const Value* name = message_field("msg_name");
    const bool addressed = (mode & posix::kMsgFastOpen) != 0 && name != nullptr;
    const auto address = addressed
                             ? std::optional(posix::to_sockaddr(checked(address_of(*name, calls_.addresses_.connect))))
                             : std::nullopt;
    return sending(fd, mode, all_pieces(message_pieces()), address);
  }

  // ---- Asking and setting ----

  Attempt control() {
    const int fd = descriptor();
    const int command = integer(1);
    const int value = flags(2);
    return [&table = table_, fd, command, value](bool) -> std::optional<CallOutcome> {
      return outcome_of(table.fcntl(fd, command, value));
    };
  }

  Attempt io_control() {
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

  Attempt set_option() {
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

  Attempt get_option() {
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
      const bool same =
          std::equal(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(compared), value.begin());
      if (!same)
        outcome.differences.push_back(fmt::format("the option: expected {}, live {}", shown(wanted), shown(value)));
      return outcome;
    };
  }

  static std::string shown(const std::vector<std::byte>& bytes) {
    std::string text;
    for (std::size_t at = 0; at + sizeof(int) <= bytes.size(); at += sizeof(int)) {
      int value = 0;
      std::memcpy(&value, &bytes[at], sizeof value);
      text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
    }
    return '[' + text + ']';
  }

  Attempt socket_name() {
    const int fd = descriptor();
    return [&table = table_, fd](bool) -> std::optional<CallOutcome> {
      posix::SockAddrIn address;
      posix::SockLen length = sizeof address;
      return outcome_of(table.getsockname(fd, &address, &length));
    };
  }

  Attempt peer_name() {
    const int fd = descriptor();
    return [&table = table_, fd](bool) -> std::optional<CallOutcome> {
      posix::SockAddrIn address;
      posix::SockLen length = sizeof address;
      return outcome_of(table.getpeername(fd, &address, &length));
    };
  }

  // ---- Readiness ----

  std::int64_t number_in(const Value& record, std::string_view name) {
    const Value* field = record.field(name);
    if (field == nullptr) {
      if (!error_) error_ = fmt::format("{}(): expected a field '{}'", call_.name, name);
      return 0;
    }
    return checked(number_of(*field));
  }

  /// Milliseconds; negative: for ever.
  void set_patience(std::int64_t timeout) {
    if (timeout >= 0) prepared_.patience = std::chrono::milliseconds(timeout);
  }

  Attempt poll() {
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

  Attempt epoll_create() {
    const int mode = call_.name == "epoll_create1" ? integer(0) : 0;
    return [&table = table_, mode](bool) -> std::optional<CallOutcome> {
      return opening_outcome(table.epoll_create1(mode));
    };
  }

  /// {events=EPOLLIN, fd=4}, or ptr=, u32=, u64= in place of fd=
  posix::EpollEvent epoll_event(const Value& record) {
    posix::EpollEvent event;
    if (record.kind != Value::Kind::Record) return event;
    event.events = static_cast<std::uint32_t>(number_in(record, "events"));
    for (const std::string_view name : {"fd", "ptr", "u32", "u64"}) {
      if (const Value* data = record.field(name)) event.data = static_cast<std::uint64_t>(checked(number_of(*data)));
    }
    return event;
  }

  Attempt epoll_control() {
    const int epoll = descriptor();
    const int operation = integer(1);
    const int fd = descriptor(argument(2));
    return
        [&table = table_, epoll, operation, fd, event = epoll_event(argument(3))](bool) -> std::optional<CallOutcome> {
          posix::EpollEvent copy = event;
          return outcome_of(table.epoll_ctl(epoll, operation, fd, &copy));
        };
  }

  Attempt epoll_wait() {
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

  static constexpr int kNoDescriptor = -1;

  Calls& calls_;
  SocketTable& table_;
  const Call& call_;
  PreparedCall prepared_;
  std::optional<std::string> error_;
};

std::expected<PreparedCall, std::string> Calls::prepare(const Call& call) {
  return CallBuilder(*this, call).build();
}

std::optional<int> Calls::descriptor(std::int64_t written) const {
  const auto found = descriptors_.find(written);
  if (found == descriptors_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Calls::finish(const Call& call, const CallOutcome& outcome) {
  std::vector<std::string> differences = outcome.differences;
  const bool any = call.result.kind == Value::Kind::Ellipsis;
  const auto wanted = number_of(call.result);
  if (!wanted) return {wanted.error()};
  if (outcome.opened && (any || *wanted >= 0)) {
    const std::int64_t written = any ? *outcome.opened : *wanted;
    if (!descriptors_.emplace(written, *outcome.opened).second) {
      differences.push_back(fmt::format("the script has a descriptor {} already", written));
    }
  } else if (!any && *wanted != outcome.result) {
    differences.push_back(fmt::format("result: expected {}, live {}", *wanted, outcome.result));
  }
  const std::string_view live_error = outcome.error ? name(*outcome.error) : "";
  if (!any && !call.error.empty() && errno_named(call.error) != errno_named(live_error)) {
    differences.push_back(
        fmt::format("error: expected {}, live {}", call.error, live_error.empty() ? "none" : live_error));
  } else if (!differences.empty() && outcome.error && call.error.empty()) {
    differences.push_back(fmt::format("error: {}", live_error));
  }
  return differences;
}

}  // namespace tunic::script
