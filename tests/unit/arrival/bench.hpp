// A stack and its peer, as bare as can be: brings a connection into a state, lets one segment arrive, and tells what came of
// it. Tens of thousands of segments in a test: no story is told, the model's variables are read off the wire.
#pragma once

#include <optional>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "segment/segment.hpp"
#include "tests/unit/arrival/model.hpp"

namespace tunic::arrival {

/// Both sides' initial sequence numbers.
struct Origins {
  std::uint32_t iss = 0;
  std::uint32_t irs = 0;
};

class Bench final : PacketSink, Observer {
 public:
  explicit Bench(Origins origins);
  ~Bench() override;

  /// From nothing. Where there can be, ten octets each way are acknowledged and ten of ours are not.
  Block reach(TcpState state, bool active);
  /// A segment arrives; what is said within the time for which an ACK may be delayed.
  Outcome arrive(const Arriving& segment);
  /// More than one answer came.
  bool said_too_much() const { return sent_.size() > 1; }
  /// Forgets the connection, whatever became of it.
  void clear();

 private:
  struct Sent {
    std::uint16_t flags;
    std::uint32_t seq;
    std::uint32_t ack;
    std::uint32_t window;
    std::uint32_t length;
  };

  void send(PacketBuffer packet, Instant now) override;
  void on_event(const Event& event) override;
  void turn();
  void from_peer(std::uint16_t flags, std::uint32_t text = 0);
  void receive(const Arriving& arriving);
  void establish();
  void write();
  void close();
  void finish_from_peer();

  Origins origins_;
  Instant now_{std::chrono::hours(1)};
  Stack stack_;
  std::optional<TcpListener> listener_;
  TcpSocket socket_;
  Block block_;
  std::uint32_t peer_next_ = 0;
  std::vector<ConnectionNumber> numbers_;
  std::vector<Sent> sent_;
};

}  // namespace tunic::arrival
