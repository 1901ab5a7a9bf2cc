// Calls that move data: read() to sendmsg(). Whoever blocks sends all of it, in as many parts as it takes.
#include "script/call_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "script/control_messages.hpp"

namespace tunic::script {

using posix::Errno;

namespace {

constexpr std::int64_t kMostOctets = 64 * 1024 * 1024;

/// More than fits is refused by whoever asks for it: scripts write odd sizes on purpose.
std::size_t size_of(std::int64_t written) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(written, 0, kMostOctets));
}

struct Buffers {
  explicit Buffers(const std::vector<std::size_t>& pieces) {
    for (const std::size_t size : pieces) octets.emplace_back(size);
    for (auto& piece : octets) iov.push_back({piece.data(), piece.size()});
  }
  std::vector<std::vector<std::byte>> octets;
  std::vector<posix::IoVec> iov;
};

/// Repeats `io` while it would block.
template <typename Io>
Attempt repeated(SocketTable& table, int fd, const std::vector<std::size_t>& pieces, Io io) {
  return [&table, fd, pieces, io](bool) -> std::optional<CallOutcome> {
    Buffers buffers(pieces);
    const auto answer = io(fd, buffers.iov);
    if (waits_for(answer, Errno::Again) && may_wait(table, fd, 0)) return std::nullopt;
    return outcome_of(answer);
  };
}

}  // namespace

Attempt CallBuilder::receive() {
  const int fd = descriptor();
  const std::size_t size = size_of(number(2));
  const int mode = flags(3);
  const bool nowhere = is_bad_pointer(argument(1));
  const auto peer = call_.arguments.size() > 4 ? expected_address(4) : std::nullopt;
  const auto take = [&table = table_, fd, mode, plain = call_.name == "read", peer, nowhere](
                        std::vector<std::byte>& into, CallOutcome& outcome) -> SocketTable::Answer {
    std::byte* data = nowhere ? nullptr : into.data();
    if (plain) return table.read(fd, data, into.size());
    posix::SockAddrIn address;
    posix::SockLen length = sizeof address;
    const auto answer = table.recvfrom(fd, data, into.size(), mode, &address, &length);
    if (answer) compare_address(outcome, peer, address);
    return answer;
  };
  const auto done = std::make_shared<std::int64_t>(0);
  return [&table = table_, fd, size, mode, done, take](bool) -> std::optional<CallOutcome> {
    std::vector<std::byte> octets(size - static_cast<std::size_t>(*done));
    CallOutcome notes;
    const auto answer = take(octets, notes);
    const bool waits = may_wait(table, fd, mode);
    if (waits_for(answer, Errno::Again) && waits) return std::nullopt;
    const bool wants_all = (mode & posix::kMsgWaitAll) != 0 && (mode & posix::kMsgPeek) == 0;
    if (answer && wants_all && waits) {
      *done += *answer;
      if (*answer > 0 && static_cast<std::size_t>(*done) < size) return std::nullopt;
    }
    CallOutcome outcome = *done > 0 ? outcome_of(*done) : outcome_of(answer);
    outcome.differences = std::move(notes.differences);
    return outcome;
  };
}

Attempt CallBuilder::receive_vector() {
  const int fd = descriptor();
  return repeated(table_, fd, checked(pieces_of(argument(1))),
                  [&table = table_](int on, std::vector<posix::IoVec>& iov) {
                    return table.readv(on, iov.data(), static_cast<int>(iov.size()));
                  });
}

const Value* CallBuilder::message_field(std::string_view name) const {
  return argument(1).kind == Value::Kind::Record ? argument(1).field(name) : nullptr;
}

std::vector<std::size_t> CallBuilder::message_pieces() {
  const Value* iov = message_field("msg_iov");
  if (iov == nullptr)
    return checked(Resolved<std::vector<std::size_t>>(std::unexpected("expected {…, msg_iov(N)=[…], …}")));
  return checked(pieces_of(*iov));
}

Attempt CallBuilder::receive_message() {
  const int fd = descriptor();
  const int mode = integer(2);
  const Value* wanted = message_field("msg_flags");
  const auto wanted_flags = wanted != nullptr && wanted->kind != Value::Kind::Ellipsis
                                ? std::optional(static_cast<int>(checked(number_of(*wanted))))
                                : std::nullopt;
  const Value* control = message_field("msg_control");
  const auto wanted_control = control == nullptr || control->kind == Value::Kind::Ellipsis
                                  ? std::nullopt
                                  : std::optional(checked(control_messages_of(*control)));
  return [&table = table_, fd, mode, wanted_flags, wanted_control,
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
      outcome.differences.push_back(fmt::format("msg_flags: expected {:#x}, live {:#x}", *wanted_flags, header.flags));
    }
    if (answer && wanted_control) {
      const auto live = control_messages_in(std::span(ancillary).first(header.control_length));
      for (std::string& line : differences(*wanted_control, live)) outcome.differences.push_back(std::move(line));
    }
    return outcome;
  };
}

