// Buffers that follow what their flow can use, within the memory that all share. Those that an application has set stay.
#include "tcp/buffer_tuning.hpp"

#include "tcp/connection.hpp"

namespace tunic::tcp {

/// `capacity`, or more of it, if that is wanted and there is memory for it.
std::uint32_t Connection::grow(std::uint32_t capacity, std::uint64_t wanted, std::uint32_t most) {
  const std::uint64_t goal = std::min<std::uint64_t>(wanted, most);
  if (goal <= capacity) return capacity;
  const auto more = static_cast<std::uint32_t>(std::min<std::uint64_t>(goal - capacity, context_.growth_left()));
  context_.buffer_growth += more;
  grown_ += more;
  return capacity + more;
}

void Connection::tune_receive_buffer(Instant now) {
  const TcpConfig& config = context_.tcp();
  if (!config.tune_receive_buffer || options().receive_buffer != config.receive_buffer) return;
  const std::uint32_t wanted =
      receive_tuning_.on_read(read_position(), tcb_.rcv.mss, rtt_.srtt(), context_.super_segments_arrive, now);
  // Room that no window field can tell would be of no use.
  const std::uint32_t most = scaled(RawWindow{65535}, tcb_.rcv.shift).octets;
  receive_capacity_ = grow(receive_capacity_, wanted, std::min(config.receive_buffer_max, most));
}

/// Twice the congestion window: what is in flight, and as much again to be sent when it is acknowledged. Of use only where the
/// buffer is what keeps more from being in flight.
void Connection::tune_send_buffer() {
  const TcpConfig& config = context_.tcp();
  if (!write_blocked_ || !congestion_control_ || options().send_buffer != config.send_buffer) return;
  if (congestion_room() == 0 || usable_window() == 0) return;
  send_capacity_ = grow(send_capacity_, std::uint64_t{2} * congestion_window(), config.send_buffer_max);
}

}  // namespace tunic::tcp
