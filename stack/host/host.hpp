// The host behind the Stack facade: who is who, what is due, and what leaves in which order.
//
//     host.cpp           construction, time, the list for `tunic ss`
//     ip_dispatch.cpp    a packet arrives: IPv4, reassembly, protocols
//     icmp.cpp           ICMP both ways
//     echo.cpp           echo requests of ours, and what comes back
//     tcp_dispatch.cpp   a segment arrives: connections, TIME-WAIT records, nobody
//     passive_open.cpp   the passive side: listeners, SYN-RECEIVED records, SYN cookies
//     early_open.cpp     the passive side of Fast Open
//     udp.cpp            UDP both ways, and what its sockets ask for
//     calls.cpp          what sockets ask for
//     flush.cpp          what leaves
//     memory.cpp         what gives way when packet memory runs short
//
// It knows no sockets: they know it. Thread-safety: none.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "base/random.hpp"
#include "base/ring_queue.hpp"
#include "base/slot_map.hpp"
#include "base/timing_wheel.hpp"
#include "host/demux.hpp"
#include "host/echo_entry.hpp"
#include "host/icmp_limit.hpp"
#include "host/rate_limit.hpp"
#include "host/udp_entry.hpp"
#include "ip/identification.hpp"
#include "ip/input.hpp"
#include "ip/path_mtu.hpp"
#include "ip/reassembler.hpp"
#include "segment/codec.hpp"
#include "tcp/connection.hpp"
#include "tcp/fast_open_server.hpp"
#include "tcp/listen.hpp"
#include "tcp/time_wait_table.hpp"
#include "wire/icmp.hpp"

namespace tunic::host {

/// A connection with what the host keeps beside it. An idle one is at most 1 KiB with all that belongs to it
/// (tests/unit/host asserts it).
struct TcpEntry {
  TcpEntry(tcp::Context& context, const tcp::ConnectionOptions& options) : connection(context, options) {}

  tcp::Connection connection;
  ReadyCallback callback;
  SlotKey self;
  TimingWheel::Handle timer = TimingWheel::kNone;
  std::uint64_t path_generation = 0;  ///< of the path MTU that it knows
  SlotKey early_of;                   ///< the listener where it counts as opened by Fast Open, without a handshake
  bool owned = false;                 ///< a socket or an accept queue has it
  bool attached = false;              ///< the demultiplexer knows it
  bool dirty = false;                 ///< in the list of those that may have something to send
  bool replaced = false;              ///< on_ready() was called since the callback was last run
  bool ready = false;                 ///< in the list of those whose application wants to hear
};

struct ListenerEntry {
  Endpoint local;
  std::uint32_t backlog = 0;
  std::uint32_t syn_count = 0;       ///< SYN-RECEIVED records
  Instant cookies_until{};           ///< until then a SYN cookie may come back
  std::uint32_t early_count = 0;     ///< connections opened by Fast Open whose handshake is not complete
  std::deque<Instant> early_resets;  ///< until when those that were reset count too
  std::deque<SlotKey> accept_queue;  ///< connections
  SharedOptions options;             ///< of its connections; nullptr: the stack's defaults
  ReadyCallback callback;
  bool replaced = false;  ///< on_ready() was called since the callback was last run
  bool ready = false;

  ListenerInfo info() const {
    return {local, syn_count, static_cast<std::uint32_t>(accept_queue.size()), backlog, early_count};
  }
};

/// How far the search for packet memory has come. It goes round the connections, a few at each packet.
struct MemoryRelief {
  enum class From : std::uint8_t { OutOfOrder, Orphans };
  From from = From::OutOfOrder;
  std::size_t next = 0;       ///< slot of connections_
  bool refuse = false;        ///< all have been asked: no new connections, until enough is free
  bool spent = false;         ///< the hard limit was reached, and writers may be waiting
  std::size_t wake_next = 0;  ///< slot of connections_: these are told that there is room again
  std::size_t wake_end = 0;
};

/// Whether more arrives than this host can take.
struct Pressure {
  std::optional<Instant> since;  ///< since then the device has had more than was taken, with short pauses
  Instant last{};                ///< when it had more
  bool flood = false;            ///< and that is a flood of strangers, as the last look told
};

/// How many of those who send are strangers: a look at a batch now and then.
struct Looks {
  Instant begin{};            ///< of the time in which these are counted
  std::uint32_t batches = 0;  ///< that came
  std::size_t packets = 0;    ///< that were looked at
  std::size_t strangers = 0;  ///< among these
  bool flood = false;         ///< what the time before has shown
};

class Host {
 public:
  explicit Host(const Config& config);
  ~Host();

