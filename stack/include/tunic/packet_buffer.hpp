// Bytes on their way through the stack: pooled blocks, reference-counted slices of them, chains of slices, and packets.
//
//     Block        [..........................................]   pooled, reference counted, never resized
//     Slice             [.............]                           a window on one block
//     Chain        [slice][slice][slice]                          a byte string made of slices
//     PacketBuffer [ header room -> |IPv4|TCP ] [chain: payload]  one packet; headers are prepended into the room
//
// A packet read from a device has an empty header room and lies in its first slice; one built by the stack has its headers
// in the room and its payload in shared slices of the send buffer. `front()` hides the difference.
//
// Thread-safety: none of these may be shared between threads; reference counts are plain integers. A block's pool must
// outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tunic {

class BlockPool;

/// Storage of fixed capacity that slices point into. Made by a BlockPool only.
struct Block {
  BlockPool* pool;
  std::byte* data;
  std::uint32_t capacity;
  std::uint32_t references;
};

class Slice {
 public:
  Slice() = default;
  /// Takes over one reference of `block`.
  Slice(Block* block, std::uint32_t offset, std::uint32_t length) : block_(block), offset_(offset), length_(length) {}
  Slice(const Slice& other) noexcept;
  Slice(Slice&& other) noexcept;
  Slice& operator=(const Slice& other) noexcept;
  Slice& operator=(Slice&& other) noexcept;
  ~Slice();

  std::size_t size() const { return length_; }
  bool empty() const { return length_ == 0; }
  std::span<const std::byte> bytes() const { return {block_ == nullptr ? nullptr : block_->data + offset_, length_}; }
  /// Writing is for who holds the only reference (a device filling a block, the impairment corrupting its own copy).
  std::span<std::byte> writable() { return {block_ == nullptr ? nullptr : block_->data + offset_, length_}; }
  /// The bytes of the block that this slice keeps from being freed.
  std::size_t pinned() const { return block_ == nullptr ? 0 : block_->capacity; }
  /// Whose block it is; nullptr: it has none.
  BlockPool* pool() const { return block_ == nullptr ? nullptr : block_->pool; }
  bool sole_owner() const { return block_ != nullptr && block_->references == 1; }
  /// Free bytes of the block behind this slice's end.
  std::size_t tail_room() const { return block_ == nullptr ? 0 : block_->capacity - offset_ - length_; }

  /// A part of this slice; `offset + length` must lie inside.
  Slice part(std::size_t offset, std::size_t length) const;
  void trim_front(std::size_t count);
  void trim_back(std::size_t count);
  /// Grows over the tail room and returns the new bytes, at most `count`. Only for the sole writer of the block's tail.
  std::span<std::byte> extend(std::size_t count);
  /// Grows over `next` if that begins in the same block where this slice ends; else false, and nothing has changed.
  bool join(const Slice& next);

 private:
  void drop() noexcept;

  Block* block_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t length_ = 0;
};

/// Free lists of blocks in a few size classes. Work per call is O(1); the bytes kept in free lists are capped.
class BlockPool {
 public:
  static constexpr std::array<std::uint32_t, 4> kClasses{256, 2048, 16384, 65536 + 256};

  explicit BlockPool(std::size_t max_free_bytes = std::size_t{8} << 20);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// A slice over a whole block of at least `size` bytes (its size() is the block's capacity; trim_back what is not used).
  /// Sizes above the largest class are allowed and never kept.
  Slice allocate(std::size_t size);
  /// A copy of `bytes` in the smallest class that holds it.
  Slice copy(std::span<const std::byte> bytes);
  /// The first `size` bytes of `room`: its block goes with them if they fill a fair part of it; else they are copied, so that
  /// little does not keep much memory, and `room` stays as it is.
  Slice fitted(Slice& room, std::size_t size);

  /// Bytes of blocks in use: what a budget counts.
  std::size_t bytes_in_use() const { return in_use_; }
  std::size_t blocks_in_use() const { return blocks_in_use_; }

 private:
  friend class Slice;
  friend class Chain;
  Block* take(std::size_t size);
  void release(Block* block) noexcept;
  static void destroy(Block* block) noexcept;

