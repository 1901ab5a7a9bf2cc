// See ping.hpp.
#include "ping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include <tunic/tun/os.hpp>

#include "client.hpp"
#include "ping_report.hpp"

namespace tunic::command {
namespace {

/// As other pings fill it: each octet says where it is.
std::vector<std::byte> data_of(std::uint32_t size) {
  std::vector<std::byte> data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i & 0xff);
  return data;
}

class Pinging {
 public:
  Pinging(Client& client, EchoSocket socket, const PingOptions& options)
      : client_(client), socket_(std::move(socket)), options_(options), data_(data_of(options.size)) {
    socket_.on_ready([this](Readiness) { receive(); });
  }

  /// All requests, and what they bring; after a signal those so far.
  Outcome<void> run() {
    const bool json = options_.stack.log == LogFormat::Json;
    if (!json) say(ping_heading(options_.host, options_.size));
    const Instant began = tun::os_now();
    Instant next = began;
    while (statistics_.sent < options_.count && !client_.interrupted()) {
      if (auto sent = send(); !sent) return sent;
      const bool last = statistics_.sent == options_.count;
      next = std::max(later(next, options_.interval), tun::os_now());
      const Instant until = last ? later(tun::os_now(), options_.timeout) : next;
      client_.run_until([&] { return last && open_ == 0; }, until);
    }
    const Duration elapsed = tun::os_now() - began;
    say(json ? ping_summary_json(options_.host, statistics_, elapsed)
             : ping_summary(options_.host, statistics_, elapsed));
    return judged();
  }

 private:
  struct Request {
    Instant sent_at{};
    bool answered = false;
  };

  static void say(const std::string& text) {
    fmt::print("{}", text);
    std::fflush(stdout);
  }

  Outcome<void> send() {
    const auto sequence = static_cast<std::uint16_t>(++statistics_.sent);
    const auto [request, is_new] = requests_.try_emplace(sequence);
    if (is_new || request->second.answered) ++open_;
    request->second = {tun::os_now()};
    const auto sent = socket_.send(options_.host, sequence, data_);
    if (sent) return {};
    if (sent.error() == make_error_code(Error::MessageSize)) {
      constexpr std::uint8_t kUnreachable = 3;
      constexpr std::uint8_t kTooBig = 4;
      constexpr std::size_t kHeaders = 28;
      tell_error({.source = options_.stack.network.address.address,  // nobody else has said so this time
                  .destination = options_.host,
                  .sequence = sequence,
                  .type = kUnreachable,
                  .code = kTooBig,
                  .next_hop_mtu = static_cast<std::uint16_t>(socket_.whole_size(options_.host) + kHeaders)});
      return {};
    }
    // What our own queue has no room for is as lost as what another's on the way has no room for.
    if (sent.error() == make_error_code(Error::NoBufferSpace)) return {};
    return usage_failure("cannot ping " + options_.host.to_string(), sent.error().message(),
                         "give the address of one host");
  }

  void receive() {
    std::vector<std::byte> room(EchoSocket::kMaxSize);
    while (const auto answer = socket_.receive(room)) {
      if (answer->is_reply()) {
        tell_reply(*answer, std::equal(data_.begin(), data_.end(), room.begin(),
                                       room.begin() + static_cast<std::ptrdiff_t>(answer->size)));
      } else {
        tell_error(*answer);
      }
    }
  }

  void tell_reply(const EchoAnswer& answer, bool same_data) {
    PingReply reply{.answer = answer, .round_trip = {}, .other_data = !same_data};
    if (const auto found = requests_.find(answer.sequence); found != requests_.end()) {
      reply.round_trip = answer.received_at - found->second.sent_at;
      reply.duplicate = found->second.answered;
      statistics_.add(*reply.round_trip);
      ++(reply.duplicate ? statistics_.duplicates : statistics_.received);
      close(found->second);
    }
    say(options_.stack.log == LogFormat::Json ? reply_json(reply) : reply_line(reply));
  }

  void tell_error(const EchoAnswer& error) {
    ++statistics_.errors;
    last_error_ = icmp_meaning(error);
    if (const auto found = requests_.find(error.sequence); found != requests_.end()) close(found->second);
    say(options_.stack.log == LogFormat::Json ? error_json(error) : error_line(error));
  }

  void close(Request& request) {
    if (!std::exchange(request.answered, true)) --open_;
  }

  Outcome<void> judged() const {
    if (statistics_.received > 0) return {};
    return peer_failure(options_.host.to_string() + " did not answer",
                        last_error_.empty() ? "no reply came" : last_error_,
                        "see --trace for what was sent and what came");
  }

  Client& client_;
  EchoSocket socket_;
  const PingOptions& options_;
  std::vector<std::byte> data_;
  std::map<std::uint16_t, Request> requests_;  // the last of each sequence number
  std::uint32_t open_ = 0;                     // requests without an answer
  PingStatistics statistics_;
  std::string last_error_;
};

Outcome<int> ping(const PingOptions& options) {
  const auto client = Client::start(options.stack);
  if (!client) return std::unexpected(client.error());
  if (auto started = (*client)->start_command(); !started) return std::unexpected(started.error());
  auto socket = EchoSocket::open((*client)->stack(), options.echo);
  if (!socket) return usage_failure("cannot ping", socket.error().message(), "give a time to live from 1 to 255");
  Outcome<void> answered;
  {
    Pinging pinging(**client, std::move(*socket), options);
    answered = pinging.run();
  }
  (*client)->finish();
  if (!answered) return std::unexpected(answered.error());
  return static_cast<int>(ExitCode::Ok);
}

}  // namespace

int run_ping(const PingOptions& options) {
  const Outcome<int> status = ping(options);
  return status ? *status : complain(status.error());
}

}  // namespace tunic::command
