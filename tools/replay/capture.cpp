// libpcap takes the file format apart, this file the link layers: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcaplinktype,
// IEEE 802.1Q.
#include "replay/capture.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/endian.hpp"
#include "wire/ipv4.hpp"

namespace tunic::replay {

namespace {

using Octets = std::span<const std::byte>;

constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherVlan = 0x8100, kEtherServiceVlan = 0x88a8;
constexpr std::size_t kLongestPacket = 65535;
/// Since 1970: the latest that a pcap file can say, in seconds. A pcapng file may say what no clock of ours could.
constexpr std::int64_t kLatestSecond = 0xffffffff;

/// What a link header says: how long it is, and what follows.
struct Link {
  std::size_t header_size;
  std::uint16_t ether_type;
};

std::uint16_t ether_type_of_raw(Octets frame) {
  if (frame.empty()) return 0;
  const unsigned version = load_u8(frame.data()) >> 4;
  return version == 4 ? kEtherIpv4 : version == 6 ? kEtherIpv6 : std::uint16_t{0};
}

/// The type field at `offset`, and where its content begins, behind any VLAN tags.
std::optional<Link> tagged(Octets frame, std::size_t offset) {
  constexpr std::size_t kTagSize = 4;
  while (offset + 2 <= frame.size()) {
    const std::uint16_t type = load_be16(frame.data() + offset);
    if (type != kEtherVlan && type != kEtherServiceVlan) return Link{offset + 2, type};
    offset += kTagSize;
  }
  return std::nullopt;
}

/// nullopt: the frame ends within its link header.
std::optional<Link> link_of(int type, Octets frame) {
  constexpr std::size_t kEthernetType = 12, kCookedType = 14, kCooked2Header = 20;
  switch (type) {
    case DLT_EN10MB:
      return tagged(frame, kEthernetType);
    case DLT_LINUX_SLL:
      return tagged(frame, kCookedType);
    case DLT_LINUX_SLL2:
      if (frame.size() < kCooked2Header) return std::nullopt;
      return Link{kCooked2Header, load_be16(frame.data())};
    default:
      return Link{0, ether_type_of_raw(frame)};
  }
}

bool is_known(int type) {
  constexpr std::array kKnown{DLT_RAW, DLT_IPV4, DLT_IPV6, DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2};
  return std::ranges::find(kKnown, type) != kKnown.end();
}

/// How long the packet is: as its header says, where the frame had so much; else all that the frame had.
std::size_t length_of(Octets packet, std::size_t on_the_wire) {
  const std::size_t most = std::min(on_the_wire, kLongestPacket);
  if (packet.size() < 4) return most;
  const std::size_t said = load_be16(packet.data() + 2);
  return said >= wire::kIpv4HeaderSize && said <= most ? said : most;
}

void fill(Frame& frame, int link_type, Octets octets) {
  const auto link = link_of(link_type, octets);
  if (!link) return;
  if (link->ether_type == kEtherIpv6) frame.kind = FrameKind::Ipv6;
  if (link->ether_type != kEtherIpv4) return;
  frame.kind = FrameKind::Ipv4;
  const Octets packet = octets.subspan(std::min(link->header_size, octets.size()));
  const std::size_t on_the_wire =
      frame.original_length > link->header_size ? frame.original_length - link->header_size : 0;
  const std::size_t size = length_of(packet, std::max(on_the_wire, packet.size()));
  frame.present = std::min(size, packet.size());
  frame.packet.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(frame.present));
  frame.packet.resize(size);
}

struct ClosePcap {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};

}  // namespace

class CaptureReader::File {
 public:
  /// Takes the stream over.
  static std::expected<std::unique_ptr<File>, std::string> open(std::FILE* stream, std::string name) {
    if (stream == nullptr) return std::unexpected(name + ": it cannot be opened");
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    pcap_t* const pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error.data());
    if (pcap == nullptr) {
      static_cast<void>(std::fclose(stream));
      return std::unexpected(fmt::format("{}: it is no capture: {}", name, error.data()));
    }
    auto file = std::make_unique<File>(pcap, std::move(name));  // which closes the stream
    if (!is_known(file->link_type_)) {
      const char* const type = pcap_datalink_val_to_name(file->link_type_);
      return std::unexpected(fmt::format("{}: its link type is {}; raw IP, Ethernet and Linux cooked can be read",
                                         file->name_,
                                         type == nullptr ? std::to_string(file->link_type_) : std::string(type)));
    }
    return file;
  }

  File(pcap_t* pcap, std::string name) : pcap_(pcap), name_(std::move(name)), link_type_(pcap_datalink(pcap)) {}

  std::expected<std::optional<Frame>, std::string> next() {
    if (ended_) return std::nullopt;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int got = pcap_next_ex(pcap_.get(), &header, &data);
    ended_ = got != 1;
    if (got == PCAP_ERROR_BREAK) return std::nullopt;
    if (got != 1) return std::unexpected(fmt::format("{}: frame {}: {}", name_, count_ + 1, pcap_geterr(pcap_.get())));
    Frame frame{.number = ++count_, .captured_length = header->caplen, .original_length = header->len};
    frame.since_1970 = std::chrono::seconds(std::clamp<std::int64_t>(header->ts.tv_sec, 0, kLatestSecond)) +
                       std::chrono::nanoseconds(header->ts.tv_usec);
    if (count_ == 1) first_ = frame.since_1970;
    latest_ = std::max(latest_, frame.since_1970 - first_);
    frame.at = latest_;
    fill(frame, link_type_, std::as_bytes(std::span(data, header->caplen)));
    return frame;
  }

 private:
  std::unique_ptr<pcap_t, ClosePcap> pcap_;
  std::string name_;
  int link_type_;
  std::uint64_t count_ = 0;
  Duration first_{};
  Duration latest_{};
  bool ended_ = false;
};

CaptureReader::CaptureReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

std::expected<CaptureReader, std::string> CaptureReader::open(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::unexpected(path + ": it is a folder");
  auto file = File::open(std::fopen(path.c_str(), "rb"), path);
  if (!file) return std::unexpected(std::move(file.error()));
  return CaptureReader(std::move(*file));
}

std::expected<CaptureReader, std::string> CaptureReader::open(std::span<const std::byte> octets,
                                                              const std::string& name) {
  if (octets.empty()) return std::unexpected(name + ": it is no capture: it is empty");
  // POSIX has one type for reading and writing; mode "r" only reads.
  auto file = File::open(fmemopen(const_cast<std::byte*>(octets.data()), octets.size(), "r"), name);
  if (!file) return std::unexpected(std::move(file.error()));
  return CaptureReader(std::move(*file));
}

std::expected<std::optional<Frame>, std::string> CaptureReader::next() {
  return file_->next();
}

}  // namespace tunic::replay
