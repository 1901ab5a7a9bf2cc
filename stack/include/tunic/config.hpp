// Everything that can be set on a stack. Profiles are data: what the RFCs leave free is a number or an order in here.
//
// The defaults keep every MUST of RFC 9293; where a default leaves a SHOULD, the field says so. ARCHITECTURE.md has the
// table of numbers per profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tunic/congestion_control.hpp>
#include <tunic/fast_open.hpp>
#include <tunic/random.hpp>
#include <tunic/time.hpp>

namespace tunic {

/// The order and padding of options in SYN segments; the RFCs leave it free.
enum class SynOptionLayout : std::uint8_t {
  MssSackTsWscale,  ///< mss,sackOK,TS,nop,wscale (Linux)
  MssWscaleSackTs,  ///< mss,nop,wscale,sackOK,TS (FreeBSD)
};

/// Explicit congestion notification (RFC 3168 §6.1.1).
enum class Ecn : std::uint8_t {
  Off,
  Accept,   ///< used where the peer asks for it
  Request,  ///< asked for in our SYNs too
};

/// SYN cookies (RFC 4987 §3.6): a handshake that costs a listener no memory, and the peer some of its options.
enum class SynCookiePolicy : std::uint8_t {
  Off,
  WhenFull,  ///< when the SYN queue is full
  Always,    ///< no SYN-RECEIVED records at all
};

/// Under which error an ICMP message ends an open or explains why it failed (RFC 1122 §4.2.3.9 leaves it free).
enum class IcmpErrors : std::uint8_t {
  Linux,  ///< port: refused; protocol: no such protocol; a prohibition is as soft as an unreachable network
  Bsd,    ///< port, protocol and every prohibition: refused; all others: host unreachable
};

/// Who sends to a port that is closed may be left without an answer (RFC 9293 §3.10.7.1 says RST).
enum class Blackhole : std::uint8_t {
  Off,
  Syns,       ///< SYNs are not answered
  All,        ///< nothing is
  Listeners,  ///< nor what makes no sense to a listener
};

struct TcpConfig {
  // Handshake (RFC 9293 §3.7.1, RFC 7323 §2.2, §3.2; RFC 2018 §2)
  SynOptionLayout syn_option_layout = SynOptionLayout::MssSackTsWscale;
  bool window_scaling = true;
  bool timestamps = true;
  bool sack = true;
  Ecn ecn = Ecn::Accept;
  std::uint8_t ecn_syn_retransmits =
      1;                            ///< so many repeated SYNs still ask for ECN, later ones do not (RFC 3168 §6.1.1.1)
  std::uint16_t default_mss = 536;  ///< the peer's MSS when it sent none (RFC 9293 MUST-15)
  std::uint16_t min_mss = 48;       ///< a smaller offer is raised to this
  std::uint32_t syn_queue = 1024;   ///< SYN-RECEIVED records per listener
  SynCookiePolicy syn_cookies = SynCookiePolicy::WhenFull;
  std::uint32_t max_backlog = 4096;  ///< of listen(); an accept queue is min(backlog, this)
  std::uint8_t syn_retransmits = 7;  ///< 1+2+4+…: gives up after 247 s (RFC 9293 MUST-23: at least 3 minutes)
  std::uint8_t syn_linear_timeouts =
      0;  ///< so many first SYN timeouts neither back off nor count as retransmissions; Deviation (RFC 6298 §5.5), Linux
  std::uint8_t syns_with_options = 255;  ///< so many repeated SYNs have options beside the MSS: some middle boxes mind
  Duration open_limit{0};                ///< an active open gives up after this, whatever its SYNs; 0: no limit
  std::uint8_t syn_ack_retransmits = 5;  ///< gives up after 63 s
  std::optional<std::uint32_t>
      initial_sequence_number{};  ///< For tests and replays only: every ISN is this, guessable by all

  // Retransmission (RFC 6298, RFC 9293 §3.8.3)
  Duration rto_initial = std::chrono::seconds(1);
  Duration rto_min = std::chrono::milliseconds(200);  ///< Deviation (RFC 6298 §2.4 says 1 s): as Linux does
  Duration rto_max = std::chrono::seconds(120);
  Duration rto_variance_min = std::chrono::milliseconds(200);  ///< the RTO is at least SRTT + this (RFC 6298 §2: G)
  std::uint8_t retransmits_r1 = 3;      ///< R1 (SHLD-10): from here on the application may learn of it (SHLD-9)
  std::uint8_t retransmits_r2 = 15;     ///< R2: give up (SHLD-11: at least 100 s); 0: never
  std::uint8_t orphan_retransmits = 8;  ///< R2 of a connection that no application owns; 0: never
  bool reset_on_give_up = false;        ///< R2 and the user timeout are told to the peer with a RST (BSD)

