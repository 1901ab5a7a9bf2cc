// One pass over a conversation for the calls, one over the first segments for the settings.
#include "replay/inference.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "replay/numbers.hpp"

namespace tunic::replay {

namespace {

using namespace std::chrono_literals;

/// What follows another packet so soon follows from it.
constexpr Duration kAtOnce = 2ms;

/// What one side of a connection has said so far.
struct Side {
  std::optional<std::uint32_t> isn;
  std::uint32_t sent = 0;   ///< octets of data, counted from the ISN
  std::uint32_t acked = 0;  ///< by the other side
  bool fin = false;
  bool syn = false;
  std::uint8_t shift = 0;
  std::uint64_t edge = 0;  ///< of the window that this side offers, in octets of the other side's data
};

class Guess {
 public:
  Guess(const Recording& recording, const Flow& flow, Ipv4Address local)
      : recording_(recording),
        flow_(flow),
        local_(local),
        reads_when_told_(window_closes()),
        peer_goes_on_(peer_goes_on()) {}

  std::vector<RecordedCall> calls() {
    for (const std::size_t index : flow_.packets) {
      const Packet& packet = recording_.packets[index];
      if (!packet.tcp) continue;
      if (packet.ip.source == local_) {
        sent(packet);
      } else {
        arrived(packet);
      }
    }
    end_write();
    if (shut_at_ && !closed_) add({.at = recording_.packets[flow_.packets.back()].at, .kind = CallKind::Close});
    return std::move(calls_);
  }

 private:
  void add(RecordedCall call) {
    if (shown_ != nullptr && call.frame == 0 && call.at == shown_->at) call.frame = shown_->frame;
    closed_ = closed_ || call.kind == CallKind::Close;
    calls_.insert(std::ranges::upper_bound(calls_, call.at, {}, &RecordedCall::at), std::move(call));
  }

  void sent(const Packet& packet) {
    shown_ = &packet;
    const wire::TcpFlags flags = packet.flags();
    if (flags.syn() && !own_.syn) begin(packet);
    if (flags.rst()) return reset(packet);
    if (reads_when_told_) read_for_window(packet);
    const std::uint32_t start = packet.tcp->seq.value() - own_.isn.value_or(0) - 1;
    const auto size = static_cast<std::uint32_t>(packet.payload().size());
    const std::uint32_t end = start + size;
    const bool more = size > 0 && is_beyond(end, own_.sent) && !flags.syn();
    // What the capture misses in front of it was written by nobody: a hole may be as wide as numbers are.
    if (more) write(packet, std::min(end - own_.sent, size));
    if (more) own_.sent = end;
    if (flags.fin() && !own_.fin) finish(packet, more);
  }

  void begin(const Packet& packet) {
    own_.syn = true;
    own_.isn = packet.tcp->seq.value();
    const auto options = wire::parse_tcp_options(packet.options());
    own_.shift = WindowScale(options.window_scale.value_or(0)).shift();
    if (packet.flags().ack()) {
      add({.kind = CallKind::Listen});
    } else {
      add({.at = packet.at, .kind = CallKind::Connect});
    }
  }

  /// An acknowledgment that came just now let it go, so it had been written before.
  bool was_waiting(const Packet& packet) const { return let_go_at_ && packet.at - *let_go_at_ < kAtOnce; }

  void write(const Packet& packet, std::uint32_t octets) {
    if (writing_ == 0) written_at_ = last_write_ && was_waiting(packet) ? *last_write_ : packet.at;
    if (packet.flags().fin() && writing_ == 0 && last_write_) written_at_ = *last_write_;
    if (writing_ == 0) written_frame_ = written_at_ == packet.at ? packet.frame : 0;
    writing_ += octets;
    if (packet.flags().has(wire::TcpFlags::Psh)) end_write();
  }

  void end_write() {
    if (writing_ == 0) return;
    add({.at = written_at_, .kind = CallKind::Write, .bytes = writing_, .frame = written_frame_});
    last_write_ = written_at_;
    writing_ = 0;
  }

