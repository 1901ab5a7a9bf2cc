// The application of the replayed host: recorded calls, made on the socket table of the live stack.
//
// A call that would block is made again until it is done, and those behind it wait, as in the program that was recorded. What
// is written are the octets that the recorded host sent. Clients use the recorded port. It must not know segments.
#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tunic/echo_socket.hpp>
#include <tunic/socket_table.hpp>

#include "replay/recording.hpp"
#include "replay/sidecar.hpp"

namespace tunic::replay {

using SocketOptionValues = std::vector<std::pair<std::string, std::int64_t>>;

class Application {
 public:
  Application(Stack& stack, SocketTable& table, const Recording& recording, Ipv4Address local,
              const SocketOptionValues& options);

  /// `calls` are all that will be made about this conversation. The error: an option that cannot be set.
  std::expected<void, std::string> expect(std::size_t flow_index, const std::vector<RecordedCall>& calls);
  void make(std::size_t flow_index, const RecordedCall& call);

  const std::vector<std::byte>& received(std::size_t flow) const { return talks_.at(flow).received; }
  /// What the peer of this conversation must have been sent, as far as the capture has it.
  const std::vector<std::byte>& stream(std::size_t flow) const { return talks_.at(flow).stream; }
  /// The first error that a call gave: "connect: ECONNREFUSED"; empty: none.
  const std::string& error(std::size_t flow) const { return talks_.at(flow).error; }

 private:
  struct Talk {
    int fd = -1;
    bool accepted = false;  ///< once
    bool connecting = false;
    bool reads_when_told = false;
    bool ended = false;  ///< the peer has nothing more to say
    std::deque<RecordedCall> to_do{};
    std::deque<std::uint64_t> to_read{};
    std::vector<std::byte> stream{};
    std::size_t written = 0;  ///< of the stream
    std::vector<std::byte> received{};
    std::string error{};
    std::optional<EchoSocket> echo{};
    std::uint16_t echoes = 0;
  };
  struct Listener {
    int fd = -1;
    bool accepts_when_told = false;
    std::size_t accepts = 0;
  };

  Endpoint own_endpoint(const Flow& flow) const { return flow.first.address == local_ ? flow.first : flow.second; }
  Endpoint peer_endpoint(const Flow& flow) const { return flow.first.address == local_ ? flow.second : flow.first; }
  std::expected<int, std::string> open(int type, const Endpoint& local);
  std::expected<void, std::string> set_options(int fd);
  void listen(Talk& talk, const Endpoint& local);
  void watch(std::size_t flow);
  void go_on(std::size_t flow_index);
  bool open_is_over(Talk& talk);
  void read(Talk& talk);
  std::uint64_t read_some(Talk& talk, std::uint64_t most);
  bool do_next(Talk& talk);
  bool write(Talk& talk, RecordedCall& call);
  void close(Talk& talk, const RecordedCall& call);
  void accept_all(const Endpoint& local);
  void fail(Talk& talk, std::string_view call, posix::Errno error);
  void connect(std::size_t flow_index);
  void send_datagram(Talk& talk, const Flow& flow, const RecordedCall& call);

  Stack& stack_;
  SocketTable& table_;
  const Recording& recording_;
  Ipv4Address local_;
  const SocketOptionValues& options_;
  std::vector<Talk> talks_;
  std::map<std::pair<Endpoint, Endpoint>, std::vector<std::size_t>> connections_;  // by own and peer's side, in order
  std::map<Endpoint, Listener> listeners_;
  std::map<Endpoint, int> datagram_sockets_;
};

}  // namespace tunic::replay
