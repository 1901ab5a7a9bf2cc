// Tables. Numbers are Linux's throughout, as in the socket table: scripts of BSD systems write names.
#include "script/names.hpp"

#include <algorithm>
#include <array>

namespace tunic::script {

namespace {

struct Constant {
  std::string_view name;
  std::int64_t value;
};

constexpr Constant kConstants[] = {
    {"AF_INET", posix::kAfInet},
    {"PF_INET", posix::kAfInet},
    {"SOCK_STREAM", posix::kSockStream},
    {"SOCK_DGRAM", posix::kSockDgram},
    {"SOCK_NONBLOCK", posix::kSockNonblock},
    {"SOCK_CLOEXEC", posix::kSockCloexec},
    {"IPPROTO_IP", posix::kIpProtoIp},
    {"IPPROTO_TCP", posix::kIpProtoTcp},
    {"IPPROTO_UDP", posix::kIpProtoUdp},
    {"SOL_TCP", posix::kIpProtoTcp},
    {"SOL_IP", posix::kIpProtoIp},
    {"SOL_SOCKET", posix::kSolSocket},
    {"SHUT_RD", posix::kShutRd},
    {"SHUT_WR", posix::kShutWr},
    {"SHUT_RDWR", posix::kShutRdWr},
    {"MSG_OOB", posix::kMsgOob},
    {"MSG_PEEK", posix::kMsgPeek},
    {"MSG_TRUNC", posix::kMsgTrunc},
    {"MSG_DONTWAIT", posix::kMsgDontWait},
    {"MSG_EOR", 0x80},
    {"MSG_WAITALL", posix::kMsgWaitAll},
    {"MSG_ERRQUEUE", posix::kMsgErrQueue},
    {"MSG_NOSIGNAL", posix::kMsgNoSignal},
    {"MSG_MORE", posix::kMsgMore},
    {"MSG_ZEROCOPY", 0x4000000},
    {"MSG_FASTOPEN", posix::kMsgFastOpen},
    {"F_GETFL", posix::kFGetFl},
    {"F_SETFL", posix::kFSetFl},
    {"O_RDONLY", 0},
    {"O_RDWR", posix::kORdwr},
    {"O_NONBLOCK", posix::kONonblock},
    {"FIONBIO", posix::kFioNbio},
    {"FIONREAD", posix::kFionRead},
    {"SIOCINQ", posix::kSiocInq},
    {"SIOCOUTQ", posix::kSiocOutq},
    {"SIOCOUTQNSD", posix::kSiocOutqNsd},
    {"SO_REUSEADDR", posix::kSoReuseAddr},
    {"SO_TYPE", posix::kSoType},
    {"SO_ERROR", posix::kSoError},
    {"SO_SNDBUF", posix::kSoSndBuf},
    {"SO_RCVBUF", posix::kSoRcvBuf},
    {"SO_KEEPALIVE", posix::kSoKeepAlive},
    {"SO_LINGER", posix::kSoLinger},
    {"SO_REUSEPORT", 15},
    {"SO_ACCEPTCONN", posix::kSoAcceptConn},
    {"SO_MARK", 36},
    {"SO_PROTOCOL", posix::kSoProtocol},
    {"SO_DOMAIN", posix::kSoDomain},
    {"SO_BUSY_POLL", 46},
    {"SO_MAX_PACING_RATE", 47},
    {"SO_ZEROCOPY", 60},
    {"TCP_NODELAY", posix::kTcpNoDelay},
    {"TCP_MAXSEG", posix::kTcpMaxSeg},
    {"TCP_CORK", posix::kTcpCork},
    {"TCP_KEEPIDLE", posix::kTcpKeepIdle},
    {"TCP_KEEPINTVL", posix::kTcpKeepIntvl},
    {"TCP_KEEPCNT", posix::kTcpKeepCnt},
    {"TCP_SYNCNT", posix::kTcpSynCnt},
    {"TCP_LINGER2", 8},
    {"TCP_DEFER_ACCEPT", posix::kTcpDeferAccept},
    {"TCP_WINDOW_CLAMP", 10},
    {"TCP_INFO", posix::kTcpInfo},
    {"TCP_QUICKACK", 12},
    {"TCP_CONGESTION", posix::kTcpCongestion},
    {"TCP_USER_TIMEOUT", posix::kTcpUserTimeout},
    {"TCP_FASTOPEN", posix::kTcpFastOpen},
    {"TCP_NOTSENT_LOWAT", posix::kTcpNotSentLowAt},
    {"TCP_FASTOPEN_CONNECT", posix::kTcpFastOpenConnect},
    {"TCP_FASTOPEN_KEY", 33},
    {"TCP_FASTOPEN_NO_COOKIE", 34},
    {"TCP_INQ", 36},
    {"TCP_TX_DELAY", 37},
    {"IP_TOS", posix::kIpTos},
    {"IP_TTL", posix::kIpTtl},
    {"IP_MTU_DISCOVER", 10},
    {"IP_RECVERR", posix::kIpRecvErr},
    {"IP_MTU", 14},
    {"POLLIN", posix::kPollIn},
    {"POLLPRI", posix::kPollPri},
    {"POLLOUT", posix::kPollOut},
    {"POLLERR", posix::kPollErr},
    {"POLLHUP", posix::kPollHup},
    {"POLLNVAL", posix::kPollNval},
    {"POLLRDNORM", posix::kPollRdNorm},
    {"POLLWRNORM", posix::kPollWrNorm},
    {"POLLRDHUP", posix::kPollRdHup},
    {"EPOLL_CLOEXEC", posix::kEpollCloexec},
    {"EPOLL_CTL_ADD", posix::kEpollCtlAdd},
    {"EPOLL_CTL_DEL", posix::kEpollCtlDel},
    {"EPOLL_CTL_MOD", posix::kEpollCtlMod},
    {"EPOLLIN", posix::kEpollIn},
    {"EPOLLPRI", posix::kEpollPri},
    {"EPOLLOUT", posix::kEpollOut},
    {"EPOLLERR", posix::kEpollErr},
    {"EPOLLHUP", posix::kEpollHup},
    {"EPOLLRDNORM", posix::kEpollRdNorm},
    {"EPOLLWRNORM", posix::kEpollWrNorm},
    {"EPOLLRDHUP", posix::kEpollRdHup},
    {"EPOLLONESHOT", posix::kEpollOneShot},
    {"EPOLLET", posix::kEpollEt},
    {"INADDR_ANY", 0},
    {"IPTOS_LOWDELAY", 0x10},
    {"IPTOS_THROUGHPUT", 0x08},
    {"IPTOS_RELIABILITY", 0x04},
    {"IPTOS_MINCOST", 0x02},
    {"IPTOS_ECN_NOT_ECT", 0},
    {"IPTOS_ECN_ECT1", 1},
    {"IPTOS_ECN_ECT0", 2},
    {"IPTOS_ECN_CE", 3},
    {"IPTOS_DSCP_CS0", 0x00},
    {"IPTOS_DSCP_CS1", 0x20},
    {"IPTOS_DSCP_CS2", 0x40},
    {"IPTOS_DSCP_CS3", 0x60},
    {"IPTOS_DSCP_CS4", 0x80},
    {"IPTOS_DSCP_CS5", 0xa0},
    {"IPTOS_DSCP_CS6", 0xc0},
    {"IPTOS_DSCP_CS7", 0xe0},
    {"IPTOS_DSCP_EF", 0xb8},
    // tcp_info: states under the names of both systems, options, phases of congestion control
    {"TCP_ESTABLISHED", 1},
    {"TCP_SYN_SENT", 2},
    {"TCP_SYN_RECV", 3},
    {"TCP_FIN_WAIT1", 4},
    {"TCP_FIN_WAIT2", 5},
    {"TCP_TIME_WAIT", 6},
    {"TCP_CLOSE", 7},
    {"TCP_CLOSE_WAIT", 8},
    {"TCP_LAST_ACK", 9},
    {"TCP_LISTEN", 10},
    {"TCP_CLOSING", 11},
    {"TCPI_ESTABLISHED", 1},
    {"TCPI_SYN_SENT", 2},
    {"TCPI_SYN_RECEIVED", 3},
    {"TCPI_SYN_RCVD", 3},
    {"TCPI_FIN_WAIT_1", 4},
    {"TCPI_FIN_WAIT_2", 5},
    {"TCPI_TIME_WAIT", 6},
    {"TCPI_CLOSED", 7},
    {"TCPI_CLOSE_WAIT", 8},
    {"TCPI_LAST_ACK", 9},
    {"TCPI_LISTEN", 10},
    {"TCPI_CLOSING", 11},
    {"TCPI_OPT_TIMESTAMPS", 1},
    {"TCPI_OPT_SACK", 2},
    {"TCPI_OPT_WSCALE", 4},
    {"TCPI_OPT_ECN", 8},
    {"TCPI_OPT_ECN_SEEN", 16},
    {"TCPI_OPT_SYN_DATA", 32},
    {"TCP_CA_Open", 0},
    {"TCP_CA_Disorder", 1},
    {"TCP_CA_CWR", 2},
    {"TCP_CA_Recovery", 3},
    {"TCP_CA_Loss", 4},
};

struct ErrnoName {
  std::string_view name;
  std::int64_t value;
};
constexpr ErrnoName kErrnos[] = {
#define TUNIC_ERRNO_ROW(id, value, text) {text, value},
    TUNIC_ERRNO_LIST(TUNIC_ERRNO_ROW)
#undef TUNIC_ERRNO_ROW
        {"EWOULDBLOCK", 11},
};

template <typename Table>
std::optional<std::int64_t> find(const Table& table, std::string_view name) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  if (found == std::ranges::end(table)) return std::nullopt;
  return found->value;
}

}  // namespace

