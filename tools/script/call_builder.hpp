// From a written call to an attempt that can be made: one small function per call, spread over files by what calls are for.
//
// What a call needs is taken from its arguments at once, so that an attempt cannot fail to understand. The first thing that
// cannot be understood is kept; what follows it is of no matter. It must not know time, nor who repeats an attempt.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script/arguments.hpp"
#include "script/calls.hpp"

namespace tunic::script {

class CallBuilder {
 public:
  CallBuilder(Calls& calls, const Call& call) : calls_(calls), table_(calls.table_), call_(call) {}

  std::expected<PreparedCall, std::string> build();

  struct Row {
    std::string_view name;
    std::size_t arguments;
    Attempt (CallBuilder::*make)();
  };
  static const Row kRows[];

 private:
  static constexpr int kNoDescriptor = -1;

  /// An address and the length that is told with it.
  struct WrittenAddress {
    std::optional<posix::SockAddrIn> address;  // empty: a pointer to nowhere
    posix::SockLen length = sizeof(posix::SockAddrIn);

    const void* data() const { return address ? &*address : nullptr; }
  };
  /// What is to be sent: the octets (nullptr: a pointer to nowhere).
  struct Outgoing {
    std::shared_ptr<const std::vector<std::byte>> octets;
    std::size_t size = 0;

    const std::byte* from(std::size_t taken) const { return octets == nullptr ? nullptr : octets->data() + taken; }
  };
  /// Hands octets to the socket; `first`: no part of them was taken yet.
  using Put = std::function<SocketTable::Answer(const std::byte* data, std::size_t size, bool first)>;

  // ---- Opening and closing: opening_calls.cpp ----
  Attempt socket();
  Attempt bind();
  Attempt listen();
  Attempt accept();
  Attempt connect();
  Attempt shutdown();
  Attempt close();
  Attempt dup();

  // ---- Data: data_calls.cpp ----
  Attempt receive();
  Attempt receive_vector();
  Attempt receive_message();
  Attempt send();
  Attempt send_vector();
  Attempt send_message();
  Attempt sending(int fd, int mode, Outgoing outgoing, Put put);
  const Value* message_field(std::string_view name) const;
  /// The octets of pieces in a row.
  Outgoing gathered(const Value& pieces);
  std::vector<std::size_t> message_pieces();

  // ---- Asking and setting: option_calls.cpp ----
  Attempt control();
  Attempt io_control();
  Attempt set_option();
  Attempt get_option();
  Attempt socket_name();
  Attempt peer_name();

  // ---- Readiness: readiness_calls.cpp ----
  Attempt poll();
  Attempt epoll_create();
  Attempt epoll_control();
  Attempt epoll_wait();
  posix::EpollEvent epoll_event(const Value& record);
  void set_patience(std::int64_t timeout);

  // ---- Arguments ----
  const Value& argument(std::size_t index) const { return call_.arguments[index]; }
  template <typename T>
  T checked(Resolved<T> resolved) {
    if (resolved) return std::move(*resolved);
    fail(std::move(resolved.error()));
    return {};
  }
  void fail(std::string message);
  std::int64_t number(std::size_t index) { return checked(number_of(argument(index))); }
  int integer(std::size_t index) { return static_cast<int>(number(index)); }
  /// The number in a record's field, which must be there.
  std::int64_t number_in(const Value& record, std::string_view name);
  /// The table's descriptor. One that the script never opened stays unknown: the table will say EBADF.
  int descriptor(const Value& value);
  int descriptor() { return descriptor(argument(0)); }
  /// The address at `index` and the length behind it; an ellipsis is `otherwise`, and its size.
  WrittenAddress address(std::size_t index, const Endpoint& otherwise);
  /// What an address that comes back should be; nothing if the script does not say.
  std::optional<posix::SockAddrIn> expected_address(std::size_t index);
  /// An argument that only some calls of a family have.
  int flags(std::size_t index) { return call_.arguments.size() > index ? integer(index) : 0; }

  Calls& calls_;
  SocketTable& table_;
  const Call& call_;
  PreparedCall prepared_;
  std::optional<std::string> error_;
};

// ---- What comes of an attempt ----

CallOutcome outcome_of(const SocketTable::Answer& answer);
/// Of a call whose answer is a new descriptor.
CallOutcome opening_outcome(const SocketTable::Answer& answer);

/// Notes in what an address that came back differs.
void compare_address(CallOutcome& outcome, const std::optional<posix::SockAddrIn>& expected,
                     const posix::SockAddrIn& live);

inline bool waits_for(const SocketTable::Answer& answer, posix::Errno reason) {
  return !answer && answer.error() == reason;
}
inline bool may_wait(const SocketTable& table, int fd, int flags) {
  return table.is_open(fd) && table.is_blocking(fd) && (flags & posix::kMsgDontWait) == 0;
}

}  // namespace tunic::script
