// When an acknowledgment is owed, and why. RFC 9293 §3.8.6.3, RFC 5681 §4.2.
//
// Cumulative acknowledgments may merge; every segment beyond a hole owes a duplicate of its own, even when a batch
// arrives at once, because the sender counts them. Where the application answers what arrives (a request-response flow),
// the ACKs may wait for the answers to carry them.
#pragma once

#include <cstdint>
#include <optional>

#include <tunic/config.hpp>
#include <tunic/time.hpp>
#include <tunic/why.hpp>

namespace tunic::tcp {

class AckPolicy {
 public:
  explicit AckPolicy(const TcpConfig& config) : quick_(config.quick_acks) {}

  /// Data in order. `segments`: how many full-sized segments' worth it is, at least 1. True: the ACK may be delayed, and
  /// the delayed-ACK timer should run.
  bool on_in_order(std::uint32_t segments, bool pushed, Instant now, const TcpConfig& config);
  /// New data was sent: if it followed the peer's data before an ACK would have been due, it is taken for an answer.
  void on_data_sent(Instant now, const TcpConfig& config) {
    if (config.acks_ride_on_answers && data_seen_ && now - data_at_ < config.delayed_ack) answering_ = true;
  }
  /// A FIN in order whose ACK may wait for the application's own: true if it does. Where no data has come there is nothing
  /// that it could answer.
  bool on_delayable_fin() {
    if (!data_seen_ || (due_ && due_ != Why::QuickAck)) return false;
    due_.reset();
    answering_ = true;
    ++pending_;
    return true;
  }
  /// Something is owed at once; the first reason given is the one that is told.
  void owe(Why why) {
    if (!due_) due_ = why;
  }
  /// One more duplicate ACK for each of `segments` (>= 1), up to the cap.
  void owe_duplicate(Why why, std::uint32_t segments = 1);
  /// The application says whether ACKs shall wait for answers of its own, until it is seen to do otherwise.
  void set_quick(bool on) {
    answering_ = !on;
    if (on && pending_ > 0) owe(Why::AckAskedFor);
  }
  bool quick() const { return !answering_; }
  /// The delayed-ACK timer went off: no answer came in time, so the next ones are not waited for either.
  void on_timer() {
    answering_ = false;
    if (pending_ > 0) owe(Why::DelayedAckTimeout);
  }

  /// Why a pure ACK should be sent now.
  std::optional<Why> due() const { return due_; }
  bool pending() const { return pending_ > 0 || due_.has_value(); }
  /// A segment that carries the current RCV.NXT was sent: `data` if it was not a pure ACK.
  void on_sent();
  /// Of the latest data in order; Instant(): none has come.
  Instant last_data_at() const { return data_at_; }
  /// RCV.NXT moved: duplicates of the old number can't be sent any more, the new one says more.
  void on_advance() { duplicates_ = 0; }

 private:
  static constexpr std::uint8_t kMaxDuplicates = 64;

  std::optional<Why> due_;
  Why duplicate_why_ = Why::AckOutOfOrder;
  std::uint8_t duplicates_ = 0;  ///< owed beyond the one in due_
  std::uint8_t pending_ = 0;     ///< full-sized segments in order since the last ACK
  std::uint8_t quick_;           ///< segments still acknowledged at once
  bool data_seen_ = false;
  bool answering_ = false;  ///< the application answers: ACKs wait for its data, also early in the connection
  Instant data_at_{};       ///< of the latest data in order
};

}  // namespace tunic::tcp