std::optional<std::int64_t> errno_named(std::string_view name) {
  return find(kErrnos, name);
}

std::optional<std::int64_t> constant_named(std::string_view name) {
  if (const auto number = find(kConstants, name)) return number;
  return errno_named(name);
}

std::optional<std::int64_t> tcp_info_field(const posix::TcpInfo& info, std::string_view name) {
#define TUNIC_FIELD(field) \
  if (name == #field) return static_cast<std::int64_t>(info.field);
  TUNIC_FIELD(tcpi_state)
  TUNIC_FIELD(tcpi_ca_state)
  TUNIC_FIELD(tcpi_retransmits)
  TUNIC_FIELD(tcpi_probes)
  TUNIC_FIELD(tcpi_backoff)
  TUNIC_FIELD(tcpi_options)
  TUNIC_FIELD(tcpi_snd_wscale)
  TUNIC_FIELD(tcpi_rcv_wscale)
  TUNIC_FIELD(tcpi_delivery_rate_app_limited)
  TUNIC_FIELD(tcpi_fastopen_client_fail)
  TUNIC_FIELD(tcpi_rto)
  TUNIC_FIELD(tcpi_ato)
  TUNIC_FIELD(tcpi_snd_mss)
  TUNIC_FIELD(tcpi_rcv_mss)
  TUNIC_FIELD(tcpi_unacked)
  TUNIC_FIELD(tcpi_sacked)
  TUNIC_FIELD(tcpi_lost)
  TUNIC_FIELD(tcpi_retrans)
  TUNIC_FIELD(tcpi_fackets)
  TUNIC_FIELD(tcpi_last_data_sent)
  TUNIC_FIELD(tcpi_last_ack_sent)
  TUNIC_FIELD(tcpi_last_data_recv)
  TUNIC_FIELD(tcpi_last_ack_recv)
  TUNIC_FIELD(tcpi_pmtu)
  TUNIC_FIELD(tcpi_rcv_ssthresh)
  TUNIC_FIELD(tcpi_rtt)
  TUNIC_FIELD(tcpi_rttvar)
  TUNIC_FIELD(tcpi_snd_ssthresh)
  TUNIC_FIELD(tcpi_snd_cwnd)
  TUNIC_FIELD(tcpi_advmss)
  TUNIC_FIELD(tcpi_reordering)
  TUNIC_FIELD(tcpi_rcv_rtt)
  TUNIC_FIELD(tcpi_rcv_space)
  TUNIC_FIELD(tcpi_total_retrans)
  TUNIC_FIELD(tcpi_pacing_rate)
  TUNIC_FIELD(tcpi_max_pacing_rate)
  TUNIC_FIELD(tcpi_bytes_acked)
  TUNIC_FIELD(tcpi_bytes_received)
  TUNIC_FIELD(tcpi_segs_out)
  TUNIC_FIELD(tcpi_segs_in)
  TUNIC_FIELD(tcpi_notsent_bytes)
  TUNIC_FIELD(tcpi_min_rtt)
  TUNIC_FIELD(tcpi_data_segs_in)
  TUNIC_FIELD(tcpi_data_segs_out)
  TUNIC_FIELD(tcpi_delivery_rate)
  TUNIC_FIELD(tcpi_busy_time)
  TUNIC_FIELD(tcpi_rwnd_limited)
  TUNIC_FIELD(tcpi_sndbuf_limited)
  TUNIC_FIELD(tcpi_delivered)
  TUNIC_FIELD(tcpi_delivered_ce)
  TUNIC_FIELD(tcpi_bytes_sent)
  TUNIC_FIELD(tcpi_bytes_retrans)
  TUNIC_FIELD(tcpi_dsack_dups)
  TUNIC_FIELD(tcpi_reord_seen)
  TUNIC_FIELD(tcpi_rcv_ooopack)
  TUNIC_FIELD(tcpi_snd_wnd)
  TUNIC_FIELD(tcpi_rcv_wnd)
  TUNIC_FIELD(tcpi_rehash)
#undef TUNIC_FIELD
  return std::nullopt;
}

}  // namespace tunic::script
