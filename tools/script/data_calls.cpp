// Calls that move data: read() to sendmsg(). Whoever blocks sends all of it, in as many parts as it takes.
#include "script/call_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

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

std::shared_ptr<const std::vector<std::byte>> all_pieces(const std::vector<std::size_t>& pieces) {
  std::size_t total = 0;
  for (const std::size_t piece : pieces) total += piece;
  return std::make_shared<const std::vector<std::byte>>(total);
}

}  // namespace

Attempt CallBuilder::receive() {
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
      outcome.differences.push_back(fmt::format("msg_flags: expected {:#x}, live {:#x}", *wanted_flags, header.flags));
    }
    if (answer && wants_control && header.control_length == 0) {
      outcome.differences.emplace_back("msg_control: expected control messages, live none");
    }
    return outcome;
  };
}

Attempt CallBuilder::send() {
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

Attempt CallBuilder::sending(int fd, int mode, Octets octets, std::optional<posix::SockAddrIn> address) {
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

Attempt CallBuilder::send_vector() {
  const int fd = descriptor();
  return sending(fd, 0, all_pieces(checked(pieces_of(argument(1)))), {});
}

Attempt CallBuilder::send_message() {
  const int fd = descriptor();
  const int mode = integer(2);
  const Value* name = message_field("msg_name");
  const bool addressed = (mode & posix::kMsgFastOpen) != 0 && name != nullptr;
  const auto address = addressed
                           ? std::optional(posix::to_sockaddr(checked(address_of(*name, calls_.addresses_.connect))))
                           : std::nullopt;
  return sending(fd, mode, all_pieces(message_pieces()), address);
}

}  // namespace tunic::script
