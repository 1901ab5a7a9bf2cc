#include "tcp/send_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tunic::tcp {

namespace {
constexpr std::size_t kBlock = 16384;      // the largest block that a write asks for,
constexpr std::size_t kBulk = 32768;       // as long as no more than this was written at once or waits in such; ...
constexpr std::size_t kBulkBlock = 65536;  // ... a super-segment of a flow that has more lies in two pieces
}  // namespace

std::size_t SendBuffer::append(std::span<const std::byte> data, std::size_t capacity, BlockPool& pool) {
  const std::size_t room = capacity > bytes_.size() ? capacity - bytes_.size() : 0;
  data = data.first(std::min(data.size(), room));
  const std::size_t taken = data.size();
  if (tail_is_ours_ && bytes_.slice_count() > 0 && !data.empty()) {
    // Also where segments in flight share what lies before it.
    const auto tail = bytes_.extend_back(data.size());
    std::memcpy(tail.data(), data.data(), tail.size());
    data = data.subspan(tail.size());
  }
  while (!data.empty()) {
    const bool bulk = data.size() + (tail_is_ours_ ? bytes_.size() : 0) > kBulk;
    Slice slice = pool.allocate(bulk ? kBulkBlock : std::min(data.size(), kBlock));
    const std::size_t count = std::min(slice.size(), data.size());
    std::memcpy(slice.writable().data(), data.data(), count);
    slice.trim_back(slice.size() - count);
    bytes_.push_back(std::move(slice));
    tail_is_ours_ = true;
    data = data.subspan(count);
  }
  return taken;
}

void SendBuffer::append(Chain data, BlockPool& pool) {
  for (std::size_t index = 0; index < data.slice_count(); ++index) {
    Slice& slice = data.slice(index);
    if (slice.sole_owner() && slice.size() * 2 < slice.pinned()) {
      append(slice.bytes(), std::numeric_limits<std::size_t>::max(), pool);
    } else {
      bytes_.push_back(std::move(slice));
      tail_is_ours_ = false;
    }
  }
}

}  // namespace tunic::tcp