  // The facade's calls; see <tunic/stack.hpp>.
  void add_address(Ipv4Prefix prefix) { addresses_.add(prefix); }
  void receive(PacketBuffer packet, Instant received_at);
  void receive(std::span<PacketBuffer> batch, Instant received_at, bool more_wait);
  void advance(Instant now);
  bool run_ready();
  void flush(PacketSink& sink, Budget budget);
  Instant next_deadline() const;
  bool flooded() const { return looks_.flood; }
  bool wants_flush() const { return !replies_.empty() || !dirty_.empty(); }
  Instant now() const { return now_; }
  BlockPool& pool() { return pool_; }
  const Config& config() const { return config_; }
  void reconfigure(const Config& config);
  const Counters& counters() const { return log_.counters; }
  StackInfo info();
  void observe(Observer* observer) { log_.observe(observer); }

  // The sockets' calls (calls.cpp). A stale key is Error::BadHandle.
  Result<SlotKey> connect(Endpoint remote, const ConnectOptions& options);
  Result<SlotKey> listen(Endpoint local, const ListenOptions& options);
  Result<SlotKey> accept(SlotKey listener);
  void close_listener(SlotKey listener);
  Result<void> set_backlog(SlotKey listener, std::uint32_t backlog);
  /// Ends a connection or record by its number, as Stack::evict says.
  bool evict(ConnectionNumber number);
  /// Of a listener.
  const SocketOptions& options(SlotKey listener) const;
  const FastOpenKeys& fast_open_keys(const SocketOptions& options) const {
    return options.fast_open_keys ? *options.fast_open_keys : context_.fast_open_keys;
  }
  /// A socket has bound this port and does not listen: the RSTs that say so are its own, with its TOS and TTL.
  void claim(const Endpoint& local, SharedOptions options);
  void release(const Endpoint& local) { claims_.erase(name_of(local)); }
  /// A port of `local` that no listener has and that is not in `taken`; nullopt: none is free.
  std::optional<Port> free_port(Ipv4Address local, const std::function<bool(Port)>& taken);
  bool is_local(Ipv4Address address) const { return address.is_unspecified() || addresses_.is_local(address); }
  TcpEntry* find(SlotKey connection) { return connections_.find(connection); }
  ListenerEntry* find_listener(SlotKey listener) { return listeners_.find(listener); }
  /// After every call on a connection: what it owes is sent, what it wants to be told is told, what it needs is timed.
  void touch(TcpEntry& entry);
  /// The socket lets go of it, after close() or abort().
  void disown(TcpEntry& entry);
  void on_ready(TcpEntry& entry, ReadyCallback callback);
  void on_ready(SlotKey key, ReadyCallback callback);
  static Readiness readiness(const tcp::Connection& connection);

  // The calls of UDP sockets (udp.cpp); see <tunic/udp_socket.hpp>.
  Result<SlotKey> open_udp();
  UdpEntry* find_udp(SlotKey socket) { return udp_.find(socket); }
  Result<void> bind(UdpEntry& entry, Endpoint local);
  Result<void> connect(UdpEntry& entry, Endpoint remote);
  void disconnect(UdpEntry& entry);
  Result<void> send(UdpEntry& entry, std::span<const std::byte> data, Endpoint remote);
  void close_udp(SlotKey key);
  void on_ready(UdpEntry& entry, ReadyCallback callback);
  static Readiness readiness(const UdpEntry& entry);

  // The calls of echo sockets (echo.cpp); see <tunic/echo_socket.hpp>.
  Result<SlotKey> open_echo(const EchoOptions& options);
  EchoEntry* find_echo(SlotKey socket) { return echoes_.find(socket); }
  Result<void> send(EchoEntry& entry, Ipv4Address to, std::uint16_t sequence, std::span<const std::byte> data);
  void close_echo(SlotKey socket);
  void on_ready(EchoEntry& entry, ReadyCallback callback);
  static Readiness readiness(const EchoEntry& entry);
  /// Octets of the longest packet that goes there whole.
  std::uint32_t mtu_to(Ipv4Address destination) const;

 private:
  struct Reply {
    PacketBuffer packet;
    Ipv4Address destination;
    SlotKey sender{};  // the UDP socket whose send buffer it counts against
  };
  /// What a socket has to do with a datagram that is sent; nothing: the host's own.
  struct SentBy {
    UdpEntry* socket = nullptr;  // whose send buffer it counts against
    DontFragment dont_fragment = DontFragment::WhereItFits;
  };
  enum class TimerOf : std::uint8_t { Connection, SynRecord };

