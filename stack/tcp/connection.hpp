// One TCP connection: the parts put together, and the doors. RFC 9293 §3.10.
//
// One door in, one door out: on_segment, on_timers and the user calls only change what the connection knows and owes;
// next_segment is where its segments are born. It knows neither sockets nor other connections nor the device.
//
//     connection.cpp        what all share: construction, state changes, events, the snapshot
//     segment_arrives.cpp   RFC 9293 §3.10.7, step by step; arrives_in_syn_sent.cpp, text_arrives.cpp
//     early_open.cpp        Fast Open at the server: a connection before the handshake is complete
//     acknowledgment.cpp    the fifth step: what an ACK tells of our data
//     user_calls.cpp        §3.10.1 to §3.10.6
//     icmp_arrives.cpp      what an ICMP error says of what is in flight
//     loss_recovery.cpp     episodes of congestion: how they begin, and what governs the window
//     timeouts.cpp          §3.10.8
//     next_segment.cpp      the door out; next_syn.cpp, next_data.cpp
//     invariants.cpp        what must hold in each state
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <tunic/congestion_control.hpp>
#include <tunic/error.hpp>
#include <tunic/event.hpp>

#include "segment/segment.hpp"
#include "segment/tcb.hpp"
#include "tcp/ack_policy.hpp"
#include "tcp/buffer_tuning.hpp"
#include "tcp/context.hpp"
#include "tcp/false_alarm.hpp"
#include "tcp/forward_rto.hpp"
#include "tcp/handshake.hpp"
#include "tcp/loss_detector.hpp"
#include "tcp/rack.hpp"
#include "tcp/rate_reduction.hpp"
#include "tcp/reassembler.hpp"
#include "tcp/receive_buffer.hpp"
#include "tcp/records.hpp"
#include "tcp/recovery.hpp"
#include "tcp/rtt_estimator.hpp"
#include "tcp/scoreboard.hpp"
#include "tcp/send_buffer.hpp"
#include "tcp/tail_loss_probe.hpp"
#include "tcp/timer_set.hpp"
#include "tcp/window_use.hpp"

