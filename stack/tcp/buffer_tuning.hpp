// How much buffer a flow can use. The receive buffer's rule is that of "dynamic right-sizing": what the application reads in
// a round trip, the sender could send in one, and twice that lets it double its window in the next. The round trip is that
// of the path: where many flows wait for each other it seems longer, but more in flight would only wait as well. Where a
// device delivers super-segments it counts as a busy machine's turn at least: to let some of them wait costs little, and a sender
// that has a window left need not be told of each part of it.
//
// It says what would be of use; whether there is memory for it is the connection's question.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <tunic/time.hpp>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class ReceiveTuning {
 public:
  /// The application has read up to `position`. Returns how large a buffer this flow could use; 0: it is
  /// not known yet.
  std::uint32_t on_read(SeqNum position, std::uint32_t mss, Duration rtt, bool super_segments, Instant now) {
    if (since_ == Instant()) {
      since_ = now;
      from_ = position;
      return 0;
    }
    const Duration elapsed = now - since_;
    // In less, one of many flows may have had a turn and the others none.
    if (elapsed < std::max<Duration>(rtt, kTurn)) return 0;
    const std::uint64_t read = SeqRange{from_, position}.length();
    since_ = now;
    from_ = position;
    const Duration round_trip = super_segments ? std::max<Duration>(rtt, kTurn) : rtt;
    const std::uint64_t in_round_trip = read * microseconds(round_trip) / microseconds(elapsed);
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
    return static_cast<std::uint32_t>(std::min(kMost, in_round_trip * 2 + std::uint64_t{16} * mss));
  }

 private:
  static constexpr Duration kTurn = std::chrono::milliseconds(1);
  static std::uint64_t microseconds(Duration duration) {
    return 1 + static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  }

  Instant since_{};
  SeqNum from_;
};

}  // namespace tunic::tcp
