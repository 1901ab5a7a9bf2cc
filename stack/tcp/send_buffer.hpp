// What the application gave and the peer has not acknowledged: a byte string that begins at SND.UNA (or one behind the SYN).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <tunic/packet_buffer.hpp>

namespace tunic::tcp {

class SendBuffer {
 public:
  /// Copies as much of `data` as fits under `capacity` octets; returns how much.
  std::size_t append(std::span<const std::byte> data, std::size_t capacity, BlockPool& pool);
  /// Without copying, but for small pieces that nobody else holds: these would keep large blocks alive. The caller has seen
  /// that they fit.
  void append(Chain data, BlockPool& pool);
  /// Shares octets [offset, offset + length), counted from the first unacknowledged one.
  Chain share(std::size_t offset, std::size_t length) const { return bytes_.share(offset, length); }
  /// The first `count` octets were acknowledged.
  void consume(std::size_t count) { bytes_.trim_front(count); }
  void clear() { bytes_.clear(); }
  std::size_t size() const { return bytes_.size(); }
  std::size_t pinned() const { return bytes_.pinned(); }

 private:
  [[no_unique_address]] Chain bytes_;  // the flag lies in its padding
  bool tail_is_ours_ = false;          ///< the last block has none but our octets, so more of them may follow there
};

}  // namespace tunic::tcp