namespace tunic::tcp {

struct ConnectionOptions {
  ConnectionNumber number = 0;
  Endpoint local;
  Endpoint remote;
  SharedOptions socket_options;  ///< nullptr: the context's defaults
};

/// What goes with the data of a SEND.
struct SendFlags {
  bool more = false;    ///< another one follows at once
  bool urgent = false;  ///< RFC 9293 §3.8.5
};

class Connection {
 public:
  Connection(Context& context, const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { context_.buffer_growth -= grown_; }

  /// §3.10.1, active. `minimum_iss`: the tuple's old connection used numbers up to there.
  void open(Instant now, std::optional<SeqNum> minimum_iss);
  /// The passive open of `record`. The segment that acknowledges its SYN-ACK must come next: it establishes.
  void open(const SynRecord& record, Instant now);

  /// The same on the strength of a Fast Open cookie: `syn` opens it, its data can be read, the SYN-ACK is owed.
  void open_early(SynRecord record, Segment syn, const std::optional<FastOpenGrant>& grant, Instant now);

  // Doors in.
  void on_segment(Segment&& segment, Instant now);
  void on_timers(Instant now);
  /// What a packet to the peer may have (RFC 1191), from now on.
  void set_path_mtu(std::uint32_t mtu) { path_mss_ = static_cast<std::uint16_t>(mtu - 40); }
  /// A segment in flight was too big for a link on the path; set_path_mtu has told for which size.
  void on_packet_too_big(Instant now);
  /// An ICMP error about a segment of ours that is in flight.
  void on_icmp_error(std::uint8_t type, std::uint8_t code, Instant now);

  // Packet memory runs short.
  /// Data beyond holes is given up (RFC 2018 §8).
  void renege(Instant now);
  /// Who waits for room to write is told if there is some.
  void tell_room();

  // The user's calls. Errors as in <tunic/tcp_socket.hpp>.
  Result<std::size_t> send(std::span<const std::byte> data, Instant now, SendFlags flags = {});
  /// Takes slices off the front of `data`, without copying.
  Result<std::size_t> send(Chain& data, Instant now, SendFlags flags = {});
  Result<std::size_t> receive(std::span<std::byte> out, Instant now);
  /// Gives slices of what is unread, at most `most` octets; none: the end.
  Result<Chain> receive(std::size_t most, Instant now);
  Result<std::size_t> peek(std::span<std::byte> out) const;
  /// MUST-33: so many octets stand before the last urgent one; nullopt: no urgent data is known.
  std::optional<std::uint32_t> octets_to_mark() const;
  /// The last urgent octet, if it has arrived.
  std::optional<std::byte> urgent_octet() const;
  /// MAY-17: what was read ends where the peer has pushed.
  bool pushed() const { return push_seen_ && pushed_to_ == read_position(); }
  /// The number of the next octet that the application reads.
  SeqNum read_position() const;
  Result<void> shutdown_send(Instant now);
  /// Nobody will read what comes from now on.
  void shutdown_receive() { receive_shut_ = true; }
  void accepted(Instant now) const { report_call(Why::UserAccept, "accept()", now); }
  /// See TcpSocket::set_quick_ack.
  void set_quick_ack(bool on) { ack_policy_.set_quick(on); }
  bool quick_ack() const { return ack_policy_.quick(); }
  void close(Instant now);
  void abort(Instant now);
  /// After close(): there are too many of its kind.
  void end_orphan(Why why, Instant now);
  /// As abort(), but by the operator of the host: the owner stays, and learns of it by ConnectionAborted.
  void evict(Instant now);
  const SocketOptions& options() const { return options_ ? *options_ : context_.default_options; }
  void set_options(SharedOptions options, Instant now);
  std::uint32_t send_capacity() const { return send_capacity_; }
  std::uint32_t receive_capacity() const { return receive_capacity_; }
  /// What a full-sized segment carries: SendMSS without the options that every segment has.
  std::uint32_t effective_mss() const;
  std::uint32_t payload_room() const;
  /// Both sides sent the window scale option.
  bool window_scaling() const { return peer_scales_ && context_.tcp().window_scaling; }
  const Recovery& recovery() const { return recovery_; }
  const Scoreboard& scoreboard() const { return scoreboard_; }
  /// Segments that have left the network as duplicate ACKs tell, without SACK.
  std::uint32_t told_by_duplicates() const { return tcb_.sack ? 0 : loss_detector_.duplicates(); }
  /// Timeouts since something was last acknowledged, and of them those that found the peer's window closed.
  std::uint8_t timeouts_in_row() const { return timeouts_in_row_; }
  std::uint8_t persist_backoff() const { return persist_backoff_; }
  /// Segments that have arrived twice, as D-SACKs tell.
  std::uint32_t arrived_twice() const { return arrived_twice_; }
  /// nullptr: losses are found by counting, or nothing is outstanding and nothing was ever out of order.
  const Rack* rack() const { return rack_.get(); }

  /// The door out: the most urgent segment that may be sent now; nullopt: none. New data may come as a super-segment of
  /// at most `super_segment` octets, if that is more than one segment's worth.
  std::optional<Segment> next_segment(Instant now, std::uint32_t super_segment = 0);
  Instant next_deadline() const { return timers_.next_deadline(); }

  TcpState state() const { return state_; }
  const Tcb& tcb() const { return tcb_; }
  ConnectionNumber number() const { return number_; }
  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  ConnectionInfo info() const;
  std::error_code error() const { return error_; }
  /// MUST-47: what went wrong and did not end the connection; cleared by an acknowledgment.
  std::error_code soft_error() const { return soft_error_ ? make_error_code(*soft_error_) : std::error_code(); }
  void forget_soft_error() { soft_error_.reset(); }
  bool readable() const;
  bool writable() const;
  /// RFC 7413 §4.2.2: data given before our SYN leaves rides in it: there is a cookie for the peer, or none is needed.
  bool syn_may_carry_data() const;
  /// When data was last sent, or the SYN; when data in order last came, and an acknowledgment. Instant(): never.
  Instant last_sent_at() const { return last_sent_at_; }
  Instant last_data_at() const { return ack_policy_.last_data_at(); }
  Instant last_heard_at() const { return last_heard_at_; }
  std::uint32_t path_mtu() const { return path_mss_ + 40U; }
  std::size_t unread() const { return receive_buffer_.size(); }
  bool fin_received() const { return fin_received_; }
  bool orphaned() const { return orphaned_; }
  /// Opened by a Fast Open SYN, with data.
  bool took_syn_data() const { return early_; }
  /// RFC 5927 §4.1: only an ICMP error about something that is in flight is to be believed.
  bool in_flight_at(SeqNum seq) const;
  std::size_t bytes_queued() const { return send_buffer_.size() + receive_buffer_.size() + reassembler_.octets(); }
  /// Closed, and the RST that may be owed is sent.
  bool finished() const { return state_ == TcpState::Closed && !reset_due_ && reply_count_ == 0; }

  /// Something that the application may want to know has happened since the last call.
  bool take_activity() { return std::exchange(activity_, false); }
  /// For a connection that has entered TIME-WAIT. The record lives on without the connection.
  TimeWaitRecord time_wait_record(Instant until) const;
  bool ack_owed() const { return ack_policy_.pending(); }
  /// Of the peer's small segments the last 255 have brought nothing: no octet in order, no acknowledgment. One that keeps to the
  /// rules sends so many as probes of an idle connection, or behind a loss: where there is no time for all, it can wait.
  bool hears_nothing_new() const { return fruitless_ == kFruitless; }

  /// What must hold between two calls; stops test builds where it does not. See invariants.cpp.
  void check_invariants() const;

 private:
  static constexpr std::size_t kSmall = 64;        // octets of text in a segment
  static constexpr std::uint8_t kFruitless = 255;  // segments
  struct Arrival {
    Segment segment;
    wire::TcpOptions options;
    Instant now;
    bool reported = false;  ///< its event is out already
  };
  struct Flight {  // what is needed while something is outstanding
    WindowUse use;
    RateReduction rate{};
    TailLossProbe probe{};
    FalseAlarm alarm{};
    ForwardRto forward_rto{};
    std::uint32_t limited_transmit = 0;  ///< octets sent beyond the window on the first duplicates (RFC 3042)
  };
  struct Reply {  // a RST that answers a segment with that segment's own numbers
    SeqNum seq;
    Why why;
  };

  // connection.cpp
  void enter(TcpState state, Why why, Instant now);
  void fail(Error error, Why why, Instant now);
  void give_up(Why why, Instant now);
  void take_agreement(const Agreement& agreed, Instant now);
  void establish(Why why, Instant now);
  void begin_sending();
  void report(EventKind kind, Why why, Instant now, const Segment* segment) const;
  void report_arrival(EventKind kind, Why why, const Arrival& arrival) const;
  void report_call(Why why, std::string_view detail, Instant now) const;
  void drop(const Arrival& arrival, Why why) const;
  void release_buffers();

  // segment_arrives.cpp, arrives_in_syn_sent.cpp, text_arrives.cpp: one function a step, in the RFC's order
  void arrives_in_syn_sent(Arrival& arrival);
  void arrives_otherwise(Arrival& arrival);
  bool is_dropped_syn_fin(const Arrival& arrival) const;
  bool check_handshake_ack(const Arrival& arrival);
  bool strip_handshake_syn(Arrival& arrival);
  bool check_timestamps(Arrival& arrival);
  bool check_sequence_number(Arrival& arrival);
  bool check_rst(const Arrival& arrival);
  bool check_syn(const Arrival& arrival);
  bool check_ack(Arrival& arrival);
  SeqNum oldest_credible_ack() const;
  std::optional<SeqNum> urgent_news(const Segment& segment) const;
  void check_urgent(const Arrival& arrival);
  void take_text(Arrival& arrival);
  void take_in_order(Arrival& arrival);
  void hold_out_of_order(Arrival& arrival);
  void note_duplicate(SeqRange range);
  void take_fin(Instant now);
  void take_fast_open_answer(const Arrival& arrival);
  bool opens_fast() const;
  bool sends_without_cookie() const;
  void trim_to_window(Arrival& arrival);
  bool acceptable(const Segment& segment) const;
  bool nobody_will_read(const Arrival& arrival);
  Why classify(const Arrival& arrival) const;
  void owe_reset(SeqNum seq, Why why);
  void answer_limited(Why why, Why limit_why, Instant now);
  void note_push(SeqNum end);
  void advance_rcv_nxt(std::size_t octets);

  // acknowledgment.cpp
  void process_ack(const Arrival& arrival);
  struct News {  // what one acknowledgment says
    Delivered delivered;
    std::uint32_t acked = 0;        ///< octets, cumulatively
    bool duplicate = false;         ///< RFC 5681 §2, or with SACK RFC 6675 §2
    std::optional<SeqRange> dsack;  ///< RFC 2883: this has arrived twice
    bool window = false;            ///< it changes the window
    bool loss = false;              ///< octets are newly taken for lost
    std::optional<Duration> rtt;
  };
  void take_probe_octet(const Arrival& arrival);
  std::uint32_t take_sack_blocks(const Arrival& arrival, News& news);
  bool is_duplicate_ack(const Arrival& arrival, std::uint32_t newly_sacked) const;
  void take_acknowledged(const Arrival& arrival, News& news);
  bool take_window(const Arrival& arrival);
  void suspect_reneging(Instant now);
  void our_fin_acknowledged(Instant now);
  void take_ecn_echo(const Arrival& arrival, const News& news);
  std::optional<Duration> rtt_sample(const Arrival& arrival, const Scoreboard::Acked& acked) const;

  // loss_recovery.cpp
  void begin_congestion_control();
  bool find_losses(const Arrival& arrival, News& news);
  bool find_losses_by_time(Instant now);
  std::uint32_t count_twice(SeqRange dsack);
  void detect_loss(const Arrival& arrival, News& news);
  void begin_recovery(Instant now, std::uint32_t delivered);
  void take_back_false_alarm(const Arrival& arrival, const News& news);
  void judge_timeout(const Arrival& arrival, const News& news);
  void take_back(Why why, Instant now);
  bool try_in_place_of_resending();
  void reduce_rate(std::uint32_t delivered);
  void on_reordering_timeout(Instant now);
  void on_loss_probe_timeout(Instant now);
  void schedule_loss_probe(Instant now);
  void note_sent(SeqRange range, Instant now, std::uint32_t order);
  bool losses_show_by_time() const { return tcb_.sack && context_.tcp().rack; }
  Flight& flight();
  void forget_flight(bool over_before);
  bool rate_reduced() const { return recovery_.reducing() && context_.tcp().proportional_rate_reduction; }
  bool ends_beyond_recovery_point() const { return !tcb_.sack && context_.tcp().proportional_rate_reduction; }
  std::uint32_t congestion_window() const;
  std::uint32_t flight_to_reduce() const;

  // user_calls.cpp
  bool opens_with_data() const;
  std::error_code refuses_data(bool any, SendFlags flags, Instant now);
  Result<std::size_t> data_given(std::size_t taken, std::size_t offered, SendFlags flags, Instant now);
  std::error_code nothing_to_read() const;
  void data_read(std::size_t count, const std::optional<std::uint32_t>& mark, std::size_t most, Instant now);
  void reset_peer(Instant now);

  // buffer_tuning.cpp
  void tune_receive_buffer(Instant now);
  void tune_send_buffer();
  std::uint32_t grow(std::uint32_t capacity, std::uint64_t wanted, std::uint32_t most);

  // timeouts.cpp
  void on_retransmission_timeout(Instant now);
  void take_all_for_lost(Instant now);
  Duration probe_wait() const;
  void on_persist_timeout(Instant now);
  void on_keep_alive_timeout(Instant now);
  void rearm_keep_alive(const KeepAlive& before, Instant now);
  void rearm_user_timer(Duration before, Instant now);
  void await_delivery(Instant now);
  void await_peers_fin(Instant now);
  bool r2_reached() const;
  void count_timeout(Instant now);
  void note_soft_error(Error error);
  bool syn_timeout_is_linear() const;
  Instant open_deadline() const;
  void restart_retransmission_timer(Instant now);

  // next_segment.cpp, next_syn.cpp, next_data.cpp
  Segment build(TcpFlags flags, SeqNum seq, Why why, Instant now);
  std::optional<Segment> next_syn(Instant now);
  /// Options may be what keeps our SYNs from arriving: the later ones have the MSS alone, and nothing else is agreed on.
  bool plain_syn() const { return state_ == TcpState::SynSent && timeouts_in_row_ > context_.tcp().syns_with_options; }
  void ride_in_syn(Segment& segment, SynOffer& offer, Instant now);
  std::optional<Segment> next_resend(Instant now);
  std::optional<Segment> next_loss_probe(Instant now);
  std::optional<Segment> next_new_data(Instant now, std::uint32_t super_segment);
  std::uint32_t whole_segments(std::uint32_t limit) const;
  Segment send_new_data(std::uint32_t size, Why why, Instant now);
  std::optional<Segment> next_fin(Instant now);
  std::optional<Segment> next_probe(Instant now);
  std::optional<Segment> next_keep_alive(Instant now);
  std::optional<Segment> next_ack(Instant now);
  void point_to_urgent(Segment& segment) const;
  Segment build_data(SeqRange range, Why why, Instant now);
  Segment active_reset(Instant now);
  Segment answering_reset(const Reply& reply, Instant now);
  void sent(const Segment& segment, Instant now);
  void hold(Why why, Instant now);
  /// The window as the next segment tells it.
  RawWindow window_field() const;
  RawWindow announce_window();
  Window window_worth_announcing() const;
  wire::Timestamps timestamps(Instant now) const;
  wire::OptionBytes current_options(Instant now);
  std::size_t held_blocks(std::span<SeqRange> out) const;
  std::optional<Why> reason_to_wait(std::uint32_t size, std::uint32_t mss, std::uint32_t waiting,
                                    std::uint32_t usable) const;

  // Derived from what is stored.
  std::uint32_t receive_room() const;
  std::size_t send_room() const;
  bool corked() const { return options().cork || more_follows_; }
  /// SYN-RECEIVED, and yet data may be sent.
  bool opening_early() const { return early_ && state_ == TcpState::SynReceived; }
  void begin_urgent();
  std::uint32_t acceptance_window() const;
  Segment blank(Why why) const;
  /// Whether all of `range` was sent, and not longer ago than the largest window.
  bool sent_before(SeqRange range) const {
    return after(range.end, range.begin) && after(range.begin, tcb_.snd.una - tcb_.snd.max_wnd.octets) &&
           at_or_before(range.end, tcb_.snd.nxt);
  }
  /// What the peer's window has room for beyond SND.NXT; 0 where it has shrunk to before that (MUST-34).
  std::uint32_t usable_window() const {
    const SeqNum edge = tcb_.snd.una + tcb_.snd.wnd.octets;
    return after(edge, tcb_.snd.nxt) ? SeqRange{tcb_.snd.nxt, edge}.length() : 0;
  }
  std::uint32_t sent_unacked() const { return SeqRange{tcb_.snd.una, tcb_.snd.nxt}.length(); }
  std::uint32_t sent_after_syn() const { return SeqRange{tcb_.snd.iss + 1, tcb_.snd.nxt}.length(); }
  bool all_acked() const { return tcb_.snd.una == tcb_.snd.nxt; }
  SeqNum fin_seq() const { return tcb_.snd.una + static_cast<std::uint32_t>(send_buffer_.size()); }
  bool fin_sent() const { return fin_queued_ && fin_sent_; }
  bool fin_alone_at(SeqNum seq) const { return fin_sent() && seq == fin_seq(); }
  std::uint32_t unsent() const;
  std::uint32_t in_flight() const;
  std::uint32_t congestion_room() const;

  Context& context_;
  Tcb tcb_;
  TimerSet timers_;
  SendBuffer send_buffer_;
  Scoreboard scoreboard_;
  ReceiveBuffer receive_buffer_;
  Reassembler reassembler_;
  std::unique_ptr<CongestionControl> congestion_control_;  // from ESTABLISHED on
  RttEstimator rtt_;
  Recovery recovery_;
  LossDetector loss_detector_;
  // On demand, so that an idle connection does not pay for them.
  std::unique_ptr<Rack> rack_;
  std::unique_ptr<Flight> flight_;
  AckPolicy ack_policy_;
  SharedOptions options_;  ///< nullptr: the context's defaults
  Endpoint local_;
  Endpoint remote_;
  ConnectionNumber number_;
  std::error_code error_;
  Instant last_sent_at_{};           ///< of data
  Instant last_heard_at_{};          ///< an acknowledgment; before ESTABLISHED: when the open began
  Instant answers_since_{};          ///< the second that answers_ counts in
  std::uint64_t retransmitted_ = 0;  ///< segments
  std::uint64_t segments_in_ = 0;
  std::uint64_t segments_out_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  ReceiveTuning receive_tuning_;
  std::uint32_t send_capacity_;
  std::uint32_t receive_capacity_;
  std::uint32_t grown_ = 0;        ///< of both, by tuning
  std::uint32_t syn_data_ = 0;     ///< octets that rode in our SYN: not sent, as long as nobody has acknowledged them
  SeqNum small_end_;               ///< the end of the last segment sent that was not full-sized (Nagle)
  SeqNum pushed_to_;               ///< where the last text ends that came with PSH
  std::optional<SeqNum> fin_at_;   ///< where the peer's FIN stands, once one was seen
  std::optional<SeqRange> dsack_;  ///< the duplicate to report next (RFC 2883)
  std::array<Reply, 2> replies_{};
  std::optional<FastOpenGrant> grant_;  ///< a cookie that our SYN-ACK is to bring
  std::optional<Why> last_hold_;
  Why reset_why_ = Why::ResetOnAbort;
  TcpState state_ = TcpState::Closed;
  std::uint16_t path_mss_ = 0xffff;  ///< what the path leaves for data with headers of 40 octets
  std::uint8_t arrived_twice_ = 0;   ///< segments; no more are counted
  std::uint8_t reply_count_ = 0;
  std::uint8_t answers_ = 0;
  std::uint8_t timeouts_in_row_ = 0;  ///< R1 and R2 count these
  std::uint8_t persist_backoff_ = 0;
  std::uint8_t keep_alive_probes_ = 0;  ///< unanswered
  std::uint8_t fruitless_ = 0;          ///< small segments that brought nothing, less what was brought since
  bool keep_alive_due_ = false;
  bool loss_probe_due_ = false;
  bool activity_ = false;
  bool cwr_owed_ = false;  ///< RFC 3168 §6.1.2: the next new data says that we have reduced ours
  std::optional<Error> soft_error_;
  Why syn_why_ = Why::ActiveOpen;
  // Bits from here on.
  bool push_seen_ : 1 = false;     ///< pushed_to_ means something
  bool more_follows_ : 1 = false;  ///< the last write announced another one
  bool syn_due_ : 1 = false;
  bool syn_resent_ : 1 = false;
  bool early_ : 1 = false;            ///< opened by a Fast Open SYN: data flows in SYN-RECEIVED already
  bool syn_waits_ : 1 = false;        ///< our SYN is not out: it waits for data to carry (fast_open_connect)
  bool fast_open_asked_ : 1 = false;  ///< our SYN had the Fast Open option
  bool ecn_requested_ : 1 = false;    ///< our last SYN asked for ECN
  bool ece_owed_ : 1 = false;         ///< RFC 3168 §6.1.3: echoed on every ACK until the peer has reduced its window
  bool peer_scales_ : 1 = false;      ///< the peer's SYN had the window scale option
  bool reset_due_ : 1 = false;
  bool fin_queued_ : 1 = false;  ///< the application has no more data
  bool fin_sent_ : 1 = false;
  bool receive_shut_ : 1 = false;
  bool fin_came_last_ : 1 = false;  ///< of all that lies beyond a hole
  bool fin_received_ : 1 = false;   ///< everything up to the peer's FIN has arrived
  bool probe_due_ : 1 = false;
  bool probed_ : 1 = false;  ///< the octet at SND.NXT was sent as a probe: the peer may acknowledge it
  bool probe_unanswered_ : 1 = false;
  bool push_ : 1 = false;  ///< what waits leaves, as small as it is: silly, corked or not
  bool orphaned_ : 1 = false;
  bool write_blocked_ : 1 = false;  ///< the application may be waiting for room
};

}  // namespace tunic::tcp
