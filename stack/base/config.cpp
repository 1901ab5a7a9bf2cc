// The profiles: which numbers and orders a stack starts from. ARCHITECTURE.md has them side by side.
#include <tunic/config.hpp>

namespace tunic {

Config Config::linux_profile() {
  Config config;
  config.tcp.close_wait_reset_is_broken_pipe = true;
  config.tcp.reset_at_sacked_edge = true;
  config.tcp.answers_with_own_offer = true;
  config.tcp.syn_again_after_bad_ack = std::chrono::milliseconds(8);
  config.tcp.syn_window_in_segments = true;
  config.tcp.receive_buffer = 128 * 1024;
  config.tcp.receive_buffer_max = 6 * 1024 * 1024;
  config.tcp.tune_receive_buffer = true;
  config.tcp.send_buffer_max = 4 * 1024 * 1024;
  config.tcp.set_buffer_fixes_scale = true;
  config.tcp.probe_wait_from_answer = true;
  config.tcp.delay_fin_ack = true;
  config.tcp.reset_if_shut = true;
  config.tcp.fast_open_off = Duration::zero();
  config.tcp.fast_open_experimental = true;
  return config;
}

Config Config::freebsd_profile() {
  Config config;
  config.tcp.syn_option_layout = SynOptionLayout::MssWscaleSackTs;
  config.tcp.receive_buffer = 65536;
  config.tcp.send_buffer = 32768;
  config.tcp.receive_buffer_max = 2 * 1024 * 1024;
  config.tcp.round_buffers = true;
  config.tcp.accept_all_room = true;
  config.tcp.announce_all_room = true;
  config.tcp.keep_count = 8;
  config.tcp.reset_on_give_up = true;
  config.tcp.icmp_errors = IcmpErrors::Bsd;
  config.tcp.ack_repeats_fin = true;
  config.tcp.timestamps_in_reset = false;
  config.tcp.window_in_reset = false;
  config.tcp.accept_old_acks = true;
  config.tcp.syn_fin_opens = true;
  config.tcp.listener_ignores_syn_ack = true;
  config.tcp.handshake_ack_first = true;
  config.tcp.reopen_by_timestamp = false;
  config.tcp.new_syn_always_ends_time_wait = true;
  config.tcp.time_wait_challenges_syn = false;
  config.tcp.quick_acks = 0;
  config.tcp.acks_ride_on_answers = false;
  config.tcp.delayed_ack = std::chrono::milliseconds(40);
  config.tcp.rto_min = std::chrono::milliseconds(200);
  config.tcp.rto_variance_min = Duration::zero();
  config.tcp.congestion_control = CongestionAlgorithm::Reno;
  config.tcp.slow_start_limit = 2;
  config.tcp.reduce_from_window = false;
  config.tcp.rack = false;
  config.tcp.tail_loss_probe = false;
  config.tcp.proportional_rate_reduction = false;
  config.tcp.forward_rto = false;
  config.tcp.impatient_newreno = true;
  config.tcp.suspect_reneging = false;
  config.tcp.time_wait = std::chrono::seconds(60);
  config.sockets.buffer_factor = 1;
  config.sockets.accept_inherits_nonblocking = true;
  config.sockets.fast_open_by_address = true;
  config.sockets.connected_refuses_address = true;
  return config;
}

}  // namespace tunic
