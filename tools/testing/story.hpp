// The segment-table DSL: a test of TCP as a table of stimulus and reaction in packetdrill's notation, in virtual time.
//
//     story.listen(80);
//     story.inject("S 0:0(0) win 65535 <mss 1460>");
//     story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", Why::PassiveOpenReply);
//     story.inject(". 1:1(0) ack 1 win 65535");
//     StorySocket socket = story.accept();
//     socket.write(1000);
//     story.expect("P. 1:1001(1000) ack 1", Why::LastBufferedData);
//
// One stack at 10.9.0.2, the test is its peer at 10.9.0.1. After each call the stack does all that it can do at this instant.
// Every packet that it sends is re-parsed by libtins, must have been announced by an event (law 3), and must be expected:
// one left over when the story ends is a failure. Stream contents are checked against a pattern (pattern.hpp).
// The first failure is reported with the story so far; what follows from it is not.
// Thread-safety: none.
#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

#include "sim/network.hpp"
#include "testing/flow.hpp"
#include "testing/journal.hpp"

namespace tunic::testing {

/// Where a test called: its failures are shown there.
using Where = std::source_location;

/// Hears of failures: the message and the place.
using FailureSink = std::function<void(const std::string& message, const Where& where)>;

/// Both sides' numbers cross a border of the sequence space after 128 octets: the stack's 2^31, the peer's 2^32.
inline constexpr std::uint32_t kStoryStackIsn = 0x7fffff80;
inline constexpr std::uint32_t kStoryPeerIsn = 0xffffff80;

/// Neither timestamps nor window scaling nor SACK, a fixed ISN: segments are short and windows are what they say. Reno,
/// losses found by counting (RFC 5681, RFC 6675).
Config plain_config();
/// With all options.
Config full_config();

class Story;

/// The application's end of a connection.
class StorySocket {
 public:
  StorySocket() = default;
  StorySocket(Story& story, TcpSocket socket) : story_(&story), socket_(std::move(socket)) {}

  /// Writes the next `count` octets of Stream::FromStack; all must be taken.
  void write(std::size_t count, Where where = Where::current());
  /// The same, and announces another write (MSG_MORE).
  void write_more(std::size_t count, Where where = Where::current());
  /// The same; they are urgent.
  void write_urgent(std::size_t count, Where where = Where::current());
  /// As many as are taken, at most `count`; 0: it would block.
  std::size_t write_some(std::size_t count, Where where = Where::current());
  /// Reads `count` octets, which must be the next ones of Stream::FromPeer.
  void read(std::size_t count, Where where = Where::current());
  /// As many as are there, at most `count`; the content is checked.
  std::size_t read_some(std::size_t count, Where where = Where::current());
  void expect_nothing_to_read(Where where = Where::current());
  /// The peer has closed and all is read.
  void expect_end(Where where = Where::current());
  /// Reading fails so.
  void expect_error(Error error, Where where = Where::current());
  void shutdown_send(Where where = Where::current());
  void close(Where where = Where::current());
  void abort(Where where = Where::current());

  TcpSocket& socket() { return socket_; }

 private:
  enum class Kind : std::uint8_t { Plain, More, Urgent };
  std::size_t give(std::size_t count, Kind kind, const Where& where);

  Story* story_ = nullptr;
  TcpSocket socket_;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
};

class Story {
 public:
  explicit Story(FailureSink on_failure, const Config& config = plain_config());
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;
  /// Fails if packets are left that nobody expected.
  ~Story();

  // The application.
  void listen(Port port = 80, const ListenOptions& options = {}, Where where = Where::current());
  TcpListener& listener(Port port = 80) { return listeners_.at(port); }
  StorySocket accept(Port port = 80, Where where = Where::current());
  /// An active open from port 40000 to the peer's `port`.
  StorySocket connect(Port port = 80, Where where = Where::current());