  std::array<std::vector<Block*>, kClasses.size()> free_;
  std::size_t free_bytes_ = 0;
  std::size_t max_free_bytes_;
  std::size_t in_use_ = 0;
  std::size_t blocks_in_use_ = 0;
};

// Every packet counts references up and down many times: these must be inline.
inline Slice::Slice(const Slice& other) noexcept
    : block_(other.block_), offset_(other.offset_), length_(other.length_) {
  if (block_ != nullptr) ++block_->references;
}
inline Slice::Slice(Slice&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      offset_(std::exchange(other.offset_, 0)),
      length_(std::exchange(other.length_, 0)) {}
inline Slice& Slice::operator=(const Slice& other) noexcept {
  return *this = Slice(other);
}
inline Slice& Slice::operator=(Slice&& other) noexcept {
  if (this == &other) return *this;
  drop();
  block_ = std::exchange(other.block_, nullptr);
  offset_ = std::exchange(other.offset_, 0);
  length_ = std::exchange(other.length_, 0);
  return *this;
}
inline Slice::~Slice() {
  drop();
}
inline void Slice::drop() noexcept {
  if (block_ != nullptr && --block_->references == 0) block_->pool->release(block_);
}

/// A byte string made of slices: push at the back, take from the front, share any part. Two slices lie in the chain itself; for
/// more it takes a block of its slices' pool.
class Chain {
 public:
  Chain() = default;
  explicit Chain(Slice slice) { push_back(std::move(slice)); }
  Chain(Chain&& other) noexcept;
  Chain& operator=(Chain&& other) noexcept;
  Chain(const Chain& other);
  Chain& operator=(const Chain& other);
  ~Chain() { drop_ring(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t slice_count() const { return count_; }
  const Slice& slice(std::size_t index) const;
  /// For writing into its bytes: its size must not be changed.
  Slice& slice(std::size_t index);
  /// Bytes pinned by all slices (a block that several of them share counts for each).
  std::size_t pinned() const;

  /// Empty slices are not kept; one that continues the last slice in its block is joined to it.
  void push_back(Slice slice);
  /// Moves the slices of the chain that has fewer: what is put together piece by piece, in whatever order, costs O(log n) each.
  void append(Chain other);
  /// Grows the last slice into its block's tail room and returns the new bytes, at most `count`. See Slice::extend.
  std::span<std::byte> extend_back(std::size_t count);
  void clear();
  void trim_front(std::size_t count);  // count <= size()
  void trim_back(std::size_t count);   // count <= size()
  /// Shares bytes [offset, offset + length) without copying them. O(log slices + slices touched).
  Chain share(std::size_t offset, std::size_t length) const;
  /// Copies bytes from `offset` on; returns how many fitted.
  std::size_t copy_to(std::span<std::byte> out, std::size_t offset = 0) const;
  std::vector<std::byte> to_vector() const;

 private:
  // Positions count the bytes that ever went in: `end` is that of the slice's last byte plus one, `begin_` that of the
  // chain's first byte. So taking from the front changes no slot, and share() can search.
  struct Slot {
    Slice slice;
    std::uint64_t end = 0;
  };
  static constexpr std::size_t kInline = 2;
  static constexpr std::uint64_t kOrigin = std::uint64_t{1} << 63;  // room for what is put in front
  void push_front(Slice slice);
  void grow();
  void pop_front();
  std::size_t index_of(std::size_t offset) const;
  Slot& slot(std::size_t index) { return slots()[(head_ + index) & (capacity_ - 1)]; }
  const Slot& slot(std::size_t index) const { return slots()[(head_ + index) & (capacity_ - 1)]; }
  Slot* slots() { return ring_ != nullptr ? ring_slots() : inline_.data(); }
  const Slot* slots() const { return ring_ != nullptr ? ring_slots() : inline_.data(); }
  Slot* ring_slots() const;
  void drop_ring() noexcept {
    if (ring_ != nullptr) destroy_ring();
  }
  void destroy_ring() noexcept;

  std::array<Slot, kInline> inline_{};
  Block* ring_ = nullptr;  // holds capacity_ slots, once the inline ones do not do
  std::size_t size_ = 0;
  std::uint64_t begin_ = kOrigin;
  std::uint32_t head_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = kInline;  // a power of two
};

// Every segment and packet moves several times: inline for the same reason.
inline Chain::Chain(Chain&& other) noexcept
    : inline_(std::move(other.inline_)),
      ring_(std::exchange(other.ring_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      begin_(std::exchange(other.begin_, kOrigin)),
      head_(std::exchange(other.head_, 0)),
      count_(std::exchange(other.count_, 0)),
      capacity_(std::exchange(other.capacity_, kInline)) {}
inline Chain& Chain::operator=(Chain&& other) noexcept {
  if (this == &other) return *this;
  drop_ring();
  inline_ = std::move(other.inline_);
  ring_ = std::exchange(other.ring_, nullptr);
  size_ = std::exchange(other.size_, 0);
  begin_ = std::exchange(other.begin_, kOrigin);
  head_ = std::exchange(other.head_, 0);
  count_ = std::exchange(other.count_, 0);
  capacity_ = std::exchange(other.capacity_, kInline);
  return *this;
}

/// What a device or the other side of it has to do, or has done, about checksums and segmentation.
struct Offload {
  bool checksum_valid = false;  ///< inbound: the device has verified the transport checksum, or it never was on a wire
  /// The transport checksum field holds the sum of the pseudo-header alone, and whoever puts the packet on a wire completes
  /// it. Outbound from the stack, or inbound from a kernel that has left it out (then it counts as valid).
  bool checksum_partial = false;
  std::uint16_t checksum_start = 0;   ///< where the sum begins, from the beginning of the packet as the device has it
  std::uint16_t checksum_offset = 0;  ///< of the field, from checksum_start
  std::uint16_t gso_size = 0;         ///< payload octets per wire packet of a super-segment; 0: this is one wire packet
};

/// What the host thinks of whom a packet that it sends is for.
enum class Addressee : std::uint8_t {
  Known,     ///< the peer of a connection or a socket
  Stranger,  ///< no connection or socket stands behind the packet
  Nuisance,  ///< the peer of a connection who keeps sending what brings nothing
};

/// One packet (or one super-segment). Move-only: bytes are shared by sharing its chain.
class PacketBuffer {
 public:
  static constexpr std::size_t kHeaderRoom = 128;

  PacketBuffer() = default;
  explicit PacketBuffer(Chain payload) : payload_(std::move(payload)) {}
  PacketBuffer(PacketBuffer&& other) noexcept;
  PacketBuffer& operator=(PacketBuffer&& other) noexcept;
  PacketBuffer(const PacketBuffer&) = delete;
  PacketBuffer& operator=(const PacketBuffer&) = delete;
  ~PacketBuffer() = default;

  std::size_t size() const { return header_size() + payload_.size(); }
  /// The longest contiguous run of bytes at the start: the header room's content if there is any, else the first slice.
  std::span<const std::byte> front() const;
  std::span<std::byte> writable_front();
  /// Makes the first `count` bytes contiguous in front(); false if the packet is shorter or they do not fit the room.
  bool pull(std::size_t count);
  /// Room for a header of `count` bytes in front of everything; the header room must have it (see kHeaderRoom).
  std::span<std::byte> prepend(std::size_t count);
  void trim_front(std::size_t count);
  void trim_back(std::size_t count);

  std::span<const std::byte> header() const { return {header_.data() + header_begin_, header_size()}; }
  const Chain& payload() const { return payload_; }
  Chain& payload() { return payload_; }
  /// What remains as a chain: the header room's bytes, if any are left, are copied into a block of `pool` first.
  Chain take_chain(BlockPool& pool);

  std::size_t copy_to(std::span<std::byte> out) const;
  std::vector<std::byte> to_vector() const;
  /// Another packet with the same bytes: header copied, payload shared.
  PacketBuffer clone() const;

  Offload offload;
  Addressee addressee = Addressee::Known;  ///< of one that is sent

 private:
  std::size_t header_size() const { return kHeaderRoom - header_begin_; }

  std::size_t header_begin_ = kHeaderRoom;
  Chain payload_;
  std::array<std::byte, kHeaderRoom> header_;
};

}  // namespace tunic
