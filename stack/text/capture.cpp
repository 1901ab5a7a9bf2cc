// Both formats are little-endian records written one after the other; what they share is Record.
#include "text/capture.hpp"

#include <algorithm>
#include <vector>

namespace tunic {

namespace {

constexpr std::uint16_t kLinkTypeRaw = 101;

/// Little-endian fields, one after the other.
class Record {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value & 0xff));
    u8(static_cast<std::uint8_t>(value >> 8));
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value & 0xffff));
    u16(static_cast<std::uint16_t>(value >> 16));
  }
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void pad_to_four() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }

  std::size_t size() const { return bytes_.size(); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// pcapng: block types and option codes.
enum class BlockType : std::uint32_t { SectionHeader = 0x0a0d0d0a, InterfaceDescription = 1, EnhancedPacket = 6 };
enum class OptionCode : std::uint16_t {
  EndOfOptions = 0,
  Comment = 1,
  InterfaceName = 2,
  PacketFlags = 2,
  Resolution = 9
};
constexpr std::size_t kMaxOptionLength = 0xffff;

void append_option(Record& body, OptionCode code, std::span<const std::byte> value) {
  value = value.first(std::min(value.size(), kMaxOptionLength));
  body.u16(static_cast<std::uint16_t>(code));
  body.u16(static_cast<std::uint16_t>(value.size()));
  body.append(value);
  body.pad_to_four();
}

/// A block is its type, its length, the body, and the length again.
void emit_block(const ByteSink& sink, BlockType type, const Record& body) {
  constexpr std::size_t kFraming = 12;
  const auto length = static_cast<std::uint32_t>(body.size() + kFraming);
  Record block;
  block.u32(static_cast<std::uint32_t>(type));
  block.u32(length);
  block.append(body.bytes());
  block.u32(length);
  sink(block.bytes());
}

}  // namespace

PcapWriter::PcapWriter(ByteSink sink, std::uint32_t snap_length) : sink_(std::move(sink)), snap_length_(snap_length) {
  constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;
  Record header;
  header.u32(kMagicNanoseconds);
  header.u16(2);  // version 2.4
  header.u16(4);
  header.u32(0);  // two reserved words
  header.u32(0);
  header.u32(snap_length_);
  header.u32(kLinkTypeRaw);
  sink_(header.bytes());
}

void PcapWriter::write(Instant at, std::span<const std::byte> packet) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const std::int64_t nanos = at.time_since_epoch().count();
  const auto captured = packet.first(std::min<std::size_t>(packet.size(), snap_length_));
  Record record;
  record.u32(static_cast<std::uint32_t>(nanos / kNanosPerSecond));
  record.u32(static_cast<std::uint32_t>(nanos % kNanosPerSecond));
  record.u32(static_cast<std::uint32_t>(captured.size()));
  record.u32(static_cast<std::uint32_t>(packet.size()));
  record.append(captured);
  sink_(record.bytes());
}

void PcapWriter::write(Instant at, const PacketBuffer& packet) {
  write(at, packet.to_vector());
}

PcapngWriter::PcapngWriter(ByteSink sink, std::string_view interface_name) : sink_(std::move(sink)) {
  constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
  constexpr std::uint32_t kUnknownLength = 0xffffffff;
  Record section;
  section.u32(kByteOrderMagic);
  section.u16(1);  // version 1.0
  section.u16(0);
  section.u32(kUnknownLength);  // of the section, 64 bits
  section.u32(kUnknownLength);
  emit_block(sink_, BlockType::SectionHeader, section);

  constexpr std::uint8_t kNanoseconds = 9;  // 10^-9 s
  Record interface;
  interface.u16(kLinkTypeRaw);
  interface.u16(0);  // reserved
  interface.u32(kSnapLength);
  append_option(interface, OptionCode::InterfaceName, std::as_bytes(std::span(interface_name)));
  append_option(interface, OptionCode::Resolution, std::as_bytes(std::span(&kNanoseconds, 1)));
  append_option(interface, OptionCode::EndOfOptions, {});
  emit_block(sink_, BlockType::InterfaceDescription, interface);
}

void PcapngWriter::write(Instant at, std::span<const std::byte> packet, CaptureDirection direction,
                         std::string_view comment) {
  const auto nanos = static_cast<std::uint64_t>(at.time_since_epoch().count());
  const auto captured = packet.first(std::min<std::size_t>(packet.size(), kSnapLength));
  Record body;
  body.u32(0);  // the only interface
  body.u32(static_cast<std::uint32_t>(nanos >> 32));
  body.u32(static_cast<std::uint32_t>(nanos & 0xffffffff));
  body.u32(static_cast<std::uint32_t>(captured.size()));
  body.u32(static_cast<std::uint32_t>(packet.size()));
  body.append(captured);
  body.pad_to_four();
  Record flags;
  flags.u32(static_cast<std::uint32_t>(direction));
  append_option(body, OptionCode::PacketFlags, flags.bytes());
  if (!comment.empty()) append_option(body, OptionCode::Comment, std::as_bytes(std::span(comment)));
  append_option(body, OptionCode::EndOfOptions, {});
  emit_block(sink_, BlockType::EnhancedPacket, body);
}

void PcapngWriter::write(Instant at, const PacketBuffer& packet, CaptureDirection direction, std::string_view comment) {
  write(at, packet.to_vector(), direction, comment);
}

}  // namespace tunic
