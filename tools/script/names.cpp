// Errors, and the fields of tcp_info.
#include "script/names.hpp"

#include <algorithm>

namespace tunic::script {

namespace {

struct ErrnoName {
  std::string_view name;
  std::int64_t value;
};
constexpr ErrnoName kErrnos[] = {
#define TUNIC_ERRNO_ROW(id, value, text) {text, value},
    TUNIC_ERRNO_LIST(TUNIC_ERRNO_ROW)
#undef TUNIC_ERRNO_ROW
        {"EWOULDBLOCK", 11},
    // Those that this socket table never gives, so that a script may expect them in vain.
    {"EPERM", 1},
    {"EIO", 5},
    {"ENXIO", 6},
    {"E2BIG", 7},
    {"EBUSY", 16},
    {"ENODEV", 19},
    {"ENOTDIR", 20},
    {"EISDIR", 21},
    {"ENFILE", 23},
    {"EFBIG", 27},
    {"ENOSPC", 28},
    {"ESPIPE", 29},
    {"EROFS", 30},
    {"ERANGE", 34},
    {"ENAMETOOLONG", 36},
    {"ENOSYS", 38},
    {"ENOMSG", 42},
    {"ENODATA", 61},
    {"EPROTO", 71},
    {"EOVERFLOW", 75},
    {"EPROTOTYPE", 91},
    {"ENOTSUP", 95},
    {"EPFNOSUPPORT", 96},
    {"ENETDOWN", 100},
    {"ENETRESET", 102},
    {"ESHUTDOWN", 108},
    {"EHOSTDOWN", 112},
    {"ECANCELED", 125},
};

}  // namespace

std::optional<std::int64_t> errno_named(std::string_view name) {
  const auto found = std::ranges::find(kErrnos, name, &ErrnoName::name);
  if (found == std::ranges::end(kErrnos)) return std::nullopt;
  return found->value;
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
