// What passes a device, as a pcap file.
#include <cerrno>
#include <cstring>
#include <system_error>

#include "segment/wire_packets.hpp"
#include "text/capture.hpp"
#include "tunic/tun/os.hpp"
#include "tunic/tun/wrappers.hpp"

namespace tunic::tun {

/// The C library's stream does the buffering.
class PcapTap::File {
 public:
  explicit File(std::FILE* stream)
      : stream_(stream),
        writer_([stream](std::span<const std::byte> bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stream); }) {}
  ~File() { std::fclose(stream_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// As a wire carries it; returns how many packets that are.
  std::uint64_t write(Instant at, const PacketBuffer& packet) {
    BlockPool pool;
    WirePackets pieces(packet.clone(), pool);
    std::uint64_t count = 0;
    for (; const auto piece = pieces.next(); ++count) writer_.write(at, *piece);
    return count;
  }
  bool flush() { return std::fflush(stream_) == 0 && std::ferror(stream_) == 0; }

 private:
  std::FILE* stream_;
  PcapWriter writer_;
};

EnvironmentResult<std::unique_ptr<PcapTap>> PcapTap::open(Device& inner, const std::string& path) {
  std::FILE* stream = std::fopen(path.c_str(), "wbe");
  if (stream == nullptr) {
    return std::unexpected(EnvironmentError{"cannot write the capture " + path, std::generic_category().message(errno),
                                            "give a file in a folder that exists and that you may write to"});
  }
  return std::unique_ptr<PcapTap>(new PcapTap(inner, std::make_shared<File>(stream)));
}

PcapTap::PcapTap(Device& inner, std::shared_ptr<File> file)
    : DeviceWrapper(inner), file_(std::move(file)), wall_clock_offset_(tun::wall_clock_offset()) {}

PcapTap::~PcapTap() = default;

std::unique_ptr<PcapTap> PcapTap::split(Device& outer) {
  std::unique_ptr<PcapTap> other(new PcapTap(outer, file_));
  only_ = Direction::Inbound;
  other->only_ = Direction::Outbound;
  return other;
}

void PcapTap::send(PacketBuffer packet, Instant now) {
  record(Direction::Outbound, packet, now);
  inner_.send(std::move(packet), now);
}

std::size_t PcapTap::receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) {
  const std::size_t count = inner_.receive(pool, batch, now);
  for (const PacketBuffer& packet : batch.first(count)) record(Direction::Inbound, packet, now);
  return count;
}

void PcapTap::record(Direction direction, const PacketBuffer& packet, Instant now) {
  if (only_ && *only_ != direction) return;
  packets_ += file_->write(now + wall_clock_offset_, packet);
}

bool PcapTap::flush() {
  return file_->flush();
}

}  // namespace tunic::tun
