// The words of the POSIX socket interface, with Linux x86-64 values and layouts, and without any header of an OS.
//
// Names are chosen so that they never meet a macro of <sys/socket.h> or <errno.h>, and layouts so that a structure of the
// C library can be passed for its counterpart here (tests/tun asserts both). No behaviour: that is in socket_table.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include <tunic/address.hpp>

namespace tunic::posix {

// ---- Errors ----

// clang-format off
#define TUNIC_ERRNO_LIST(X) \
  X(NoEntry, 2, "ENOENT")                   X(Interrupted, 4, "EINTR") \
  X(BadDescriptor, 9, "EBADF")              X(Again, 11, "EAGAIN") \
  X(NoMemory, 12, "ENOMEM")                 X(AccessDenied, 13, "EACCES") \
  X(BadAddress, 14, "EFAULT")               X(Exists, 17, "EEXIST") \
  X(Invalid, 22, "EINVAL")                  X(TooManyFiles, 24, "EMFILE") \
  X(NotTerminal, 25, "ENOTTY")              X(BrokenPipe, 32, "EPIPE") \
  X(Domain, 33, "EDOM")                     X(Loop, 40, "ELOOP") \
  X(NotSocket, 88, "ENOTSOCK")              X(DestinationRequired, 89, "EDESTADDRREQ") \
  X(MessageSize, 90, "EMSGSIZE")            X(NoProtocolOption, 92, "ENOPROTOOPT") \
  X(ProtocolNotSupported, 93, "EPROTONOSUPPORT") X(SocketTypeNotSupported, 94, "ESOCKTNOSUPPORT") \
  X(NotSupported, 95, "EOPNOTSUPP")         X(FamilyNotSupported, 97, "EAFNOSUPPORT") \
  X(AddressInUse, 98, "EADDRINUSE")         X(AddressNotAvailable, 99, "EADDRNOTAVAIL") \
  X(NetworkUnreachable, 101, "ENETUNREACH") X(ConnectionAborted, 103, "ECONNABORTED") \
  X(ConnectionReset, 104, "ECONNRESET")     X(NoBufferSpace, 105, "ENOBUFS") \
  X(IsConnected, 106, "EISCONN")            X(NotConnected, 107, "ENOTCONN") \
  X(TimedOut, 110, "ETIMEDOUT")             X(ConnectionRefused, 111, "ECONNREFUSED") \
  X(HostUnreachable, 113, "EHOSTUNREACH")   X(Already, 114, "EALREADY") \
  X(InProgress, 115, "EINPROGRESS")
// clang-format on

enum class Errno : int {
#define TUNIC_ERRNO_ENUMERATOR(name, value, text) name = value,
  TUNIC_ERRNO_LIST(TUNIC_ERRNO_ENUMERATOR)
#undef TUNIC_ERRNO_ENUMERATOR
};

/// "EAGAIN"
std::string_view name(Errno error);

/// What a call returns; the error instead of -1.
using Answer = std::expected<std::int64_t, Errno>;
inline std::unexpected<Errno> fail(Errno error) {
  return std::unexpected(error);
}

// ---- Constants ----

inline constexpr int kAfUnspec = 0, kAfInet = 2;

inline constexpr int kSockStream = 1, kSockDgram = 2;
inline constexpr int kSockNonblock = 04000, kSockCloexec = 02000000;  // flags of socket() and accept4()

inline constexpr int kIpProtoIp = 0, kIpProtoTcp = 6, kIpProtoUdp = 17;

inline constexpr int kShutRd = 0, kShutWr = 1, kShutRdWr = 2;

inline constexpr int kMsgOob = 0x1, kMsgPeek = 0x2, kMsgTrunc = 0x20, kMsgDontWait = 0x40, kMsgWaitAll = 0x100,
                     kMsgErrQueue = 0x2000, kMsgNoSignal = 0x4000, kMsgMore = 0x8000, kMsgFastOpen = 0x20000000;

inline constexpr int kFGetFl = 3, kFSetFl = 4;
inline constexpr int kORdwr = 02, kONonblock = 04000;

inline constexpr std::uint32_t kFioNbio = 0x5421, kSiocInq = 0x541b, kSiocOutq = 0x5411, kSiocOutqNsd = 0x894b,
                               kSiocAtMark = 0x8905;
inline constexpr std::uint32_t kFionRead = kSiocInq;

inline constexpr int kSolSocket = 1;
inline constexpr int kSoReuseAddr = 2, kSoType = 3, kSoError = 4, kSoBroadcast = 6, kSoSndBuf = 7, kSoRcvBuf = 8,
                     kSoKeepAlive = 9, kSoOobInline = 10, kSoNoCheck = 11, kSoLinger = 13, kSoRcvLowAt = 18,
                     kSoAcceptConn = 30, kSoProtocol = 38, kSoDomain = 39;

inline constexpr int kTcpNoDelay = 1, kTcpMaxSeg = 2, kTcpCork = 3, kTcpKeepIdle = 4, kTcpKeepIntvl = 5,
                     kTcpKeepCnt = 6, kTcpSynCnt = 7, kTcpLinger2 = 8, kTcpDeferAccept = 9, kTcpInfo = 11,
                     kTcpQuickAck = 12, kTcpCongestion = 13, kTcpUserTimeout = 18, kTcpFastOpen = 23,
                     kTcpNotSentLowAt = 25, kTcpFastOpenConnect = 30, kTcpFastOpenKey = 33, kTcpFastOpenNoCookie = 34;

// BSD's, where they are 8 and 128; Linux has no such options and no such numbers
inline constexpr int kTcpNoOpt = 1008, kTcpKeepInit = 1128;

inline constexpr int kIpTos = 1, kIpTtl = 2, kIpRecvErr = 11;

inline constexpr std::int16_t kPollIn = 0x001, kPollPri = 0x002, kPollOut = 0x004, kPollErr = 0x008, kPollHup = 0x010,
                              kPollNval = 0x020, kPollRdNorm = 0x040, kPollWrNorm = 0x100, kPollRdHup = 0x2000;

inline constexpr int kEpollCloexec = 02000000;
inline constexpr int kEpollCtlAdd = 1, kEpollCtlDel = 2, kEpollCtlMod = 3;
inline constexpr std::uint32_t kEpollIn = 0x001, kEpollPri = 0x002, kEpollOut = 0x004, kEpollErr = 0x008,
                               kEpollHup = 0x010, kEpollRdNorm = 0x040, kEpollWrNorm = 0x100, kEpollRdHup = 0x2000,
                               kEpollExclusive = 1u << 28, kEpollOneShot = 1u << 30, kEpollEt = 1u << 31;

// ---- Structures ----

using SockLen = std::uint32_t;

/// struct sockaddr_in; port and address in network order.
struct SockAddrIn {
  std::uint16_t family = kAfInet;
  std::array<std::uint8_t, 2> port{};
  std::array<std::uint8_t, 4> address{};
  std::array<std::uint8_t, 8> zero{};
};
SockAddrIn to_sockaddr(const Endpoint& endpoint);
Endpoint to_endpoint(const SockAddrIn& address);

struct IoVec {
  void* base = nullptr;
  std::size_t length = 0;
};

struct MsgHdr {
  void* name = nullptr;
  SockLen name_length = 0;
  IoVec* iov = nullptr;
  std::size_t iov_count = 0;
  void* control = nullptr;
  std::size_t control_length = 0;
  int flags = 0;
};

struct PollFd {
  int fd = -1;
  std::int16_t events = 0;
  std::int16_t revents = 0;
};

struct [[gnu::packed]] EpollEvent {
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};

struct Linger {
  int on_off = 0;
  int seconds = 0;
};

/// struct tcp_info of Linux, names and layout, up to tcpi_rehash. What the stack has no notion of is 0:
/// tcpi_fackets, tcpi_rcv_ssthresh, tcpi_rcv_rtt, tcpi_rcv_space, the *_time of busy and limited senders,
/// tcpi_rehash, the pacing and delivery rates, and the ECN counts.
struct TcpInfo {
  std::uint8_t tcpi_state = 0;     ///< Linux's numbers: ESTABLISHED 1, SYN_SENT 2, SYN_RECV 3, FIN_WAIT1 4, … LISTEN 10
  std::uint8_t tcpi_ca_state = 0;  ///< Open 0, Disorder 1, CWR 2, Recovery 3, Loss 4
  std::uint8_t tcpi_retransmits = 0;
  std::uint8_t tcpi_probes = 0;
  std::uint8_t tcpi_backoff = 0;
  std::uint8_t tcpi_options = 0;  ///< timestamps 1, SACK 2, window scale 4, ECN 8, ECN seen 16, SYN data 32
  std::uint8_t tcpi_snd_wscale : 4 = 0, tcpi_rcv_wscale : 4 = 0;
  std::uint8_t tcpi_delivery_rate_app_limited : 1 = 0, tcpi_fastopen_client_fail : 2 = 0;
  std::uint32_t tcpi_rto = 0;  ///< µs, as are all times but those of tcpi_last_*
  std::uint32_t tcpi_ato = 0;
  std::uint32_t tcpi_snd_mss = 0;
  std::uint32_t tcpi_rcv_mss = 0;
  std::uint32_t tcpi_unacked = 0;  ///< segments; of a listener: connections that wait to be accepted
  std::uint32_t tcpi_sacked = 0;   ///< segments; of a listener: its backlog
  std::uint32_t tcpi_lost = 0;
  std::uint32_t tcpi_retrans = 0;
  std::uint32_t tcpi_fackets = 0;
  std::uint32_t tcpi_last_data_sent = 0;  ///< ms ago
  std::uint32_t tcpi_last_ack_sent = 0;
  std::uint32_t tcpi_last_data_recv = 0;
  std::uint32_t tcpi_last_ack_recv = 0;
  std::uint32_t tcpi_pmtu = 0;
  std::uint32_t tcpi_rcv_ssthresh = 0;
  std::uint32_t tcpi_rtt = 0;
  std::uint32_t tcpi_rttvar = 0;
  std::uint32_t tcpi_snd_ssthresh = 0;  ///< segments; 0x7fffffff: not yet known
  std::uint32_t tcpi_snd_cwnd = 0;      ///< segments
  std::uint32_t tcpi_advmss = 0;
  std::uint32_t tcpi_reordering = 0;
  std::uint32_t tcpi_rcv_rtt = 0;
  std::uint32_t tcpi_rcv_space = 0;
  std::uint32_t tcpi_total_retrans = 0;
  std::uint64_t tcpi_pacing_rate = 0;
  std::uint64_t tcpi_max_pacing_rate = 0;
  std::uint64_t tcpi_bytes_acked = 0;
  std::uint64_t tcpi_bytes_received = 0;
  std::uint32_t tcpi_segs_out = 0;
  std::uint32_t tcpi_segs_in = 0;
  std::uint32_t tcpi_notsent_bytes = 0;
  std::uint32_t tcpi_min_rtt = 0;
  std::uint32_t tcpi_data_segs_in = 0;
  std::uint32_t tcpi_data_segs_out = 0;
  std::uint64_t tcpi_delivery_rate = 0;
  std::uint64_t tcpi_busy_time = 0;
  std::uint64_t tcpi_rwnd_limited = 0;
  std::uint64_t tcpi_sndbuf_limited = 0;
  std::uint32_t tcpi_delivered = 0;
  std::uint32_t tcpi_delivered_ce = 0;
  std::uint64_t tcpi_bytes_sent = 0;
  std::uint64_t tcpi_bytes_retrans = 0;
  std::uint32_t tcpi_dsack_dups = 0;
  std::uint32_t tcpi_reord_seen = 0;
  std::uint32_t tcpi_rcv_ooopack = 0;
  std::uint32_t tcpi_snd_wnd = 0;
  std::uint32_t tcpi_rcv_wnd = 0;
  std::uint32_t tcpi_rehash = 0;
};

}  // namespace tunic::posix
