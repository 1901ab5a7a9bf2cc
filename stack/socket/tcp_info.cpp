#include "socket/tcp_info.hpp"

#include <algorithm>
#include <array>

#include "tcp/connection.hpp"

namespace tunic::socket {

namespace {

// Linux's numbers of the states, in the order of TcpState.
constexpr std::array<std::uint8_t, kTcpStateCount> kState{
    /* CLOSED      */ 7,
    /* LISTEN      */ 10,
    /* SYN-SENT    */ 2,
    /* SYN-RECEIVED*/ 3,
    /* ESTABLISHED */ 1,
    /* FIN-WAIT-1  */ 4,
    /* FIN-WAIT-2  */ 5,
    /* CLOSE-WAIT  */ 8,
    /* CLOSING     */ 11,
    /* LAST-ACK    */ 9,
    /* TIME-WAIT   */ 7,  // the socket has nothing to do with it any more
};

constexpr std::uint8_t kTimestamps = 1, kSack = 2, kWindowScale = 4, kEcn = 8, kSynData = 32;
constexpr std::uint8_t kOpen = 0, kDisorder = 1, kReduced = 2, kRecovery = 3, kLoss = 4;
constexpr std::uint32_t kUnknownThreshold = 0x7fffffff;

std::uint32_t microseconds(Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

/// Milliseconds since then; 0: it has not been.
std::uint32_t milliseconds_since(Instant then, Instant now) {
  if (then == Instant()) return 0;
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count());
}

std::uint8_t phase_of(const tcp::Connection& connection, std::uint32_t sacked) {
  switch (connection.recovery().phase()) {
    case tcp::Recovery::Phase::Reduced:
      return kReduced;
    case tcp::Recovery::Phase::Fast:
      return kRecovery;
    case tcp::Recovery::Phase::Timeout:
      return kLoss;
    case tcp::Recovery::Phase::Open:
      break;
  }
  return sacked > 0 ? kDisorder : kOpen;
}

}  // namespace

posix::TcpInfo tcp_info(const tcp::Connection& connection, const Config& config, Instant now) {
  const ConnectionInfo info = connection.info();
  const Tcb& tcb = connection.tcb();
  const std::uint32_t mss = connection.effective_mss();
  const auto segments = [mss](std::uint64_t octets) { return static_cast<std::uint32_t>((octets + mss - 1) / mss); };
  std::uint32_t sacked = 0;
  std::uint32_t lost = 0;
  std::uint32_t resent = 0;
  for (const tcp::Transmission& t : connection.scoreboard().transmissions()) {
    if (t.sacked) sacked += segments(t.range.length());
    if (t.lost && !t.sacked) lost += segments(t.range.length());  // also while it is resent, as Linux counts
    if (t.resent) resent += segments(t.range.length());
  }
  sacked += connection.told_by_duplicates();
  posix::TcpInfo out;
  out.tcpi_state = kState[static_cast<std::size_t>(info.state)];
  out.tcpi_ca_state = phase_of(connection, sacked);
  const bool persists = connection.persist_backoff() > 0;
  out.tcpi_backoff = persists ? connection.persist_backoff() : static_cast<std::uint8_t>(info.backoff);
  (persists ? out.tcpi_probes : out.tcpi_retransmits) = connection.timeouts_in_row();
  out.tcpi_options = static_cast<std::uint8_t>((tcb.ts.on ? kTimestamps : 0) | (tcb.sack ? kSack : 0));
  if (tcb.ecn) out.tcpi_options |= kEcn;
  if (connection.took_syn_data()) out.tcpi_options |= kSynData;
  if (connection.window_scaling()) {
    out.tcpi_options |= kWindowScale;
    out.tcpi_snd_wscale = info.snd_wind_shift & 15;
    out.tcpi_rcv_wscale = info.rcv_wind_shift & 15;
  }
  out.tcpi_rto = microseconds(info.rto);
  out.tcpi_ato = microseconds(config.tcp.delayed_ack);
  out.tcpi_snd_mss = mss;
  out.tcpi_rcv_mss = info.rcv_mss;
  out.tcpi_unacked = segments(info.unacked);
  out.tcpi_sacked = sacked;
  out.tcpi_lost = lost;
  out.tcpi_retrans = resent;
  out.tcpi_last_data_sent = milliseconds_since(connection.last_sent_at(), now);
  out.tcpi_last_data_recv = milliseconds_since(connection.last_data_at(), now);
  out.tcpi_last_ack_recv = milliseconds_since(connection.last_heard_at(), now);
  out.tcpi_pmtu = std::min(config.mtu, connection.path_mtu());
  out.tcpi_rtt = microseconds(info.srtt);
  out.tcpi_rttvar = microseconds(info.rttvar);
  out.tcpi_snd_cwnd = info.cwnd / mss;
  out.tcpi_snd_ssthresh = info.ssthresh == 0xffffffff ? kUnknownThreshold : info.ssthresh / mss;
  const std::uint32_t longest = config.mtu - 40;
  const std::uint32_t asked = connection.options().max_segment;
  out.tcpi_advmss = asked == 0 ? longest : std::min(asked, longest);
  out.tcpi_reordering = config.tcp.duplicate_threshold;
  if (const tcp::Rack* rack = connection.rack()) {
    out.tcpi_reordering = rack->reordering();
    out.tcpi_reord_seen = rack->reorderings();
    out.tcpi_min_rtt = microseconds(rack->min_rtt().value_or(Duration::zero()));
  }
  out.tcpi_dsack_dups = connection.arrived_twice();
  out.tcpi_total_retrans = static_cast<std::uint32_t>(info.retransmitted);
  out.tcpi_bytes_acked = info.bytes_out;
  out.tcpi_bytes_received = info.bytes_in;
  out.tcpi_segs_out = static_cast<std::uint32_t>(info.segments_out);
  out.tcpi_segs_in = static_cast<std::uint32_t>(info.segments_in);
  out.tcpi_notsent_bytes = info.unsent;
  out.tcpi_bytes_sent = info.bytes_out + info.unacked;
  out.tcpi_snd_wnd = info.snd_wnd;
  out.tcpi_rcv_wnd = info.rcv_wnd;
  return out;
}

posix::TcpInfo tcp_info(const std::optional<ListenerInfo>& listener, const Config& config) {
  posix::TcpInfo out;
  out.tcpi_state = kState[static_cast<std::size_t>(listener ? TcpState::Listen : TcpState::Closed)];
  out.tcpi_rto = microseconds(config.tcp.rto_initial);
  out.tcpi_snd_mss = out.tcpi_rcv_mss = config.tcp.default_mss;
  out.tcpi_snd_ssthresh = kUnknownThreshold;
  out.tcpi_reordering = config.tcp.duplicate_threshold;
  if (listener) {
    out.tcpi_unacked = listener->accept_queue;
    out.tcpi_sacked = listener->backlog - 1;  // as asked for: listen() lets one more wait
  }
  return out;
}

}  // namespace tunic::socket
