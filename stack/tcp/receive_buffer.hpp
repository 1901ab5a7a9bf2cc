// Octets in order that the application has not read yet.
//
// Memory is counted as it is pinned: a small slice that would keep a large block alive is copied into a compact one.
#pragma once

#include <cstddef>
#include <span>

#include <tunic/packet_buffer.hpp>

namespace tunic::tcp {

/// Appends `bytes` to `chain`, copying what would pin more than about twice its size.
void append_compact(Chain& chain, Chain bytes, BlockPool& pool);

class ReceiveBuffer {
 public:
  void push(Chain bytes, BlockPool& pool) { append_compact(bytes_, std::move(bytes), pool); }
  std::size_t read(std::span<std::byte> out);
  /// Up to `most` octets, without copying.
  Chain take(std::size_t most);
  std::size_t peek(std::span<std::byte> out) const { return bytes_.copy_to(out); }
  /// The one octet at `offset`, which must be there.
  std::byte octet(std::size_t offset) const;
  void clear() { bytes_.clear(); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  std::size_t pinned() const { return bytes_.pinned(); }

 private:
  Chain bytes_;
};

}  // namespace tunic::tcp