  void finish(const Packet& packet, bool with_data) {
    end_write();
    own_.fin = true;
    const bool waited = last_write_ && (with_data || was_waiting(packet));
    const Duration at = waited ? *last_write_ : packet.at;
    if (peer_goes_on_) {
      shut_at_ = at;
      add({.at = at, .kind = CallKind::Shutdown, .how = Direction::Write});
    } else {
      add({.at = at, .kind = CallKind::Close});
    }
  }

  void reset(const Packet& packet) {
    const bool refused = !own_.syn || (own_.syn && !peer_.syn && !packet.flags().ack());
    if (refused || own_.fin || closed_) return;
    end_write();
    add({.at = packet.at, .kind = CallKind::Close, .linger = 0});
  }

  void arrived(const Packet& packet) {
    const wire::TcpFlags flags = packet.flags();
    if (flags.syn() && !peer_.syn) {
      peer_.syn = true;
      peer_.isn = packet.tcp->seq.value();
    }
    if (!flags.ack() || !own_.isn) return;
    // What carries data of its own is a question or an answer: the application may write because of that.
    const bool lets_go = own_.acked < own_.sent && packet.payload().empty() && !flags.syn();
    let_go_at_ = lets_go ? std::optional(packet.at) : std::nullopt;
    const std::uint32_t acked = packet.tcp->ack.value() - *own_.isn - 1;
    own_.acked = later_of(acked, own_.acked);
  }

  void read_for_window(const Packet& packet) {
    if (!packet.flags().ack() || packet.flags().syn() || !peer_.isn) return;
    const std::uint64_t edge = std::uint64_t{packet.tcp->ack.value() - *peer_.isn - 1} +
                               (std::uint64_t{packet.tcp->window.value} << own_.shift);
    if (own_.edge != 0 && edge > own_.edge) {
      add({.at = packet.at, .kind = CallKind::Read, .bytes = edge - own_.edge});
    }
    own_.edge = std::max(own_.edge, edge);
  }

  /// The window went below half of what it had been: the application did not always read at once.
  bool window_closes() const {
    std::uint32_t widest = 0;
    std::uint8_t shift = 0;
    for (const std::size_t index : flow_.packets) {
      const Packet& packet = recording_.packets[index];
      if (packet.ip.source != local_ || !packet.tcp || packet.flags().rst()) continue;
      const bool syn = packet.flags().syn();
      if (syn) shift = wire::parse_tcp_options(packet.options()).window_scale.value_or(0);
      const std::uint32_t window = packet.tcp->window.value >> (syn ? WindowScale(shift).shift() : 0);
      if (window < widest / 2) return true;
      widest = std::max(widest, window);
    }
    return false;
  }

  /// Data came after our FIN, and was not reset: one direction alone was shut down.
  bool peer_goes_on() const {
    bool fin_seen = false;
    bool goes_on = false;
    for (const std::size_t index : flow_.packets) {
      const Packet& packet = recording_.packets[index];
      if (packet.ip.source != local_) {
        goes_on = goes_on || (fin_seen && packet.tcp && !packet.payload().empty());
      } else {
        fin_seen = fin_seen || packet.flags().fin();
        goes_on = goes_on && !packet.flags().rst();
      }
    }
    return goes_on;
  }

  const Recording& recording_;
  const Flow& flow_;
  Ipv4Address local_;
  bool reads_when_told_;
  bool peer_goes_on_;
  Side own_;
  Side peer_;
  std::vector<RecordedCall> calls_;
  std::uint32_t writing_ = 0;
  Duration written_at_{};
  std::uint64_t written_frame_ = 0;
  const Packet* shown_ = nullptr;  // the last packet that the host sent
  std::optional<Duration> last_write_;
  std::optional<Duration> shut_at_;
  bool closed_ = false;
  std::optional<Duration> let_go_at_;  // when something came that may let waiting data go
};

std::vector<RecordedCall> datagram_calls(const Recording& recording, const Flow& flow, Ipv4Address local) {
  std::vector<RecordedCall> calls;
  for (const std::size_t index : flow.packets) {
    const Packet& packet = recording.packets[index];
    const bool asks = packet.icmp && packet.icmp->type == static_cast<std::uint8_t>(wire::IcmpType::Echo);
    if (packet.ip.source != local || !(packet.udp || asks)) continue;
    const std::size_t size = packet.udp
                                 ? packet.udp->length - std::min<std::size_t>(packet.udp->length, wire::kUdpHeaderSize)
                                 : packet.payload().size();
    calls.push_back({.at = packet.at, .kind = CallKind::SendTo, .bytes = size, .to = packet.destination().to_string()});
  }
  return calls;
}

/// The smallest buffer that makes a stack announce this scale.
std::uint32_t buffer_of_scale(std::uint8_t shift) {
  return shift == 0 ? 0 : std::uint32_t{65536} << (shift - 1);
}

class Settings {
 public:
  Settings(Config& config, Ipv4Address local) : config_(config), local_(local) {}

