// The catalog of calls, and the comparison of what they give with what is written.
#include "script/calls.hpp"

#include <fmt/format.h>

#include "script/call_builder.hpp"
#include "script/names.hpp"

namespace tunic::script {

// clang-format off
constexpr CallBuilder::Row CallBuilder::kRows[] = {
    {"socket", 3, &CallBuilder::socket},
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
};
// clang-format on

/// What a packetdrill script may call, and this stack has not.
constexpr std::pair<std::string_view, std::string_view> kUnsupported[] = {
    {"open", "files"},
    {"pipe", "pipes"},
    {"splice", "pipes"},
    {"vmsplice", "pipes"},
    {"tee", "pipes"},
    {"sendfile", "files"},
    {"cap_set", "capabilities"},
    {"mmap", "memory mappings"},
    {"munmap", "memory mappings"},
};

std::optional<std::string> call_objection(const Call& call) {
  bool known = false;
  for (const CallBuilder::Row& row : CallBuilder::kRows) {
    if (row.name == call.name && row.arguments == call.arguments.size()) return std::nullopt;
    known = known || row.name == call.name;
  }
  if (known) return fmt::format("{}() takes another number of arguments", call.name);
  for (const auto& [name, what] : kUnsupported) {
    if (name == call.name) return fmt::format("{}() is not supported: this stack has no {}", name, what);
  }
  return fmt::format("there is no call '{}'", call.name);
}

std::expected<PreparedCall, std::string> CallBuilder::build() {
  for (const Row& row : kRows) {
    if (row.name != call_.name || row.arguments != call_.arguments.size()) continue;
    prepared_.attempt = (this->*row.make)();
    if (error_) return std::unexpected(*error_);
    return std::move(prepared_);
  }
  return std::unexpected(*call_objection(call_));
}

void CallBuilder::fail(std::string message) {
  if (!error_) error_ = fmt::format("{}(): {}", call_.name, message);
}

std::int64_t CallBuilder::number_in(const Value& record, std::string_view name) {
  const Value* field = record.field(name);
  if (field != nullptr) return checked(number_of(*field));
  fail(fmt::format("expected a field '{}'", name));
  return 0;
}

int CallBuilder::descriptor(const Value& value) {
  const std::int64_t written = checked(number_of(value));
  const auto known = calls_.descriptor(written);
  if (!known) return kNoDescriptor;
  prepared_.watched.push_back(*known);
  return *known;
}

CallBuilder::WrittenAddress CallBuilder::address(std::size_t index, const Endpoint& otherwise) {
  WrittenAddress written;
  if (!is_bad_pointer(argument(index))) written.address = checked(address_of(argument(index), otherwise));
  const Value& length = argument(index + 1);
  if (length.kind != Value::Kind::Ellipsis) written.length = static_cast<posix::SockLen>(checked(number_of(length)));
  return written;
}

std::optional<posix::SockAddrIn> CallBuilder::expected_address(std::size_t index) {
  if (argument(index).kind != Value::Kind::Record) return std::nullopt;
  return checked(address_of(argument(index), {}));
}

void compare_address(CallOutcome& outcome, const std::optional<posix::SockAddrIn>& expected,
                     const posix::SockAddrIn& live) {
  if (!expected || outcome.error) return;
  const Endpoint wanted = posix::to_endpoint(*expected);
  const Endpoint actual = posix::to_endpoint(live);
  if (wanted == actual && expected->family == live.family) return;
  outcome.differences.push_back(
      fmt::format("the address: expected {}, live {}", wanted.to_string(), actual.to_string()));
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
