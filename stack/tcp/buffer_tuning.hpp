// How much buffer a flow can use. The receive buffer's rule is that of "dynamic right-sizing": what the application reads in
// a round trip, the sender could send in one, and twice that lets it double its window in the next.
//
// It says what would be of use; whether there is memory for it is the connection's question.
#pragma once

#include <algorithm>
#include <cstdint>

#include <tunic/time.hpp>

#include "base/seq_num.hpp"

namespace tunic::tcp {

class ReceiveTuning {
 public:
  /// The application has read up to `position`. Returns how large a buffer this flow could use; 0: it is
  /// not known yet.
  std::uint32_t on_read(SeqNum position, std::uint32_t mss, Duration rtt, Instant now) {
    if (since_ == Instant()) {
      since_ = now;
      from_ = position;
      return 0;
    }
    if (now - since_ < rtt) return 0;
    const std::uint32_t read = SeqRange{from_, position}.length();
    since_ = now;
    from_ = position;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
    return static_cast<std::uint32_t>(std::min(kMost, std::uint64_t{read} * 2 + std::uint64_t{16} * mss));
  }

 private:
  Instant since_{};
  SeqNum from_;
};

}  // namespace tunic::tcp