  // ip_dispatch.cpp
  void receive_from(PacketBuffer&& packet, ip::Ingress ingress);
  void receive_fragment(const wire::Ipv4Header& ip, PacketBuffer&& packet);
  void deliver(const wire::Ipv4Header& ip, PacketBuffer&& packet);
  void deliver_datagrams(PacketBuffer super);
  void end_reassemblies();
  void drop_packet(Why why, const wire::Ipv4Header& ip, std::size_t size);
  void report_packet(EventKind kind, Why why, const wire::Ipv4Header& ip, std::size_t size);

  // pressure.cpp
  bool is_flood_of(std::span<PacketBuffer> batch);
  void count_looks(std::size_t strangers, std::size_t packets);
  void receive_in_flood(std::span<PacketBuffer> batch, Instant received_at);
  bool is_expected(PacketBuffer& packet);
  void turn_away(PacketBuffer packet, Instant received_at);

  // icmp.cpp
  void receive_icmp(const wire::Ipv4Header& ip, PacketBuffer&& packet);
  void receive_icmp_error(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, std::span<const std::byte> quote);
  void receive_too_big(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, const wire::IcmpQuote& quoted,
                       std::size_t size, TcpEntry* entry);
  void send_icmp_error(const wire::Ipv4Header& about, std::span<const std::byte> quote, wire::IcmpType type,
                       std::uint8_t code, Why why);
  Event icmp_event(EventKind kind, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                   std::size_t payload) const;
  void queue_icmp(PacketBuffer message, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp);
  void report_icmp(EventKind kind, Why why, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp,
                   std::size_t payload);

  // echo.cpp
  void receive_echo_reply(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, Chain data);
  bool receive_icmp_about_echo(const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp, const wire::IcmpQuote& quoted,
                               std::size_t size);
  bool enqueue(EchoEntry& entry, EchoEntry::Message message, const wire::Ipv4Header& ip, const wire::IcmpHeader& icmp);
  void mark_ready(EchoEntry& entry);

  // tcp_dispatch.cpp and passive_open.cpp
  void receive_tcp(const wire::Ipv4Header& ip, PacketBuffer&& packet);
  void arrives_at_connection(TcpEntry& entry, Segment&& segment);
  void arrives_at_syn_record(SlotKey key, Segment&& segment);
  void arrives_at_time_wait(SlotKey key, const Segment& segment);
  std::optional<Why> why_full(const ListenerEntry& listener) const;
  void arrives_at_listener(SlotKey listener, const Segment& segment, SlotKey reopened);
  void arrives_nowhere(const Segment& segment);
  void queue_reset(const Segment& segment, const SocketOptions& options, Why why, ConnectionNumber number,
                   SeqNum seq_base, SeqNum ack_base);
  tcp::FastOpenDecision decide_fast_open(SlotKey listener, const Segment& syn, const wire::TcpOptions& options);
  void open_early(SlotKey listener, tcp::SynRecord half_open, const Segment& syn,
                  const std::optional<tcp::FastOpenGrant>& grant);
  void end_early(TcpEntry& entry);
  bool open_by_cookie(SlotKey listener, const Segment& segment);
  void promote(SlotKey record_key, Segment&& segment);
  void complete(const tcp::SynRecord& record, Segment&& segment);
  void queue_syn_ack(const tcp::SynRecord& record, Why why);
  void forget_syn_record(SlotKey key, std::optional<Why> why);
  void syn_record_timeout(SlotKey key);
  static std::uint64_t name_of(const Endpoint& local) {
    return std::uint64_t{local.address.value()} << 16 | local.port;
  }
  SlotKey listener_for(const Endpoint& local) const;
  const SocketOptions& options_of_closed(const Endpoint& local) const;
  void enter_time_wait(TcpEntry& entry);
  void suspend_time_wait(SlotKey key, tcp::SynRecord& by);
  void resume_time_wait(SlotKey key);
  void end_time_wait(SlotKey key, Why why);
  void report_segment(EventKind kind, Why why, const Segment& segment, ConnectionNumber number, SeqNum seq_base,
                      SeqNum ack_base);
  void report_state(ConnectionNumber number, TcpState from, TcpState to, Why why);
  void report_call(Why why, std::string_view detail);
  void drop_segment(Why why, const Segment& segment, ConnectionNumber number = 0, SeqNum seq_base = {},
                    SeqNum ack_base = {});

