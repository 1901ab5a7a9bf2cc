#include "tcp/receive_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tunic::tcp {

namespace {

constexpr std::size_t kCompactBlock = 2048;  // what small arrivals are gathered in

/// Copies `bytes` to the end of `chain`, into the last block's tail where that block is ours to write.
void copy_back(Chain& chain, std::span<const std::byte> bytes, BlockPool& pool) {
  if (chain.slice_count() > 0 && chain.slice(chain.slice_count() - 1).sole_owner()) {
    const auto tail = chain.extend_back(bytes.size());
    std::memcpy(tail.data(), bytes.data(), tail.size());
    bytes = bytes.subspan(tail.size());
  }
  if (bytes.empty()) return;
  // The first small arrival gets a small block; who sends many of them gets a larger one to gather them in.
  Slice slice = pool.allocate(chain.empty() ? bytes.size() : std::max(bytes.size(), kCompactBlock));
  std::memcpy(slice.writable().data(), bytes.data(), bytes.size());
  slice.trim_back(slice.size() - bytes.size());
  chain.push_back(std::move(slice));
}

}  // namespace

void append_compact(Chain& chain, Chain bytes, BlockPool& pool) {
  for (std::size_t index = 0; index < bytes.slice_count(); ++index) {
    Slice& slice = bytes.slice(index);
    if (slice.size() * 2 < slice.pinned()) {
      copy_back(chain, slice.bytes(), pool);
    } else {
      chain.push_back(std::move(slice));
    }
  }
}

std::byte ReceiveBuffer::octet(std::size_t offset) const {
  std::byte one{};
  bytes_.share(offset, 1).copy_to(std::span(&one, 1));
  return one;
}

std::size_t ReceiveBuffer::read(std::span<std::byte> out) {
  const std::size_t count = bytes_.copy_to(out);
  bytes_.trim_front(count);
  return count;
}

Chain ReceiveBuffer::take(std::size_t most) {
  if (most >= bytes_.size()) return std::exchange(bytes_, Chain());
  Chain taken = bytes_.share(0, most);
  bytes_.trim_front(most);
  return taken;
}

}  // namespace tunic::tcp
