// One row per name. A row without an effect names what this stack does not have, or has in no other way.
#include "script/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

namespace tunic::script {

namespace {

using Numbers = std::vector<std::int64_t>;
using Effect = void (*)(Config&, const Numbers&);

struct Setting {
  std::string_view name;
  std::size_t numbers;                                       // so many must be given; 0: anything goes, texts too
  Effect effect;                                             // nullptr: understood, without an effect on this stack
  bool (*text_effect)(Config&, std::string_view) = nullptr;  // of those that take texts; false: not such a text
};

constexpr std::int64_t kMostSeconds = 1'000'000'000;

Duration milliseconds(std::int64_t count) {
  return std::chrono::milliseconds(std::clamp<std::int64_t>(count, 0, kMostSeconds));
}
Duration seconds(std::int64_t count) {
  return std::chrono::seconds(std::clamp<std::int64_t>(count, 0, kMostSeconds));
}
std::uint8_t small(std::int64_t value) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 0, 255));
}
std::uint32_t octets(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// An algorithm that is not here changes nothing: what a script says of the window will tell.
bool set_congestion_control(Config& config, std::string_view name) {
  if (name == "newreno") name = "reno";
  if (const auto algorithm = congestion_algorithm_named(name)) config.tcp.congestion_control = *algorithm;
  return true;
}

/// Both systems count so: 0 off, 1 asks for it in its own SYNs, 2 only answers.
void set_ecn(Config& config, const Numbers& v) {
  config.tcp.ecn = v[0] == 0 ? Ecn::Off : v[0] == 1 ? Ecn::Request : Ecn::Accept;
}

/// 0 off, 1 when the SYN queue is full, 2 always.
void set_syn_cookies(Config& config, const Numbers& v) {
  config.tcp.syn_cookies = v[0] == 0   ? SynCookiePolicy::Off
                           : v[0] == 1 ? SynCookiePolicy::WhenFull
                                       : SynCookiePolicy::Always;
}

/// Linux's bits: 1 clients, 2 servers, 0x200 servers take data without a cookie, 0x400 all listeners are servers.
void set_fast_open(Config& config, const Numbers& v) {
  config.tcp.fast_open_client = (v[0] & 1) != 0;
  config.tcp.fast_open_server = (v[0] & 2) != 0;
  config.tcp.fast_open_client_without_cookie = (v[0] & 4) != 0;
  config.tcp.fast_open_without_cookie = (v[0] & 0x200) != 0;
  config.tcp.fast_open_all_listeners = (v[0] & 0x400) != 0;
}

/// Four hexadecimal words between dashes, each with its lowest octet first.
std::optional<FastOpenKeys::Key> fast_open_key_in(std::string_view text) {
  FastOpenKeys::Key key;
  for (std::size_t word = 0; word < 4; ++word) {
    std::uint32_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (result.ec != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
    if (word < 3 && !text.starts_with('-')) return std::nullopt;
    if (word < 3) text.remove_prefix(1);
    for (std::size_t i = 0; i < 4; ++i) key[4 * word + i] = static_cast<std::byte>(value >> (8 * i));
  }
  return text.empty() ? std::optional(key) : std::nullopt;
}

/// One key, or the primary one and the backup with a comma between.
bool set_fast_open_keys(Config& config, std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto primary = fast_open_key_in(text.substr(0, comma));
  FastOpenKeys keys;
  if (comma != std::string_view::npos) keys.backup = fast_open_key_in(text.substr(comma + 1));
  if (!primary || (comma != std::string_view::npos && !keys.backup)) return false;
  keys.primary = *primary;
  config.tcp.fast_open_keys = keys;
  return true;
}

/// FreeBSD: 0 neither, 1 both, 2 window scaling alone, 3 timestamps alone.
void set_rfc1323(Config& config, const Numbers& v) {
  config.tcp.window_scaling = v[0] != 0 && v[0] != 3;
  config.tcp.timestamps = v[0] != 0 && v[0] != 2;
}

// clang-format off
constexpr Setting kSettings[] = {
    // FreeBSD: TCP
    {"net.inet.tcp.rfc1323", 1, set_rfc1323},
    {"net.inet.tcp.sack.enable", 1, [](Config& c, const Numbers& v) { c.tcp.sack = v[0] != 0; }},
    {"net.inet.tcp.recvspace", 1, [](Config& c, const Numbers& v) { c.tcp.receive_buffer = octets(v[0]); }},
    {"net.inet.tcp.sendspace", 1, [](Config& c, const Numbers& v) { c.tcp.send_buffer = octets(v[0]); }},
    {"net.inet.tcp.delacktime", 1, [](Config& c, const Numbers& v) { c.tcp.delayed_ack = milliseconds(v[0]); }},
    {"net.inet.tcp.rexmit_initial", 1, [](Config& c, const Numbers& v) { c.tcp.rto_initial = milliseconds(v[0]); }},
    {"net.inet.tcp.rexmit_min", 1, [](Config& c, const Numbers& v) { c.tcp.rto_min = milliseconds(v[0]); }},
    {"net.inet.tcp.mssdflt", 1, [](Config& c, const Numbers& v) { c.tcp.default_mss = static_cast<std::uint16_t>(v[0]); }},
    {"net.inet.tcp.minmss", 1, [](Config& c, const Numbers& v) { c.tcp.min_mss = static_cast<std::uint16_t>(v[0]); }},
    {"net.inet.tcp.initcwnd_segments", 1, [](Config& c, const Numbers& v) { c.tcp.initial_window = small(v[0]); }},
    {"net.inet.tcp.msl", 1, [](Config& c, const Numbers& v) { c.tcp.time_wait = 2 * milliseconds(v[0]); }},
    {"net.inet.tcp.finwait2_timeout", 1, [](Config& c, const Numbers& v) { c.tcp.fin_wait_2 = milliseconds(v[0]); }},
    {"net.inet.tcp.ecn.enable", 1, set_ecn},
    {"net.inet.tcp.ecn.maxretries", 1, [](Config& c, const Numbers& v) { c.tcp.ecn_syn_retransmits = small(v[0]); }},
    {"kern.ipc.maxsockbuf", 1, [](Config& c, const Numbers& v) { c.sockets.max_buffer = c.tcp.receive_buffer_max = octets(v[0]); }},
    {"net.inet.tcp.rexmit_slop", 1, nullptr},
    {"net.inet.tcp.rexmit_drop_options", 1, [](Config& c, const Numbers& v) { c.tcp.syns_with_options = v[0] != 0 ? 2 : 255; }},
    {"net.inet.tcp.keepinit", 1, [](Config& c, const Numbers& v) { c.tcp.open_limit = milliseconds(v[0]); }},
    {"net.inet.tcp.keepidle", 1, [](Config& c, const Numbers& v) { c.tcp.keep_idle = milliseconds(v[0]); }},
    {"net.inet.tcp.keepintvl", 1, [](Config& c, const Numbers& v) { c.tcp.keep_interval = milliseconds(v[0]); }},
    {"net.inet.tcp.keepcnt", 1, [](Config& c, const Numbers& v) { c.tcp.keep_count = small(v[0]); }},
    {"net.inet.tcp.always_keepalive", 1, nullptr},
    {"net.inet.tcp.insecure_rst", 1, [](Config& c, const Numbers& v) { c.tcp.insecure_rst = v[0] != 0; }},
    {"net.inet.tcp.insecure_syn", 1, [](Config& c, const Numbers& v) { c.tcp.insecure_syn = v[0] != 0; }},
    {"net.inet.tcp.insecure_ack", 1, [](Config& c, const Numbers& v) { c.tcp.insecure_ack = v[0] != 0; }},
    {"net.inet.tcp.drop_synfin", 1, [](Config& c, const Numbers& v) { c.tcp.drop_syn_fin = v[0] != 0; }},
    {"net.inet.tcp.icmp_may_rst", 1, [](Config& c, const Numbers& v) { c.tcp.icmp_ends_open = v[0] != 0; }},
    {"net.inet.tcp.blackhole", 1, [](Config& c, const Numbers& v) { c.tcp.blackhole = static_cast<Blackhole>(std::clamp<std::int64_t>(v[0], 0, 3)); }},
    {"net.inet.tcp.syncookies", 1, [](Config& c, const Numbers& v) { c.tcp.syn_cookies = v[0] == 0 ? SynCookiePolicy::Off : SynCookiePolicy::WhenFull; }},
    {"net.inet.tcp.syncookies_only", 1, [](Config& c, const Numbers& v) { if (v[0] != 0) c.tcp.syn_cookies = SynCookiePolicy::Always; }},
    {"net.inet.tcp.hostcache.purgenow", 1, nullptr},
    {"net.inet.tcp.fastopen.client_enable", 1, [](Config& c, const Numbers& v) { c.tcp.fast_open_client = v[0] != 0; }},
    {"net.inet.tcp.fastopen.server_enable", 1, [](Config& c, const Numbers& v) { c.tcp.fast_open_server = v[0] != 0; }},
    {"net.inet.tcp.udp_tunneling_port", 1, nullptr},
    {"net.inet.tcp.udp_tunneling_overhead", 1, nullptr},
    {"net.inet.tcp.cc.algorithm", 0, nullptr, set_congestion_control},
    {"net.inet.tcp.functions_default", 0, nullptr},
    {"net.inet.tcp.path_mtu_discovery", 1, nullptr},
    {"net.inet.tcp.tolerate_missing_ts", 1, [](Config& c, const Numbers& v) { c.tcp.tolerate_missing_timestamps = v[0] != 0; }},
    {"net.inet.tcp.nolocaltimewait", 1, [](Config& c, const Numbers& v) { c.tcp.time_wait_to_self = v[0] == 0; }},
    {"net.inet.tcp.rfc3042", 1, nullptr},
    {"net.inet.tcp.rfc3390", 1, nullptr},
    {"net.inet.tcp.do_prr", 1, [](Config& c, const Numbers& v) { c.tcp.proportional_rate_reduction = v[0] != 0; }},
    {"net.inet.tcp.sendbuf_auto", 1, nullptr},
    {"net.inet.tcp.recvbuf_auto", 1, nullptr},
    {"net.inet.tcp.retries", 1, [](Config& c, const Numbers& v) { c.tcp.retransmits_r2 = small(v[0]); }},
    {"net.inet.tcp.syncache.rexmtlimit", 1, [](Config& c, const Numbers& v) { c.tcp.syn_ack_retransmits = small(v[0]); }},
    {"net.inet.tcp.persmax", 1, [](Config& c, const Numbers& v) { c.tcp.persist_max = milliseconds(v[0]); }},
    {"net.inet.tcp.maxtcptw", 1, [](Config& c, const Numbers& v) { c.tcp.max_time_wait = octets(v[0]); }},
    {"net.inet.tcp.delayed_ack", 1, [](Config& c, const Numbers& v) { if (v[0] == 0) c.tcp.delayed_ack = Duration::zero(); }},
    {"net.inet.tcp.fastopen.path_disable_time", 1, [](Config& c, const Numbers& v) { c.tcp.fast_open_off = seconds(v[0]); }},
    {"kern.ipc.somaxconn", 1, [](Config& c, const Numbers& v) { c.tcp.max_backlog = octets(v[0]); }},
    {"kern.ipc.soacceptqueue", 1, [](Config& c, const Numbers& v) { c.tcp.max_backlog = octets(v[0]); }},
    {"net.inet.ip.ttl", 1, [](Config& c, const Numbers& v) { c.ttl = small(v[0]); }},
    {"net.inet.tcp.abc_l_var", 1, nullptr},
    {"net.inet.tcp.ack_war_cnt", 1, nullptr},
    {"net.inet.tcp.ack_war_timewindow", 1, nullptr},
    {"net.inet.tcp.do_lrd", 1, nullptr},
    {"net.inet.tcp.newcwv", 1, nullptr},
    {"net.inet.tcp.fast_finwait2_recycle", 1, nullptr},
    {"net.inet.tcp.hostcache.enable", 1, nullptr},
    {"net.inet.tcp.hostcache.purge", 1, nullptr},
    {"net.inet.tcp.hostcache.prune", 1, nullptr},
    {"net.inet.tcp.hostcache.expire", 1, nullptr},
    {"net.inet.tcp.isn_reseed_interval", 1, nullptr},
    {"net.inet.tcp.log_debug", 1, nullptr},
    {"net.inet.tcp.log_in_vain", 1, nullptr},
    {"net.inet.tcp.maxunacktime", 1, nullptr},
    {"net.inet.tcp.persmin", 1, nullptr},
    {"net.inet.tcp.pmtud_blackhole_detection", 1, nullptr},
    {"net.inet.tcp.pmtud_blackhole_mss", 1, nullptr},
    {"net.inet.tcp.reass.maxqueuelen", 1, nullptr},
    {"net.inet.tcp.reass.new_limit", 1, nullptr},
    {"net.inet.tcp.recvbuf_max", 1, nullptr},
    {"net.inet.tcp.sendbuf_max", 1, nullptr},
    {"net.inet.tcp.sendbuf_inc", 1, nullptr},
    {"net.inet.tcp.rfc3465", 1, nullptr},
    {"net.inet.tcp.rfc6675_pipe", 1, nullptr},
    {"net.inet.tcp.sack.maxholes", 1, nullptr},
    {"net.inet.tcp.sack.revised", 1, nullptr},
    {"net.inet.tcp.sack.lrd", 1, nullptr},
    {"net.inet.tcp.sack.tso", 1, nullptr},
    {"net.inet.tcp.syncache.see_other", 1, nullptr},
    {"net.inet.tcp.syncache.rst_on_sock_fail", 1, nullptr},
    {"net.inet.tcp.ts_offset_per_conn", 1, nullptr},
    {"net.inet.tcp.tso", 1, nullptr},
    {"net.inet.tcp.per_cpu_timers", 1, nullptr},
    {"net.inet.tcp.require_unique_port", 1, nullptr},
    {"net.inet.tcp.fastopen.acceptany", 1, nullptr},
    {"net.inet.tcp.fastopen.autokey", 1, nullptr},
    {"net.inet.tcp.fastopen.psk_enable", 1, nullptr},
    {"net.inet.tcp.experimental.initcwnd10", 1, nullptr},
    {"net.inet.tcp.cc.newreno.beta", 1, nullptr},
    {"net.inet.tcp.cc.abe", 1, nullptr},
    {"net.inet.tcp.blackhole_local", 1, nullptr},
    {"net.inet.icmp.icmplim", 1, nullptr},
    {"net.inet.ip.random_id", 1, nullptr},

    // This stack's own
    {"tunic.tcp.probe_without_data", 1, [](Config& c, const Numbers& v) { c.tcp.probe_without_data = v[0] != 0; }},

    // Linux: TCP
    {"net.ipv4.tcp_window_scaling", 1, [](Config& c, const Numbers& v) { c.tcp.window_scaling = v[0] != 0; }},
    {"net.ipv4.tcp_timestamps", 1, [](Config& c, const Numbers& v) { c.tcp.timestamps = v[0] != 0; }},
    {"net.ipv4.tcp_sack", 1, [](Config& c, const Numbers& v) { c.tcp.sack = v[0] != 0; }},
    {"net.ipv4.tcp_ecn", 1, set_ecn},
    {"net.ipv4.tcp_rmem", 3, [](Config& c, const Numbers& v) { c.tcp.receive_buffer = octets(v[1]), c.tcp.receive_buffer_max = octets(v[2]); }},
    {"net.ipv4.tcp_moderate_rcvbuf", 1, [](Config& c, const Numbers& v) { c.tcp.tune_receive_buffer = v[0] != 0; }},
    {"net.ipv4.tcp_wmem", 3, [](Config& c, const Numbers& v) { c.tcp.send_buffer = octets(v[1]), c.tcp.send_buffer_max = octets(v[2]); }},
    {"net.ipv4.tcp_syn_retries", 1, [](Config& c, const Numbers& v) { c.tcp.syn_retransmits = small(v[0]); }},
    {"net.ipv4.tcp_synack_retries", 1, [](Config& c, const Numbers& v) { c.tcp.syn_ack_retransmits = small(v[0]); }},
    {"net.ipv4.tcp_retries1", 1, [](Config& c, const Numbers& v) { c.tcp.retransmits_r1 = small(v[0]); }},
    {"net.ipv4.tcp_retries2", 1, [](Config& c, const Numbers& v) { c.tcp.retransmits_r2 = small(v[0]); }},
    {"net.ipv4.tcp_orphan_retries", 1, [](Config& c, const Numbers& v) { c.tcp.orphan_retransmits = small(v[0]); }},
    {"net.ipv4.tcp_reordering", 1, [](Config& c, const Numbers& v) { c.tcp.duplicate_threshold = small(v[0]); }},
    {"net.ipv4.tcp_fin_timeout", 1, [](Config& c, const Numbers& v) { c.tcp.fin_wait_2 = seconds(v[0]); }},
    {"net.ipv4.tcp_max_syn_backlog", 1, [](Config& c, const Numbers& v) { c.tcp.syn_queue = octets(v[0]); }},
    {"net.ipv4.tcp_max_tw_buckets", 1, [](Config& c, const Numbers& v) { c.tcp.max_time_wait = octets(v[0]); }},
    {"net.core.somaxconn", 1, [](Config& c, const Numbers& v) { c.tcp.max_backlog = octets(v[0]); }},
    {"net.ipv4.ip_default_ttl", 1, [](Config& c, const Numbers& v) { c.ttl = small(v[0]); }},
    {"net.core.rmem_max", 1, [](Config& c, const Numbers& v) { c.sockets.max_buffer = octets(v[0]); }},
    {"net.core.wmem_max", 1, nullptr},
    {"net.ipv4.tcp_ecn_fallback", 1, nullptr},
    {"net.ipv4.tcp_ecn_option", 1, nullptr},
    {"net.ipv4.tcp_ecn_option_beacon", 1, nullptr},
    {"net.ipv4.tcp_keepalive_time", 1, [](Config& c, const Numbers& v) { c.tcp.keep_idle = seconds(v[0]); }},
    {"net.ipv4.tcp_keepalive_intvl", 1, [](Config& c, const Numbers& v) { c.tcp.keep_interval = seconds(v[0]); }},
    {"net.ipv4.tcp_keepalive_probes", 1, [](Config& c, const Numbers& v) { c.tcp.keep_count = small(v[0]); }},
    {"net.ipv4.tcp_congestion_control", 0, nullptr, set_congestion_control},
    {"net.ipv4.tcp_fastopen", 1, set_fast_open},
    {"net.ipv4.tcp_fastopen_key", 0, nullptr, set_fast_open_keys},
    {"net.ipv4.tcp_fastopen_blackhole_timeout_sec", 1, nullptr},
    {"net.ipv4.tcp_syncookies", 1, set_syn_cookies},
    {"net.ipv4.tcp_syn_linear_timeouts", 1, [](Config& c, const Numbers& v) { c.tcp.syn_linear_timeouts = small(v[0]); }},
    {"net.ipv4.tcp_dsack", 1, nullptr},
    {"net.ipv4.tcp_fack", 1, nullptr},
    {"net.ipv4.tcp_frto", 1, [](Config& c, const Numbers& v) { c.tcp.forward_rto = v[0] != 0; }},
    {"net.ipv4.tcp_early_retrans", 1, [](Config& c, const Numbers& v) { c.tcp.tail_loss_probe = v[0] >= 3; }},
    {"net.ipv4.tcp_recovery", 1, [](Config& c, const Numbers& v) { c.tcp.rack = (v[0] & 1) != 0; }},
    {"net.ipv4.tcp_max_reordering", 1, nullptr},
    {"net.ipv4.tcp_slow_start_after_idle", 1, [](Config& c, const Numbers& v) { c.tcp.restart_after_idle = v[0] != 0; }},
    {"net.ipv4.tcp_rfc1337", 1, [](Config& c, const Numbers& v) { c.tcp.reset_ends_time_wait = v[0] == 0; }},
    {"net.ipv4.tcp_tw_reuse", 1, [](Config& c, const Numbers& v) { c.tcp.connect_reuses_time_wait = v[0] != 0; }},
    {"net.ipv4.tcp_tso_win_divisor", 1, nullptr},
    {"net.ipv4.tcp_min_tso_segs", 1, nullptr},
    {"net.ipv4.tcp_notsent_lowat", 1, nullptr},
    {"net.ipv4.tcp_adv_win_scale", 1, nullptr},
    {"net.ipv4.tcp_no_metrics_save", 1, nullptr},
    {"net.ipv4.tcp_mtu_probing", 1, nullptr},
    {"net.ipv4.tcp_base_mss", 1, nullptr},
    {"net.ipv4.tcp_min_snd_mss", 1, nullptr},
    {"net.ipv4.tcp_invalid_ratelimit", 1, nullptr},
    {"net.ipv4.tcp_challenge_ack_limit", 1, nullptr},
    {"net.ipv4.tcp_pacing_ss_ratio", 1, nullptr},
    {"net.ipv4.tcp_pacing_ca_ratio", 1, nullptr},
    {"net.ipv4.tcp_thin_linear_timeouts", 1, nullptr},
    {"net.ipv4.tcp_retrans_collapse", 1, nullptr},
    {"net.ipv4.tcp_abort_on_overflow", 1, nullptr},
    {"net.ipv4.tcp_shrink_window", 1, nullptr},
    {"net.ipv4.tcp_comp_sack_nr", 1, nullptr},
    {"net.ipv4.tcp_comp_sack_delay_ns", 1, nullptr},
    {"net.ipv4.tcp_comp_sack_slack_ns", 1, nullptr},
    {"net.ipv4.ip_local_port_range", 0, nullptr},
    {"net.core.optmem_max", 1, nullptr},
    {"net.core.default_qdisc", 0, nullptr},
};

constexpr std::string_view kLinuxSuiteDefaults[][2] = {
    {"net.ipv4.tcp_rmem", "4096 540000 15728640"},
    {"net.ipv4.tcp_wmem", "4096 262144 4194304"},
    {"net.ipv4.tcp_timestamps", "1"},
    {"net.ipv4.tcp_syn_retries", "5"},
    {"net.ipv4.tcp_synack_retries", "5"},
    {"net.ipv4.tcp_syn_linear_timeouts", "4"},
    {"net.ipv4.tcp_frto", "2"},
    {"net.ipv4.tcp_sack", "1"},
    {"net.ipv4.tcp_dsack", "1"},
    {"net.ipv4.tcp_reordering", "3"},
    {"net.ipv4.tcp_congestion_control", "cubic"},
    {"net.ipv4.tcp_slow_start_after_idle", "0"},
    {"net.ipv4.tcp_early_retrans", "3"},
    {"net.ipv4.tcp_recovery", "1"},
    {"net.ipv4.tcp_ecn", "0"},
    {"net.ipv4.tcp_fastopen", "0x70403"},
    {"net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"},
    {"net.ipv4.tcp_syncookies", "1"},
    {"tunic.tcp.probe_without_data", "1"},
};
// clang-format on

/// What only scripts for one system contain: its settings and programs, and FreeBSD's way to write IP fields.
constexpr std::string_view kLinuxMarks[] = {"net.ipv4.", "/proc/sys/", "defaults.sh"};
constexpr std::string_view kFreebsdMarks[] = {"net.inet.", "kern.ipc.", "sockstat", "tcpdrop", "(tos ", "(ttl "};

std::optional<std::int64_t> number_in(std::string_view word) {
  const bool hexadecimal = word.starts_with("0x");
  if (hexadecimal) word.remove_prefix(2);
  std::int64_t value = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value, hexadecimal ? 16 : 10);
  if (word.empty() || result.ec != std::errc{} || result.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<Numbers> numbers_in(std::string_view text) {
  Numbers numbers;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \t,");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
    const auto number = number_in(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    text.remove_prefix(end);
  }
  return numbers;
}

bool contains_any(const Script& script, std::span<const std::string_view> marks) {
  const auto has_mark = [&](const Event& event) {
    return std::ranges::any_of(marks, [&](std::string_view mark) { return event.text.contains(mark); });
  };
  return std::ranges::any_of(script.events, has_mark) || (script.init && has_mark(*script.init));
}

}  // namespace

std::optional<Profile> profile_named(std::string_view name) {
  if (name == "linux") return Profile::Linux;
  if (name == "freebsd") return Profile::Freebsd;
  return std::nullopt;
}

std::string_view to_string(Profile profile) {
  return profile == Profile::Linux ? "linux" : "freebsd";
}

Profile guess_profile(const Script& script) {
  if (contains_any(script, kLinuxMarks)) return Profile::Linux;
  return contains_any(script, kFreebsdMarks) ? Profile::Freebsd : Profile::Linux;
}

Config base_config(Profile profile) {
  Config config = profile == Profile::Linux ? Config::linux_profile() : Config::freebsd_profile();
  config.seed = Seed::numbered(1);
  return config;
}

std::expected<void, std::string> apply_setting(Config& config, std::string_view name, std::string_view value) {
  const auto setting = std::ranges::find(kSettings, name, &Setting::name);
  if (setting == std::ranges::end(kSettings)) return std::unexpected(fmt::format("there is no setting '{}'", name));
  if (setting->text_effect != nullptr && !setting->text_effect(config, value)) {
    return std::unexpected(fmt::format("the setting '{}' can't be '{}'", name, value));
  }
  if (setting->numbers == 0) return {};
  const auto numbers = numbers_in(value);
  if (!numbers || numbers->size() != setting->numbers) {
    return std::unexpected(fmt::format("the setting '{}' takes {} number{}, not '{}'", name, setting->numbers,
                                       setting->numbers == 1 ? "" : "s", value));
  }
  if (setting->effect != nullptr) setting->effect(config, *numbers);
  return {};
}

std::expected<void, std::string> apply_linux_suite_defaults(Config& config) {
  for (const auto& [name, value] : kLinuxSuiteDefaults) {
    if (auto applied = apply_setting(config, name, value); !applied) return applied;
  }
  return {};
}

}  // namespace tunic::script
