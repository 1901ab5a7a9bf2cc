// Episodes of congestion: how losses are found, what begins and ends an episode, and what governs the window meanwhile.
// RFC 5681 §3.2, RFC 6582, RFC 6675 §5, RFC 8985, RFC 9937.
//
// Detection, recovery and rate do not know each other (ARCHITECTURE.md, law 4): here they are introduced.
#include <algorithm>

#include "tcp/cc/registry.hpp"
#include "tcp/connection.hpp"
#include "tcp/isn.hpp"

namespace tunic::tcp {

void Connection::begin_congestion_control() {
  const TcpConfig& config = context_.tcp();
  const std::uint32_t smss = effective_mss();
  // RFC 5681 §3.1: after the loss of a SYN the initial window is one segment.
  const std::uint32_t window = syn_resent_ ? smss : cc::initial_window(smss, config.initial_window);
  congestion_control_ = cc::make(options().congestion_control, {.smss = smss,
                                                                .initial_window = window,
                                                                .slow_start_limit = config.slow_start_limit,
                                                                .restart_after_idle = config.restart_after_idle});
  recovery_ = Recovery(tcb_.snd.iss);  // RFC 6582 §3.2 (1)
}

// ---- What is there on demand ----

Connection::Flight& Connection::flight() {
  if (!flight_) flight_ = std::make_unique<Flight>(WindowUse(tcb_.snd.una));
  return *flight_;
}

/// Nothing is outstanding, and it was not for an episode: D-SACKs of the last one have come by now.
void Connection::forget_flight(bool over_before) {
  if (!all_acked() || !over_before || recovery_.active()) return;
  if (flight_ && !flight_->probe.outstanding()) flight_.reset();
  if (rack_ && rack_->saw_order_only()) rack_.reset();
}

// ---- How much may be in flight ----

std::uint32_t Connection::in_flight() const {
  const std::uint32_t gone = loss_detector_.left_network(scoreboard_, tcb_.sack, effective_mss());
  // Before recovery begins two duplicates count: so much may be sent beyond the window (RFC 3042 §2).
  const std::uint32_t limit = recovery_.repairing() ? gone : 2 * effective_mss();
  return scoreboard_.in_flight() - std::min(gone, limit);
}

std::uint32_t Connection::congestion_window() const {
  return rate_reduced() ? flight_->rate.window() : congestion_control_->cwnd();
}

std::uint32_t Connection::congestion_room() const {
  const std::uint32_t window = congestion_window();
  const std::uint32_t flight = in_flight();
  return window > flight ? window - flight : 0;
}

/// What a loss takes its part of. Limited transmit's part of the flight does not count (RFC 5681 §3.2 (2)).
std::uint32_t Connection::flight_to_reduce() const {
  const std::uint32_t beyond = flight_ ? flight_->limited_transmit : 0;
  return context_.tcp().reduce_from_window ? congestion_window() : sent_unacked() - beyond;
}

/// `range` has left, by the scoreboard's sending `order`.
void Connection::note_sent(SeqRange range, Instant now, std::uint32_t order) {
  if (losses_show_by_time() && !rack_) {
    rack_ = std::make_unique<Rack>(context_.tcp().duplicate_threshold);
    rack_->begin(rtt_.has_sample() ? std::optional(rtt_.srtt()) : std::nullopt, now, order - 1);
  }
  if (rack_) {
    rack_->on_sent(range, now, order);
    if (rack_->remembers_too_much(scoreboard_)) rack_->forget_arrived(scoreboard_);
  }
  Flight& of = flight();
  if (rate_reduced()) of.rate.on_sent(range.length());
  const bool new_data = range.end == tcb_.snd.nxt && !recovery_.repairing();
  if (new_data) of.use.note({tcb_.snd.una, tcb_.snd.nxt}, congestion_room() < effective_mss());
  schedule_loss_probe(now);
}

// ---- What is lost ----

bool Connection::find_losses(const Arrival& arrival, News& news) {
  if (!losses_show_by_time()) {
    const bool fast = recovery_.phase() == Recovery::Phase::Fast;
    const bool after_timeout = recovery_.phase() == Recovery::Phase::Timeout;
    const bool within = before(tcb_.snd.una, recovery_.recovery_point());
    const bool of_new_data = within && after(tcb_.snd.nxt, recovery_.recovery_point());
    const LossDetector::Outcome outcome =
        loss_detector_.on_ack(scoreboard_, {.sack = tcb_.sack,
                                            .duplicate = news.duplicate,
                                            .acked = news.acked,
                                            .partial = fast && within,
                                            .may_begin = recovery_.may_enter(tcb_.snd.una, tcb_.sack),
                                            .counts = after_timeout ? of_new_data : !fast || within,
                                            .smss = effective_mss(),
                                            .threshold = context_.tcp().duplicate_threshold});
    if (!tcb_.sack) news.delivered.octets = outcome.delivered;
    return outcome.found;
  }
  if (!rack_) return false;
  // RFC 8985 §6.2 step 2: an echo older than the resending answers the first sending.
  if (news.delivered.latest_resent && tcb_.ts.on && arrival.options.timestamps) {
    const std::uint32_t resent_at = timestamp_clock(news.delivered.latest_resent->sent_at) + tcb_.ts.offset;
    const auto age = static_cast<std::int32_t>(arrival.options.timestamps->echo_reply - resent_at);
    if (age < 0) news.delivered.latest_resent.reset();
  }
  if (news.dsack) rack_->on_dsack(tcb_.snd.una, tcb_.snd.nxt);
  const std::uint32_t twice = news.dsack ? count_twice(*news.dsack) : 0;
  if (news.delivered.octets > 0) {
    const SeqNum highest = scoreboard_.highest_sacked().value_or(tcb_.snd.una);
    rack_->on_delivered(news.delivered, arrival.now, highest, effective_mss());
  }
  news.delivered.octets += twice;
  return find_losses_by_time(arrival.now);
}

/// What was resent without need has left the network too. Returns its octets; 0: the network has doubled it.
std::uint32_t Connection::count_twice(SeqRange dsack) {
  if (arrived_twice_ >= retransmitted_) return 0;
  if (arrived_twice_ < 0xff) ++arrived_twice_;
  return std::min(dsack.length(), effective_mss());
}

bool Connection::find_losses_by_time(Instant now) {
  const Rack::Detection detection = rack_->detect(
      scoreboard_, {.now = now, .srtt = rtt_.srtt(), .smss = effective_mss(), .recovering = recovery_.repairing()});
  if (detection.ask_again) {
    timers_.start(Timer::Reordering, *detection.ask_again);
  } else {
    timers_.stop(Timer::Reordering);
  }
  return detection.found;
}

void Connection::detect_loss(const Arrival& arrival, News& news) {
  if (!congestion_control_) return;
  const Recovery::Phase phase = recovery_.phase();
  const bool by_rate = rate_reduced();
  news.loss = find_losses(arrival, news);
  const bool repaired = flight_ && flight_->probe.on_ack({.ack = arrival.segment.ack,
                                                          .advances = news.acked > 0,
                                                          .news = news.window || news.delivered.octets > 0,
                                                          .duplicate = news.dsack.has_value()});
  if (recovery_.on_ack(tcb_.snd.una, ends_beyond_recovery_point())) {
    if (phase == Recovery::Phase::Fast && !by_rate) congestion_control_->on_recovered(arrival.now, in_flight());
    if (phase != Recovery::Phase::Reduced && rack_) rack_->on_recovered();
  }
  if (news.loss) {
    begin_recovery(arrival.now, news.delivered.octets);
  } else if (repaired && !recovery_.active()) {
    congestion_control_->on_loss(arrival.now, flight_to_reduce());  // RFC 8985 §7.4.1
  }
}

/// `delivered`: by the acknowledgment that told of the loss.
void Connection::begin_recovery(Instant now, std::uint32_t delivered) {
  if (!recovery_.may_enter(tcb_.snd.una, tcb_.sack)) return;
  // RFC 3168 §6.1.2: one reaction for one window of data, whether marks or losses tell of it.
  if (recovery_.phase() != Recovery::Phase::Reduced) {
    congestion_control_->on_loss(now, flight_to_reduce());
    reduce_rate(delivered);
    flight().alarm.begin({tcb_.snd.una, tcb_.snd.nxt});
  }
  if (flight_) flight_->probe.forget();
  loss_probe_due_ = false;
  timers_.stop(Timer::LossProbe);
  const Recovery::Guide with_sack = losses_show_by_time() ? Recovery::Guide::Time : Recovery::Guide::Counting;
  recovery_.enter_fast(tcb_.snd.nxt, tcb_.sack ? with_sack : Recovery::Guide::PartialAcks);
}

/// RFC 4015: what was resent had only been late: the window is what it was, and what is in flight may still arrive.
void Connection::take_back_false_alarm(const Arrival& arrival, const News& news) {
  if (!flight_) return;
  std::optional<std::uint32_t> echo;
  if (tcb_.ts.on && arrival.options.timestamps) echo = arrival.options.timestamps->echo_reply;
  const bool late = news.acked > 0 && flight_->alarm.on_advance(echo);
  const bool twice = news.dsack && flight_->alarm.on_duplicate(*news.dsack);
  if (late || twice) take_back(Why::LossWasLate, arrival.now);
}

/// RFC 5682: was the timeout for nothing?
void Connection::judge_timeout(const Arrival& arrival, const News& news) {
  if (!flight_ || recovery_.phase() != Recovery::Phase::Timeout) return;
  recovery_.resume();
  const SeqNum point = recovery_.recovery_point();
  const Delivered& delivered = news.delivered;
  // Without SACK what waited behind the resent segment is acknowledged with it: that tells nothing.
  const bool clear = tcb_.sack || !delivered.latest_resent;
  const bool new_data = unsent() > 0 && usable_window() > 0;
  switch (flight_->forward_rto.on_ack({.advances = news.acked > 0,
                                       .complete = at_or_after(tcb_.snd.una, point),
                                       .original = clear && delivered.lowest && before(*delivered.lowest, point),
                                       .duplicate = news.duplicate,
                                       .new_data_out = after(tcb_.snd.nxt, point),
                                       .new_data = new_data})) {
    case ForwardRto::Verdict::Spurious:
      return take_back(Why::TimeoutWasSpurious, arrival.now);
    case ForwardRto::Verdict::NewData:
      return recovery_.prefer_new_data(tcb_.snd.nxt);
    case ForwardRto::Verdict::Unknown:
      return;
  }
}

void Connection::take_back(Why why, Instant now) {
  congestion_control_->undo();
  if (recovery_.repairing()) {
    scoreboard_.unmark_lost();
    const bool held = ends_beyond_recovery_point() && tcb_.snd.una == recovery_.recovery_point();
    if (!held) recovery_.leave(tcb_.snd.una);
  }
  report(EventKind::Window, why, now, nullptr);
}

/// RFC 5682 §2.1 (2b): no new data could go. True: what is taken for lost is resent after all.
bool Connection::try_in_place_of_resending() {
  if (!recovery_.prefers_new_data() || after(tcb_.snd.nxt, recovery_.recovery_point())) return false;
  flight().forward_rto.give_up();
  recovery_.resume();
  return true;
}

/// RFC 9937 §6: RecoverFS leaves out what had arrived before this acknowledgment.
void Connection::reduce_rate(std::uint32_t delivered) {
  const std::uint32_t arrived = scoreboard_.sacked() + told_by_duplicates() * effective_mss();
  flight().rate.begin(sent_unacked() - std::min(arrived, sent_unacked()) + delivered, congestion_control_->ssthresh());
}

// ---- Timers ----

/// RFC 8985 §6.2: nothing more has come, and the time for reordering is over.
void Connection::on_reordering_timeout(Instant now) {
  if (!rack_ || all_acked()) return;
  report(EventKind::Timer, Why::ReorderingTimeout, now, nullptr);
  if (!find_losses_by_time(now)) return;
  const bool reducing = recovery_.reducing();
  begin_recovery(now, 0);
  if (reducing || !rate_reduced()) return;
  // What has set the timer off has been delivered.
  const std::uint32_t smss = effective_mss();
  flight().rate.on_ack({.delivered = smss, .in_flight = in_flight(), .safe = false, .smss = smss});
}

void Connection::on_loss_probe_timeout(Instant now) {
  if (all_acked() || recovery_.repairing()) return;
  report(EventKind::Timer, Why::LossProbeTimeout, now, nullptr);
  loss_probe_due_ = true;
  restart_retransmission_timer(now);  // §7.3: whether a probe is sent or not
}

/// §7.2: after new data, or an acknowledgment of some; not where losses are known of, or may show by SACK.
void Connection::schedule_loss_probe(Instant now) {
  const TcpConfig& config = context_.tcp();
  const bool wanted = config.tail_loss_probe && tcb_.sack && rtt_.has_sample() && !recovery_.repairing() &&
                      !(flight_ && flight_->probe.outstanding()) && !all_acked() && scoreboard_.sacked() == 0;
  if (!wanted) return timers_.stop(Timer::LossProbe);
  const Duration timeout =
      TailLossProbe::timeout(rtt_.srtt(), sent_unacked() <= effective_mss(), config.loss_probe_ack_delay);
  timers_.start(Timer::LossProbe, std::min(later(now, timeout), timers_.deadline(Timer::Retransmission)));
}

}  // namespace tunic::tcp