  // Acknowledgments (RFC 5681 §4.2, RFC 9293 §3.8.6.3)
  Duration delayed_ack = std::chrono::milliseconds(40);  ///< < 500 ms (MUST-40)
  std::uint8_t quick_acks = 16;                          ///< segments acknowledged at once from the start
  bool ack_pushed = false;                               ///< acknowledge a PSH segment at once
  bool acks_ride_on_answers = true;  ///< once the application answers what arrives, ACKs wait for its answers (Linux)
  bool ack_repeats_fin = false;      ///< our FIN goes again with every ACK as long as it is not acknowledged (BSD)

  // Flow control
  std::uint32_t send_buffer = 256 * 1024;     ///< 4 KiB..16 MiB
  std::uint32_t receive_buffer = 256 * 1024;  ///< 4 KiB..16 MiB; also fixes the window scale
  /// The window scale lets at least this be announced, and a tuned buffer grows to it; less than the buffer: no effect.
  std::uint32_t receive_buffer_max = 0;
  /// Buffers that no application has set follow what their flow can use, as long as all growth together stays below half
  /// of memory_soft.
  bool tune_receive_buffer = false;
  std::uint32_t send_buffer_max = 0;  ///< the same; less than the buffer: it stays as it is
  bool round_buffers = false;         ///< both buffers go up to a multiple of the MSS when the connection opens (BSD)
  bool accept_all_room = false;       ///< RCV.WND is all the room, also what the window field can't tell (BSD)
  bool announce_all_room =
      false;  ///< silly windows are avoided near a closed window only, else all the room is told (BSD)
  std::uint16_t max_out_of_order_ranges = 512;
  std::uint16_t max_sack_ranges = 256;  ///< ranges of the scoreboard
  Duration persist_max = std::chrono::seconds(120);
  /// Deviation (RFC 9293 §3.8.6.1: "at least one octet"): a closed window is probed with an old number and no data, as
  /// Linux does; a peer must acknowledge that too (§3.10.7.4, first).
  bool probe_without_data = false;
  /// The wait for the next window probe begins with the answer to the last one, not with that probe (Linux).
  bool probe_wait_from_answer = false;
  bool nagle = true;
  /// So long a segment waits for more to be written, or for the RTO if that is more (MUST-60).
  Duration cork_max = std::chrono::milliseconds(200);

  // Keep-alive, where a socket turns it on (RFC 9293 §3.8.4)
  Duration keep_idle = std::chrono::hours(2);  ///< MUST-28: at least two hours by default
  Duration keep_interval = std::chrono::seconds(75);
  std::uint8_t keep_count = 9;

  // Fast Open (RFC 7413), where a socket asks for it
  bool fast_open_client = true;
  Duration fast_open_off = std::chrono::minutes(15);  ///< a path where it did not work is left alone for so long
  bool fast_open_experimental =
      false;  ///< a server without an answer is asked with the experimental option next (§4.1.1)
  bool fast_open_client_without_cookie = false;  ///< data rides in any SYN (§4.2.1)
  bool fast_open_server = true;                  ///< for listeners with a fast_open_queue
  bool fast_open_all_listeners = false;          ///< also for those without one: as many may wait as their backlog says
  bool fast_open_without_cookie =
      false;  ///< data in any SYN is taken (RFC 7413 §4.2.1: only where duplicates do no harm)
  std::optional<FastOpenKeys> fast_open_keys{};              ///< default: from the seed
  Duration fast_open_reset_hold = std::chrono::seconds(60);  ///< a reset open keeps its place so long (RFC 7413 §5.1)

