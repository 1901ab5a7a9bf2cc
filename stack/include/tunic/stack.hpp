// The stack: a host that is a pure function of its inputs. See ARCHITECTURE.md for the order of the calls.
//
//     loop:  n = device.receive(batch)          for each: stack.receive(packet, now)
//            stack.advance(now)                  timers that are due
//            while (stack.run_ready()) {}        the application hears of it, reads and writes
//            stack.flush(device)                 what there is to say, the acknowledgments among it, is sent
//            wait until readable or stack.next_deadline()
//
// Thread-safety: none; one thread at a time, with the sockets of the stack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tunic/address.hpp>
#include <tunic/config.hpp>
#include <tunic/counters.hpp>
#include <tunic/device.hpp>
#include <tunic/event.hpp>
#include <tunic/observer.hpp>
#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>

namespace tunic {

namespace host {
class Host;
}

struct ListenerInfo {
  Endpoint local;
  std::uint32_t syn_queue = 0;
  std::uint32_t accept_queue = 0;
  std::uint32_t backlog = 0;
  std::uint32_t fast_open = 0;  ///< connections opened by Fast Open whose handshake is not complete
};

/// A UDP socket with a port.
struct UdpSocketInfo {
  Endpoint local;
  std::optional<Endpoint> remote;  ///< nullopt: not connected
  std::size_t receive_queue = 0;   ///< octets of memory of what was not read, bookkeeping included
  std::size_t send_queue = 0;      ///< octets of packets that wait to be sent
  std::uint64_t dropped = 0;       ///< datagrams that it had no room for
};

/// What `tunic ss` shows.
struct StackInfo {
  std::vector<ListenerInfo> listeners;
  std::vector<ConnectionInfo> connections;  ///< in order of their numbers; SYN-RECEIVED and TIME-WAIT records too
  std::vector<UdpSocketInfo> udp;
  std::size_t time_wait = 0;  ///< records
  std::size_t bytes_queued =
      0;  ///< in send, receive and reassembly buffers of connections, in queues of UDP and echo sockets
  std::size_t pool_bytes = 0;  ///< of packet blocks in use
};

/// How much one flush may send. A super-segment is one packet, or as many as a device makes of it that cuts it in software.
struct Budget {
  std::uint32_t packets = 0xffffffff;
};

class Stack {
 public:
  explicit Stack(const Config& config);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// An address of this host and the network that its device leads to. Everything else goes there too (default route).
  void add_address(Ipv4Prefix prefix);

  /// A packet from the device; `received_at` is stamped at ingress, once per batch. Sends nothing.
  void receive(PacketBuffer packet, Instant received_at);
  /// A batch of them. `more_wait`: the device has more already, so this host may be too slow for
  /// what arrives. Where that lasts for 20 ms, and half of what arrives is for no connection or socket, packets for these are
  /// taken, and of all others one in eight of the batch; the rest is dropped, counted, unanswered.
  void receive(std::span<PacketBuffer> batch, Instant received_at, bool more_wait);
  /// In the last 20 ms half of the packets that were looked at, and 256 at least, were for no connection or socket, whether
  /// this host keeps up with them or not: to be told to the device (Device::sift).
  bool flooded() const;
  /// Timers due at `now`, and packets that wait in the loopback. Time never goes back.
  void advance(Instant now);
  /// Calls the readiness callbacks of sockets to which something happened; false: there were none.
  bool run_ready();
  /// Sends what there is to say, connections in turn, until nothing is left, the sink is not ready or the budget is used.
  void flush(PacketSink& sink, Budget budget = {});
  /// When advance() must be called again, at the latest; kNever: only input can cause work.
  Instant next_deadline() const;
  /// Something is waiting to be sent (the sink refused or the budget was used up).
  bool wants_flush() const;

  Instant now() const;
  BlockPool& pool();
  const Config& config() const;
  /// From now on decides by these numbers. The seed, caps of tables and rate limits stay; so does what connections have agreed on.
  void reconfigure(const Config& config);
  /// Ends a connection or a record of StackInfo, whoever owns it: the peer is reset where it has a connection, the owner
  /// gets ConnectionAborted. For operators, as tcpdrop and `ss -K` are. False: there is none of this number.
  bool evict(ConnectionNumber number);
  const Counters& counters() const;
  StackInfo info() const;
  /// At most one; nullptr: none. Must outlive the stack or be removed.
  void observe(Observer* observer);

  /// For the rooms above (stack/socket): not installed.
  host::Host& host() { return *host_; }

 private:
  std::unique_ptr<host::Host> host_;
};

}  // namespace tunic
