// Writing and reading TCP options. The reader trusts no length: see B3 and B7 of the requirement list for the classics.
#include "wire/tcp_options.hpp"

#include <algorithm>
#include <cstring>

#include "base/endian.hpp"

namespace tunic::wire {

namespace {

constexpr std::size_t kMssSize = 4;
constexpr std::size_t kWindowScaleSize = 3;
constexpr std::size_t kSackPermittedSize = 2;
constexpr std::size_t kTimestampsSize = 10;
constexpr std::size_t kSackBlockSize = 8;

constexpr std::byte kind_byte(OptionKind kind) {
  return static_cast<std::byte>(kind);
}

}  // namespace

OptionBytes::OptionBytes(std::span<const std::byte> bytes)
    : size_(static_cast<std::uint8_t>(std::min(bytes.size(), kTcpMaxOptionsSize))) {
  std::copy_n(bytes.begin(), size_, bytes_.begin());
}

bool OptionBytes::raw(std::span<const std::byte> option) {
  if (option.size() > room()) return false;
  std::ranges::copy(option, bytes_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + option.size());
  return true;
}

bool OptionBytes::nop() {
  return raw(std::array{kind_byte(OptionKind::Nop)});
}

bool OptionBytes::mss(std::uint16_t value) {
  std::array<std::byte, kMssSize> option{kind_byte(OptionKind::Mss), std::byte{kMssSize}};
  store_be16(option.data() + 2, value);
  return raw(option);
}

bool OptionBytes::window_scale(std::uint8_t shift) {
  return raw(std::array{kind_byte(OptionKind::WindowScale), std::byte{kWindowScaleSize}, std::byte{shift}});
}

bool OptionBytes::sack_permitted() {
  return raw(std::array{kind_byte(OptionKind::SackPermitted), std::byte{kSackPermittedSize}});
}

bool OptionBytes::timestamps(Timestamps value) {
  std::array<std::byte, kTimestampsSize> option{kind_byte(OptionKind::Timestamps), std::byte{kTimestampsSize}};
  store_be32(option.data() + 2, value.value);
  store_be32(option.data() + 6, value.echo_reply);
  return raw(option);
}

bool OptionBytes::sack(std::span<const SeqRange> blocks) {
  const std::size_t size = 2 + blocks.size() * kSackBlockSize;
  if (size > room()) return false;
  std::array<std::byte, kTcpMaxOptionsSize> option{kind_byte(OptionKind::Sack), static_cast<std::byte>(size)};
  std::byte* p = option.data() + 2;
  for (const SeqRange& block : blocks) {
    store_be32(p, block.begin.value());
    store_be32(p + 4, block.end.value());
    p += kSackBlockSize;
  }
  return raw(std::span(option).first(size));
}

void OptionBytes::pad() {
  while (size_ % 4 != 0) bytes_[size_++] = kind_byte(OptionKind::End);
}

namespace {

/// Takes over one whole option, `option` with its kind and length octets; false if its length is not one of its kind's.
bool read_option(std::span<const std::byte> option, TcpOptions& result) {
  const std::byte* const p = option.data();
  switch (static_cast<OptionKind>(load_u8(p))) {
    case OptionKind::Mss:
      if (option.size() != kMssSize) return false;
      if (!result.mss) result.mss = load_be16(p + 2);
      return true;
    case OptionKind::WindowScale:
      if (option.size() != kWindowScaleSize) return false;
      if (!result.window_scale) result.window_scale = load_u8(p + 2);
      return true;
    case OptionKind::SackPermitted:
      if (option.size() != kSackPermittedSize) return false;
      result.sack_permitted = true;
      return true;
    case OptionKind::Timestamps:
      if (option.size() != kTimestampsSize) return false;
      if (!result.timestamps) result.timestamps = Timestamps{load_be32(p + 2), load_be32(p + 6)};
      return true;
    case OptionKind::Sack: {
      const std::size_t blocks = (option.size() - 2) / kSackBlockSize;
      if (blocks == 0 || option.size() != 2 + blocks * kSackBlockSize) return false;
      if (result.sack_count != 0) return true;
      for (std::size_t i = 0; i < blocks; ++i) {
        const std::byte* const block = p + 2 + i * kSackBlockSize;
        result.sack[i] = SeqRange{SeqNum(load_be32(block)), SeqNum(load_be32(block + 4))};
      }
      result.sack_count = static_cast<std::uint8_t>(blocks);
      return true;
    }
    case OptionKind::FastOpen:
      if (!result.fast_open) result.fast_open = option.subspan(2);
      return true;
    case OptionKind::Experimental:  // of which only the one with Fast Open's number is known (RFC 6994)
      if (option.size() < 4 || load_be16(p + 2) != kFastOpenExperiment || result.fast_open) return true;
      result.fast_open = option.subspan(4);
      result.fast_open_experimental = true;
      return true;
    default:
      return true;  // unknown: skipped by its length (MUST-6)
  }
}

}  // namespace

TcpOptions parse_tcp_options(std::span<const std::byte> bytes) {
  bytes = bytes.first(std::min(bytes.size(), kTcpMaxOptionsSize));
  TcpOptions result;
  while (!bytes.empty()) {
    const std::byte kind = bytes[0];
    if (kind == kind_byte(OptionKind::End)) break;
    if (kind == kind_byte(OptionKind::Nop)) {
      bytes = bytes.subspan(1);
      continue;
    }
    const std::size_t length = bytes.size() < 2 ? 0 : load_u8(bytes.data() + 1);
    if (length < 2 || length > bytes.size() || !read_option(bytes.first(length), result)) {
      result.malformed = true;
      break;
    }
    bytes = bytes.subspan(length);
  }
  return result;
}

}  // namespace tunic::wire
