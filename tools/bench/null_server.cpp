// What a TUN device allows at all, as a contestant. See servers.hpp.
//
// Echo and HTTP keep nothing: an answer's numbers are those of what it answers. The source and the sink keep one stream each,
// the last one opened.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "null_frame.hpp"
#include "protocol.hpp"
#include "servers.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kLongestRead = 66000;
constexpr std::size_t kMostInFlight = 1'000'000;  // more than the second-level cache holds costs more than it brings
constexpr std::size_t kOurWindow = 1'000'000;
constexpr std::uint8_t kOurScale = 10;
constexpr std::size_t kAckEvery = kOurWindow / 4;
constexpr std::size_t kLongestSuperSegment = 65495 / kNullMss * kNullMss;
constexpr std::size_t kApplicationBuffer = std::size_t{256} * 1024;
constexpr std::uint32_t kInitialSequence = 1'000'000;

/// The stream that the source fills.
struct SourceStream {
  bool open = false;
  NullPeer peer;
  std::uint32_t next = 0;
  std::uint32_t acknowledged = 0;
  std::uint32_t expected = 0;  // of the peer, which says nothing
  std::size_t window = 0;
  std::uint8_t scale = 0;
};

/// The stream that the sink drains.
struct SinkStream {
  bool open = false;
  NullPeer peer;
  std::uint32_t next = 0;
  std::uint32_t expected = 0;
  std::size_t unacknowledged = 0;
};

class NullServer {
 public:
  NullServer(int fd, const NullOptions& options)
      : fd_(fd),
        options_(options),
        input_(kLongestRead),
        application_(kApplicationBuffer),
        small_(kNullMss, options.offloads),
        source_frame_(options.offloads ? kLongestSuperSegment : kNullMss, options.offloads) {}

  [[noreturn]] void run() {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    for (;;) {
      bool any = false;
      while (read_one()) any = true;
      if (sink_.open && sink_.unacknowledged > 0) acknowledge_sink();
      any = fill_source() || any;
      if (!any && !options_.spin) poll(&waiting, 1, -1);
    }
  }

 private:
  bool read_one() {
    const ssize_t count = read(fd_, input_.data(), input_.size());
    if (count <= 0) return false;
    const auto segment = parse_null(std::span(input_).first(static_cast<std::size_t>(count)), options_.offloads);
    if (segment) take(*segment);
    return true;
  }

  void take(const NullSegment& segment) {
    if ((segment.flags & kSyn) != 0) return accept(segment);
    if ((segment.flags & kRst) != 0) return forget(segment);
    if (segment.peer.our_port == kSourcePort) return take_for_source(segment);
    if (segment.peer.our_port == kDiscardPort) return take_for_sink(segment);
    answer(segment);
  }

  void accept(const NullSegment& syn) {
    constexpr std::array<std::uint8_t, 8> kOptions{2, 4, kNullMss >> 8, kNullMss & 0xff, 1, 3, 3, kOurScale};
    std::ranges::copy(std::as_bytes(std::span(kOptions)), small_.payload().begin());
    const NullSegment reply{
        .peer = syn.peer, .seq = kInitialSequence, .ack = syn.seq + 1, .flags = kSyn | kAck, .window = 0xffff};
    write_out(small_.finish(reply, kOptions.size(), kOptions.size()));
    const std::uint32_t next = kInitialSequence + 1;
    if (syn.peer.our_port == kSourcePort) {
      source_ = {.open = true,
                 .peer = syn.peer,
                 .next = next,
                 .acknowledged = next,
                 .expected = syn.seq + 1,
                 .scale = window_scale_in(syn.options)};
    } else if (syn.peer.our_port == kDiscardPort) {
      sink_ = {.open = true, .peer = syn.peer, .next = next, .expected = syn.seq + 1};
    }
  }

  void forget(const NullSegment& segment) {
    if (segment.peer.our_port == kSourcePort) source_.open = false;
    if (segment.peer.our_port == kDiscardPort) sink_.open = false;
  }

  /// Echo and HTTP.
  void answer(const NullSegment& segment) {
    const bool fin = (segment.flags & kFin) != 0;
    if (segment.payload.empty() && !fin) return;
    NullSegment reply{.peer = segment.peer,
                      .seq = segment.ack,
                      .ack = segment.seq + static_cast<std::uint32_t>(segment.payload.size()) + (fin ? 1 : 0),
                      .flags = kAck,
                      .window = 0xffff};
    std::span<const std::byte> text;
    if (!segment.payload.empty()) {
      const bool http = segment.peer.our_port == kHttpPort;
      text =
          http ? std::as_bytes(std::span(kAnswer)) : segment.payload.first(std::min(segment.payload.size(), kNullMss));
      reply.flags = http ? kAck | kPsh | kFin : kAck | kPsh;
      std::ranges::copy(text, small_.payload().begin());
    }
    write_out(small_.finish(reply, text.size()));
  }

  void take_for_source(const NullSegment& segment) {
    source_.acknowledged = segment.ack;
    source_.window = std::size_t{segment.window} << source_.scale;
  }

  /// Writes one packet, or with plain ones a few, so that acknowledgments are read in between.
  bool fill_source() {
    if (!source_.open) return false;
    bool any = false;
    for (int turn = options_.offloads ? 1 : 16; turn > 0; --turn) {
      const std::size_t in_flight = source_.next - source_.acknowledged;
      const std::size_t limit = std::min(source_.window, kMostInFlight);
      std::size_t size = std::min(source_frame_.payload().size(), limit > in_flight ? limit - in_flight : 0);
      size -= size % kNullMss;  // a part of a super-segment is better than waiting for room for all of it
      if (size == 0) break;
      const NullSegment segment{
          .peer = source_.peer, .seq = source_.next, .ack = source_.expected, .flags = kAck | kPsh, .window = 0xffff};
      if (!write_out(source_frame_.finish(segment, size))) break;
      source_.next += static_cast<std::uint32_t>(size);
      any = true;
    }
    return any;
  }

  void take_for_sink(const NullSegment& segment) {
    if (segment.seq != sink_.expected) return acknowledge_sink();
    for (auto rest = segment.payload; !rest.empty();) {  // the copy that a read of the application is
      const auto part = rest.first(std::min(rest.size(), application_.size() - application_used_));
      std::memcpy(application_.data() + application_used_, part.data(), part.size());
      application_used_ = (application_used_ + part.size()) % application_.size();
      rest = rest.subspan(part.size());
    }
    sink_.expected += static_cast<std::uint32_t>(segment.payload.size());
    sink_.unacknowledged += segment.payload.size();
    if (sink_.unacknowledged >= kAckEvery) acknowledge_sink();
  }

  void acknowledge_sink() {
    const NullSegment ack{.peer = sink_.peer,
                          .seq = sink_.next,
                          .ack = sink_.expected,
                          .flags = kAck,
                          .window = static_cast<std::uint16_t>(kOurWindow >> kOurScale)};
    write_out(small_.finish(ack, 0));
    sink_.unacknowledged = 0;
  }

  bool write_out(std::span<const std::byte> packet) { return write(fd_, packet.data(), packet.size()) > 0; }

  int fd_;
  NullOptions options_;
  std::vector<std::byte> input_;
  std::vector<std::byte> application_;
  std::size_t application_used_ = 0;
  NullFrame small_;
  NullFrame source_frame_;
  SourceStream source_;
  SinkStream sink_;
};

}  // namespace

void serve_with_nothing(int tun_fd, const NullOptions& options, const Announce& ready) {
  NullServer server(tun_fd, options);
  ready();
  server.run();
}

}  // namespace tunic::bench