Attempt CallBuilder::send() {
  const int fd = descriptor();
  const int mode = flags(3);
  Outgoing outgoing{.octets = {}, .size = size_of(number(2))};
  if (!is_bad_pointer(argument(1))) {
    outgoing.octets = std::make_shared<const std::vector<std::byte>>(octets_of(argument(1), outgoing.size));
  }
  if (call_.name == "write") {
    return sending(fd, mode, std::move(outgoing), [&table = table_, fd](const std::byte* data, std::size_t size, bool) {
      return table.write(fd, data, size);
    });
  }
  // BSD scripts write sendto(fd, ..., n, 0, ..., ...) for all that they send: the address is where they connect to.
  const auto to = call_.arguments.size() == 6 ? std::optional(address(4, calls_.addresses_.connect)) : std::nullopt;
  return sending(fd, mode, std::move(outgoing),
                 [&table = table_, fd, mode, to](const std::byte* data, std::size_t size, bool first) {
                   if (first && to) return table.sendto(fd, data, size, mode, to->data(), to->length);
                   return table.send(fd, data, size, mode & ~posix::kMsgFastOpen);
                 });
}

Attempt CallBuilder::sending(int fd, int mode, Outgoing outgoing, Put put) {
  const auto taken = std::make_shared<std::size_t>(0);
  const auto opening = std::make_shared<bool>(false);
  return [&table = table_, fd, mode, outgoing = std::move(outgoing), put = std::move(put), taken,
          opening](bool) -> std::optional<CallOutcome> {
    if (*opening && table.connecting(fd)) return std::nullopt;
    const auto answer = put(outgoing.from(*taken), outgoing.size - *taken, !*opening && *taken == 0);
    const bool waits = may_wait(table, fd, mode);
    if (waits_for(answer, Errno::InProgress) && waits) {
      *opening = true;
      return std::nullopt;
    }
    if (waits_for(answer, Errno::Again) && waits) return std::nullopt;
    if (!answer && *taken == 0) return outcome_of(answer);
    *taken += static_cast<std::size_t>(answer.value_or(0));
    if (answer && *taken < outgoing.size && waits) return std::nullopt;
    return outcome_of(static_cast<std::int64_t>(*taken));
  };
}

CallBuilder::Outgoing CallBuilder::gathered(const Value& pieces) {
  Outgoing outgoing;
  for (const std::size_t size : checked(pieces_of(pieces))) outgoing.size += size;
  outgoing.octets = std::make_shared<const std::vector<std::byte>>(outgoing.size);
  return outgoing;
}

Attempt CallBuilder::send_vector() {
  const int fd = descriptor();
  return sending(fd, 0, gathered(argument(1)), [&table = table_, fd](const std::byte* data, std::size_t size, bool) {
    return table.write(fd, data, size);
  });
}

Attempt CallBuilder::send_message() {
  const int fd = descriptor();
  const int mode = integer(2);
  const Value* name = message_field("msg_name");
  const bool addressed = name != nullptr && !is_bad_pointer(*name);
  const auto to = addressed ? std::optional(checked(address_of(*name, calls_.addresses_.connect))) : std::nullopt;
  const Value* control = message_field("msg_control");
  const auto ancillary =
      control == nullptr ? std::vector<std::byte>() : octets_of(checked(control_messages_of(*control)));
  const Value* iov = message_field("msg_iov");
  if (iov == nullptr) fail("expected {…, msg_iov(N)=[…], …}");
  return sending(fd, mode, iov == nullptr ? Outgoing{} : gathered(*iov),
                 [&table = table_, fd, mode, to, ancillary](const std::byte* data, std::size_t size, bool first) {
                   auto name_octets = to.value_or(posix::SockAddrIn{});
                   auto control_octets = ancillary;
                   posix::IoVec piece{const_cast<std::byte*>(data), size};  // POSIX has one type for both directions
                   posix::MsgHdr header{.iov = &piece, .iov_count = 1};
                   if (first && to) {
                     header.name = &name_octets;
                     header.name_length = sizeof name_octets;
                   }
                   header.control = control_octets.data();
                   header.control_length = control_octets.size();
                   return table.sendmsg(fd, &header, first ? mode : mode & ~posix::kMsgFastOpen);
                 });
}

}  // namespace tunic::script
