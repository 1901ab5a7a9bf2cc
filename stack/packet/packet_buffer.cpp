// PacketBuffer: the header room in front of a chain. The room is filled from its end towards its beginning, so that each
// lower layer puts its header before what is there.
#include <algorithm>
#include <cstring>

#include <tunic/packet_buffer.hpp>

#include "base/assert.hpp"

namespace tunic {

PacketBuffer::PacketBuffer(PacketBuffer&& other) noexcept
    : offload(std::exchange(other.offload, {})),
      addressee(std::exchange(other.addressee, Addressee::Known)),
      header_begin_(std::exchange(other.header_begin_, kHeaderRoom)),
      payload_(std::move(other.payload_)) {
  std::memcpy(header_.data() + header_begin_, other.header_.data() + header_begin_, header_size());
}

PacketBuffer& PacketBuffer::operator=(PacketBuffer&& other) noexcept {
  if (this == &other) return *this;
  offload = std::exchange(other.offload, {});
  addressee = std::exchange(other.addressee, Addressee::Known);
  header_begin_ = std::exchange(other.header_begin_, kHeaderRoom);
  payload_ = std::move(other.payload_);
  std::memcpy(header_.data() + header_begin_, other.header_.data() + header_begin_, header_size());
  return *this;
}

std::span<const std::byte> PacketBuffer::front() const {
  if (header_size() > 0) return header();
  return payload_.empty() ? std::span<const std::byte>() : payload_.slice(0).bytes();
}

std::span<std::byte> PacketBuffer::writable_front() {
  if (header_size() > 0) return {header_.data() + header_begin_, header_size()};
  return payload_.empty() ? std::span<std::byte>() : payload_.slice(0).writable();
}

bool PacketBuffer::pull(std::size_t count) {
  if (front().size() >= count) return true;
  if (size() < count || count > kHeaderRoom) return false;
  const std::size_t old_size = header_size();
  std::byte* const begin = header_.data() + (kHeaderRoom - count);
  std::memmove(begin, header_.data() + header_begin_, old_size);
  payload_.copy_to({begin + old_size, count - old_size});
  payload_.trim_front(count - old_size);
  header_begin_ = kHeaderRoom - count;
  return true;
}

std::span<std::byte> PacketBuffer::prepend(std::size_t count) {
  TUNIC_ASSERT(count <= header_begin_);
  header_begin_ -= count;
  return {header_.data() + header_begin_, count};
}

void PacketBuffer::trim_front(std::size_t count) {
  TUNIC_ASSERT(count <= size());
  const std::size_t from_header = std::min(count, header_size());
  header_begin_ += from_header;
  payload_.trim_front(count - from_header);
}

void PacketBuffer::trim_back(std::size_t count) {
  TUNIC_ASSERT(count <= size());
  const std::size_t from_payload = std::min(count, payload_.size());
  payload_.trim_back(from_payload);
  const std::size_t from_header = count - from_payload;
  if (from_header == 0) return;
  const std::size_t kept = header_size() - from_header;
  std::memmove(header_.data() + (kHeaderRoom - kept), header_.data() + header_begin_, kept);
  header_begin_ = kHeaderRoom - kept;
}

Chain PacketBuffer::take_chain(BlockPool& pool) {
  if (header_size() == 0) return std::move(payload_);
  Chain chain(pool.copy(header()));
  header_begin_ = kHeaderRoom;
  chain.append(std::move(payload_));
  return chain;
}

std::size_t PacketBuffer::copy_to(std::span<std::byte> out) const {
  const std::size_t from_header = std::min(out.size(), header_size());
  if (from_header > 0) std::memcpy(out.data(), header_.data() + header_begin_, from_header);
  return from_header + payload_.copy_to(out.subspan(from_header));
}

std::vector<std::byte> PacketBuffer::to_vector() const {
  std::vector<std::byte> bytes(size());
  copy_to(bytes);
  return bytes;
}

PacketBuffer PacketBuffer::clone() const {
  PacketBuffer copy{payload_};
  copy.offload = offload;
  copy.header_begin_ = header_begin_;
  std::memcpy(copy.header_.data() + header_begin_, header_.data() + header_begin_, header_size());
  return copy;
}

}  // namespace tunic