  // The peer. A segment belongs to the flow whose ports stand in front of it ("40001 > 80 S 0:0(0) win 65535"), else to the
  // current one: that of the last segment injected or connection opened, at first 40000 > 80.
  void inject(std::string_view segment, Where where = Where::current());
  /// Several segments arrive before the stack can do anything else.
  void inject_batch(std::initializer_list<std::string_view> segments, Where where = Where::current());
  /// As one batch of the device; `more_wait` behind it.
  void inject_device_batch(const std::vector<std::string>& segments, bool more_wait, Where where = Where::current());
  void inject_packet(std::span<const std::byte> packet, Where where = Where::current());
  /// A device's super-segment arrives, of wire segments with `gso_size` octets each.
  void inject_super(std::string_view segment, std::uint16_t gso_size, Where where = Where::current());
  /// For flows that begin from now on.
  void set_peer_isn(std::uint32_t isn) { next_peer_isn_ = isn; }
  /// Makes the flow between these the current one.
  Flow& use_flow(const Endpoint& peer, const Endpoint& stack);
  Flow& flow() { return *flow_; }

  // What is expected of the stack. See Flow::differences for what is compared.
  void expect(std::string_view segment, std::optional<Why> why = {}, Where where = Where::current());
  /// Time passes until the stack sends something; that must be this segment, after exactly this time.
  void expect_after(Duration duration, std::string_view segment, std::optional<Why> why = {},
                    Where where = Where::current());
  /// A super-segment of wire segments with `gso_size` octets each. See take_super_segments().
  void expect_super(std::string_view segment, std::uint16_t gso_size, std::optional<Why> why = {},
                    Where where = Where::current());
  void expect_icmp(std::uint8_t type, std::uint8_t code, std::optional<Why> why = {}, Where where = Where::current());
  void expect_nothing(Where where = Where::current());
  /// Of the current flow's connection; Closed where there is none.
  void expect_state(TcpState state, Where where = Where::current());
  /// Something was dropped, or not sent, for this reason since the last stimulus (inject, advance).
  void expect_drop(Why why, Where where = Where::current());
  void expect_hold(Why why, Where where = Where::current());

  /// From now on the stack may send super-segments and leave checksums out.
  void take_super_segments() { mailbox_.takes_super_segments = true; }

  // Time.
  void advance(Duration duration, Where where = Where::current());
  Instant now() const { return network_.now(); }

  Stack& stack() { return *stack_; }
  /// Lets the stack do what it can do now. For tests that use sockets directly.
  void settle(Where where = Where::current());
  /// Takes out the oldest packet that nobody has expected yet; empty: none. For tests that look at octets.
  std::vector<std::byte> take_packet();
  /// What the current flow's connection says of itself.
  std::optional<ConnectionInfo> connection();
  std::string so_far() const { return journal_.story(); }
  void fail(const std::string& message, const Where& where);

 private:
  struct SentPacket {
    std::vector<std::byte> octets;
    Instant at;
    std::optional<Journal::Announcement> announcement;
    std::uint16_t gso_size = 0;
    bool checked = false;
  };
  /// Where the stack's packets go.
  class Mailbox final : public PacketSink {
   public:
    DeviceCapabilities capabilities() const override {
      return {.checksum_offload = takes_super_segments, .segmentation_offload = takes_super_segments};
    }
    /// Super-segments stay whole; their checksum is completed as if they were one long packet.
    void send(PacketBuffer packet, Instant now) override;

    bool takes_super_segments = false;
    std::deque<SentPacket> packets;
  };

  Flow& flow_of(const NotatedSegment& segment, bool from_peer);
  std::optional<NotatedSegment> parse(std::string_view text, const Where& where);
  PacketBuffer packet(std::string_view segment, const Where& where);
  void check_sent(const Where& where);
  void check_packet(SentPacket& packet, const Where& where);
  void check_payload(const SegmentInfo& live, std::span<const std::byte> packet, const Where& where);
  void compare(std::string_view text, SentPacket packet, std::optional<Why> why, const Where& where);
  std::string describe(const SentPacket& packet);

  FailureSink on_failure_;
  bool failed_ = false;
  Where last_place_;
  Journal journal_;
  std::unique_ptr<Stack> stack_;
  Mailbox mailbox_;
  sim::Network network_;
  std::map<Port, TcpListener> listeners_;
  std::map<std::pair<Endpoint, Endpoint>, Flow> flows_;  // peer, stack
  Flow* flow_ = nullptr;
  std::uint32_t next_peer_isn_ = kStoryPeerIsn;
};

}  // namespace tunic::testing