  // Security (RFC 5961): what older stacks believed
  bool insecure_rst = false;  ///< a RST anywhere in the window resets
  /// Deviation (RFC 5961 §3.2): a RST at the end of the highest range beyond a hole is taken for exact, as Linux does: its
  /// sender counts what it has sent, which did not all arrive.
  bool reset_at_sacked_edge = false;
  bool insecure_syn = false;  ///< a SYN in the window resets
  bool insecure_ack = false;  ///< an acknowledgment may be as old as it likes (RFC 5961 §5, MAY-12)
  bool timestamps_in_reset =
      true;                      ///< RFC 7323 §3.2 (SHOULD), in those that end a connection of ours; BSD does without
  bool window_in_reset = true;   ///< the same tell the window as any segment does; BSD: 0
  bool accept_old_acks = false;  ///< the acknowledgment of a segment left of the window counts; Deviation, BSD
  bool tolerate_missing_timestamps = false;  ///< segments without the option that was agreed on count (RFC 7323 §3.2)
  bool close_wait_reset_is_broken_pipe = false;  ///< BrokenPipe, not ConnectionReset, after the peer's FIN (Linux)
  IcmpErrors icmp_errors = IcmpErrors::Linux;
  bool icmp_ends_open = true;  ///< a hard ICMP error ends an active open (RFC 5461 §3.1)
  Blackhole blackhole = Blackhole::Off;
  bool drop_syn_fin = false;              ///< SYN and FIN together are ignored in every state
  bool syn_fin_opens = false;             ///< a listener takes them for a SYN (BSD)
  bool listener_ignores_syn_ack = false;  ///< RFC 9293 §3.10.7.2 says RST (BSD)
  bool handshake_ack_first =
      false;  ///< in SYN-RECEIVED SEG.ACK is looked at before SEG.SEQ, and from LISTEN the flags are too (BSD)

  /// Deviation (RFC 7323 §2.2 and §3.2): the answer to a crossing SYN has the timestamps of ours, asked for or not, and the
  /// peer's second SYN is reported as a duplicate (RFC 2883). As Linux.
  bool answers_with_own_offer = false;
  Duration
      syn_again_after_bad_ack{};  ///< what acknowledges another SYN has ours repeated as soon as that; 0: as always
  bool syn_window_in_segments = false;  ///< the window of SYN-ACKs is whole segments
  bool set_buffer_fixes_scale = false;  ///< receive_buffer_max does not hold for sockets whose buffer was set (Linux)

  // Congestion control (RFC 5681, RFC 6928, RFC 9438)
  CongestionAlgorithm congestion_control = CongestionAlgorithm::Cubic;
  std::uint8_t initial_window = 10;   ///< in segments, bounded as RFC 6928 §2 says
  std::uint8_t slow_start_limit = 0;  ///< segments that one ACK adds in slow start at most (RFC 5681 §3.1: 1, RFC 3465
                                      ///< §2.3: 2); 0: as many as it acknowledges (RFC 9406 §4.2)
  bool restart_after_idle = true;     ///< RFC 5681 §4.1
  bool reduce_from_window = true;     ///< ssthresh is a part of cwnd, else of FlightSize (RFC 9438 §4.6 has both)

  // Loss recovery (RFC 6675, RFC 8985, RFC 9937); without SACK RFC 6582 alone
  std::uint8_t duplicate_threshold = 3;  ///< DupThresh
  bool rack = true;                      ///< losses are found by time (RFC 8985 §6), else by counting (RFC 6675)
  bool tail_loss_probe = true;           ///< RFC 8985 §7
  Duration loss_probe_ack_delay = std::chrono::milliseconds(200);  ///< TLP.max_ack_delay: how long a peer may wait
  bool proportional_rate_reduction = true;                         ///< RFC 9937, with SACK and without
  bool forward_rto = true;         ///< what is acknowledged after a timeout tells whether it was spurious (RFC 5682)
  bool impatient_newreno = false;  ///< of partial ACKs the first alone restarts the timer (RFC 6582 §4), else each
  /// An acknowledgment up to what was selectively acknowledged says that the peer has thrown that away (RFC 2018 §8): the
  /// retransmission timer is not waited for longer than half a round trip.
  bool suspect_reneging = true;