  // udp.cpp
  void receive_udp(const wire::Ipv4Header& ip, PacketBuffer&& packet, std::span<const std::byte> whole);
  void receive_udp_for_all(const udp::Datagram& datagram);
  bool receive_icmp_about_udp(const wire::IcmpQuote& quoted, const wire::IcmpHeader& icmp);
  UdpEntry* find_udp(const Endpoint& to, const Endpoint& from);
  void enqueue(UdpEntry& entry, udp::Datagram datagram);
  Result<Ipv4Address> udp_source(const UdpEntry& entry, Endpoint remote) const;
  void unbind(UdpEntry& entry);
  void mark_ready(UdpEntry& entry);
  void packet_left(SlotKey sender, std::size_t size);
  void drop_datagram(Why why, const udp::Datagram& datagram);
  void report_datagram(EventKind kind, Why why, const UdpInfo& datagram);

  // flush.cpp
  void send_replies(PacketSink& sink, Budget& budget, std::uint32_t kept);
  void send_segments(PacketSink& sink, Budget& budget);
  void queue_segment(const Segment& segment, ConnectionNumber number, SeqNum seq_base, SeqNum ack_base);
  bool queue_datagram(wire::Ipv4Header ip, PacketBuffer content, const Event& announcement, const SentBy& by);
  bool transmit(PacketBuffer&& packet, Ipv4Address destination, PacketSink& sink);
  PacketBuffer encode(const Segment& segment, bool partial_checksum = false);
  std::uint32_t super_segment_to(Ipv4Address destination, const DeviceCapabilities& device) const;
  void tell_path_mtu(TcpEntry& entry);

  // memory.cpp
  void mind_memory();
  void give_way(TcpEntry& entry);
  bool memory_for_unread(bool first) const;

  // host.cpp
  bool nobody_is_ready() const;
  template <typename Entries>
  void tell_ready(std::vector<SlotKey>& list, Entries& entries);
  template <typename Entry>
  static void replace_callback(Entry& entry, ReadyCallback callback) {
    entry.callback = std::move(callback);
    entry.replaced = true;
  }

  // calls.cpp
  std::optional<Port> choose_port(const std::function<bool(Port)>& is_free);
  SlotKey add_connection(const tcp::ConnectionOptions& options);
  void erase_if_over(TcpEntry& entry);
  void detach(TcpEntry& entry);
  void rearm(TcpEntry& entry);
  void mark_ready(TcpEntry& entry);
  void mark_ready(SlotKey key);

  Config config_;
  BlockPool pool_;  // outlives all that holds blocks
  EventLog log_;
  std::uint32_t orphans_ = 0;  // connections that nobody owns
  tcp::FastOpenCache fast_open_;
  tcp::Context context_;
  ip::Addresses addresses_;
  ip::Identifications identifications_;
  ip::Reassembler reassembler_;
  ip::PathMtus paths_;
  Random port_random_;
  Instant now_{};
  ConnectionNumber next_number_ = 1;

  SlotMap<TcpEntry> connections_;
  SlotMap<tcp::SynRecord> syn_records_;
  tcp::TimeWaitTable time_wait_;
  SlotMap<ListenerEntry, 8> listeners_;
  std::unordered_map<std::uint64_t, SlotKey> listener_of_;  // by address and port; looked up, never walked
  std::unordered_map<std::uint64_t, SharedOptions> claims_;
  SlotMap<UdpEntry, 8> udp_;
  std::unordered_map<Port, std::vector<SlotKey>> udp_ports_;  // in order of binding; looked up, never walked
  SlotMap<EchoEntry, 8> echoes_;
  std::unordered_map<std::uint16_t, SlotKey> echo_ids_;  // looked up, never walked
  Demux demux_;
  TimingWheel wheel_;

  RingQueue<SlotKey> dirty_;
  std::vector<SlotKey> ready_;
  std::vector<SlotKey> ready_listeners_;
  std::vector<SlotKey> ready_udp_;
  std::vector<SlotKey> ready_echoes_;
  std::vector<SlotKey> spare_list_;   // empty: what the list that is told next becomes
  RingQueue<Reply> replies_;          // segments without a connection, ICMP, UDP
  RingQueue<PacketBuffer> loopback_;  // to ourselves, delivered by the next advance()
  MemoryRelief relief_;
  Pressure pressure_;
  Looks looks_;
  RateLimit reset_limit_;
  IcmpLimit icmp_limit_;
};

}  // namespace tunic::host