  void see(const Packet& packet, const Flow& flow) {
    if (!packet.tcp) return;
    if (packet.ip.source != local_) {
      if (packet.flags().syn()) peer_options_ = wire::parse_tcp_options(packet.options());
      if (packet.flags().syn()) peer_asks_ecn_ = packet.flags().has(wire::TcpFlags::Ece);
      return;
    }
    if (packet.flags().syn()) syn(packet);
    if (!packet.flags().syn() && !packet.flags().rst() && flow.first_isn && flow.second_isn) {
      widest_ = std::max(widest_, std::uint32_t{packet.tcp->window.value} << shift_);
    }
  }

  void apply() {
    if (!syn_seen_) return;
    const std::uint32_t unit = std::uint32_t{1} << shift_;
    const std::uint32_t rounded = (syn_window_ + unit - 1) / unit * unit;
    config_.tcp.receive_buffer = std::max({syn_window_, widest_ > rounded ? widest_ : 0, std::uint32_t{1}});
    config_.tcp.receive_buffer_max = buffer_of_scale(shift_);
    config_.tcp.tune_receive_buffer = false;
    config_.tcp.syn_window_in_segments = false;
    config_.tcp.send_buffer = config_.tcp.send_buffer_max = 4 * 1024 * 1024;
  }

 private:
  void syn(const Packet& packet) {
    const auto options = wire::parse_tcp_options(packet.options());
    const bool answer = packet.flags().ack();
    constexpr std::uint32_t kHeaders = 40;
    if (options.mss) config_.mtu = std::clamp<std::uint32_t>(*options.mss + kHeaders, 576, 65535);
    // An answer without an option tells something only where it was asked for.
    if (!answer || peer_options_.sack_permitted) config_.tcp.sack = options.sack_permitted;
    if (!answer || peer_options_.timestamps) config_.tcp.timestamps = options.timestamps.has_value();
    if (!answer || peer_options_.window_scale) config_.tcp.window_scaling = options.window_scale.has_value();
    const bool ecn = packet.flags().has(wire::TcpFlags::Ece);
    if (!answer && !syn_seen_) config_.tcp.ecn = ecn ? Ecn::Request : Ecn::Off;
    if (answer && peer_asks_ecn_) config_.tcp.ecn = ecn ? Ecn::Accept : Ecn::Off;
    if (options.window_scale) shift_ = WindowScale(*options.window_scale).shift();
    if (!std::exchange(syn_seen_, true)) syn_window_ = packet.tcp->window.value;
  }

  Config& config_;
  Ipv4Address local_;
  wire::TcpOptions peer_options_{};
  bool peer_asks_ecn_ = false;
  std::uint8_t shift_ = 0;
  bool syn_seen_ = false;
  std::uint32_t syn_window_ = 0;
  std::uint32_t widest_ = 0;
};

}  // namespace

std::vector<RecordedCall> infer_calls(const Recording& recording, const Flow& flow, Ipv4Address local) {
  if (flow.protocol == Protocol::Tcp) return Guess(recording, flow, local).calls();
  if (flow.protocol != Protocol::Other) return datagram_calls(recording, flow, local);
  return {};
}

void infer_settings(Config& config, const Recording& recording, Ipv4Address local) {
  Settings settings(config, local);
  for (std::size_t i = 0; i < recording.packets.size(); ++i) {
    settings.see(recording.packets[i], recording.flows[recording.flow_of[i]]);
  }
  settings.apply();
}

}  // namespace tunic::replay