  // Ends (RFC 9293 §3.6)
  bool delay_fin_ack = false;  ///< of a FIN behind data: the application may close at once, and its FIN carries the ACK
  bool reset_if_shut = false;  ///< data for who has shut down both directions is reset as after close() (SHLD-3)
  Duration time_wait = std::chrono::seconds(60);   ///< 2 MSL with MSL 30 s
  std::uint32_t max_time_wait = 262144;            ///< records; the oldest makes room
  bool time_wait_to_self = true;                   ///< connections of this host with itself wait too
  bool reset_ends_time_wait = false;               ///< RFC 1337's hazard, which Linux takes unless told otherwise
  bool reopen_time_wait = true;                    ///< by a new SYN (RFC 9293 MAY-2)
  bool reopen_by_timestamp = true;                 ///< a greater timestamp makes a SYN new too (RFC 6191 §2)
  bool new_syn_always_ends_time_wait = false;      ///< also where nobody listens: then it is reset (BSD)
  bool connect_reuses_time_wait = true;            ///< where timestamps were agreed on (SHLD-4)
  bool time_wait_challenges_syn = true;            ///< an old SYN is answered (RFC 5961 §4.2); BSD: ignored
  Duration fin_wait_2 = std::chrono::seconds(60);  ///< of a connection that no application owns
  std::uint32_t challenge_acks_per_second = 10;    ///< per connection (RFC 5961 §7)
};

/// What socket interfaces of operating systems do differently.
struct SocketConfig {
  std::uint8_t buffer_factor = 2;  ///< SO_SNDBUF and SO_RCVBUF tell this times the octets that fit (Linux: 2, BSD: 1)
  std::uint32_t max_buffer = 16 * 1024 * 1024;  ///< octets that SO_SNDBUF and SO_RCVBUF may ask for; more is cut to it
  bool accept_inherits_nonblocking = false;     ///< accept() hands the listener's O_NONBLOCK on (BSD)
  bool fast_open_by_address = false;            ///< sendto() opens an idle socket that has TCP_FASTOPEN on (BSD)
  bool connected_refuses_address = false;       ///< sendto() with an address on a connected socket: EISCONN (BSD)
  std::uint32_t max_descriptors = 65536;        ///< of a SocketTable
};

struct IpConfig {
  // Reassembly (RFC 791 §3.2, RFC 815), by true size: what the fragments pin in memory, with the bookkeeping
  std::uint32_t reassembly_bytes = 4 * 1024 * 1024;
  std::uint32_t reassembly_bytes_per_source = 256 * 1024;
  Duration reassembly_timeout = std::chrono::seconds(30);  ///< Deviation (RFC 1122 §3.3.2 says 60 s to 120 s): as Linux

  // Path MTU discovery (RFC 1191)
  std::uint32_t min_path_mtu = 552;  ///< reports of narrower paths do not make packets smaller than this, 68..1500
  Duration path_mtu_lifetime = std::chrono::minutes(10);  ///< §6.3: then a wider path is tried
  std::uint32_t max_paths = 1024;                         ///< that are remembered

  std::uint32_t max_echo_sockets = 1024;  ///< each has an identifier of its own (RFC 792)
};

struct UdpConfig {
  std::uint32_t receive_buffer = 256 * 1024;  ///< octets of memory, bookkeeping included; 1 KiB..16 MiB
  std::uint32_t send_buffer = 256 * 1024;
  std::uint32_t max_sockets = 65536;
};

struct Config {
  Seed seed{};
  std::uint32_t mtu = 1500;  ///< of the device, 576..65535
  std::uint8_t ttl = 64;
  std::uint32_t max_connections = 131072;
  std::uint32_t max_orphans = 16384;  ///< connections that no application owns; one more is reset
  /// Packet memory, in octets of blocks. Above the soft limit data beyond holes is given up, then connections that nobody
  /// owns; then no new connections are opened; and a UDP socket keeps one unread datagram, not more. At the hard limit
  /// nothing that takes memory is taken.
  std::size_t memory_soft = std::size_t{64} << 20;
  std::size_t memory_hard = std::size_t{128} << 20;
  std::uint32_t max_packets_queued = 4096;  ///< replies and loopback packets waiting
  std::uint32_t resets_per_second = 1000;   ///< RSTs without a connection, all peers together
  std::uint32_t icmp_per_second = 100;      ///< ICMP errors, at most; echo replies are not counted
  std::uint16_t first_ephemeral_port = 32768;
  std::uint16_t last_ephemeral_port = 60999;
  IpConfig ip{};
  TcpConfig tcp{};
  UdpConfig udp{};
  SocketConfig sockets{};

  static Config linux_profile();
  static Config freebsd_profile();
};

}  // namespace tunic
