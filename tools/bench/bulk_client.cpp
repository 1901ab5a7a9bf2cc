// Bulk and round trips. See client.hpp.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <stdexcept>
#include <vector>

#include "client.hpp"
#include "client_sockets.hpp"
#include "machine.hpp"
#include "protocol.hpp"

namespace tunic::bench {
namespace {

constexpr std::size_t kBuffer = std::size_t{256} * 1024;
constexpr double kGiga = 1e9;

/// Streams in one direction, in one thread.
class Streams {
 public:
  enum class Direction : std::uint8_t { In, Out };

  Streams(Direction direction, std::size_t count)
      : direction_(direction), buffer_(kBuffer), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    ClientSockets sockets;
    for (std::size_t i = 0; i < count; ++i) {
      streams_.push_back(sockets.must_connect(direction == Direction::In ? kSourcePort : kDiscardPort));
      reset_at_close(streams_.back());
      if (count == 1) break;  // alone it may wait in its own call
      fcntl(streams_.back().get(), F_SETFL, O_NONBLOCK);
      epoll_event event{.events = direction == Direction::In ? EPOLLIN : EPOLLOUT, .data = {.u64 = i}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, streams_.back().get(), &event);
    }
  }

  void turn() {
    if (streams_.size() == 1) return move(streams_.front());
    std::array<epoll_event, 64> events;
    constexpr int kPatience = 5000;  // milliseconds
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kPatience);
    if (count <= 0) throw std::runtime_error("the streams stand still");
    for (int i = 0; i < count; ++i) move(streams_[events[static_cast<std::size_t>(i)].data.u64]);
  }

  /// Octets that have reached the other side.
  double moved() const {
    if (direction_ == Direction::In) return received_;
    double sum = 0;
    for (const auto& stream : streams_) sum += acknowledged_octets(stream);
    return sum;
  }

 private:
  void move(const tun::FileDescriptor& stream) {
    const ssize_t count = direction_ == Direction::In
                              ? recv(stream.get(), buffer_.data(), buffer_.size(), 0)
                              : send(stream.get(), buffer_.data(), buffer_.size(), MSG_NOSIGNAL);
    const bool not_now = count < 0 && errno == EAGAIN && streams_.size() > 1;
    if (count <= 0 && !not_now) throw std::runtime_error("a stream has broken or stands still");
    if (count > 0) received_ += static_cast<double>(count);
  }

  Direction direction_;
  std::vector<char> buffer_;
  std::vector<tun::FileDescriptor> streams_;
  tun::FileDescriptor epoll_;
  double received_ = 0;
};

Observed measure_bulk(Streams::Direction direction, const Load& load, std::size_t count, pid_t server) {
  Streams streams(direction, count);
  const double began = seconds_now();
  while (seconds_now() - began < load.warm_up) streams.turn();
  const Observation observation(server);
  const double before = streams.moved();
  while (observation.elapsed() < load.seconds) streams.turn();
  const auto result = observation.stop();
  const double octets = streams.moved() - before;
  if (octets <= 0) throw std::runtime_error("nothing has arrived");
  return {{{"gbit_per_s", octets * 8 / result.seconds / kGiga}, {"cpu_s_per_gb", result.server_cpu * kGiga / octets}},
          result.disturbance};
}

/// The value that a part of all samples does not exceed.
double percentile(const std::vector<double>& sorted, double part) {
  const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace

Observed measure_sending_server(const Load& load, std::size_t streams, pid_t server) {
  return measure_bulk(Streams::Direction::In, load, streams, server);
}

Observed measure_receiving_server(const Load& load, std::size_t streams, pid_t server) {
  return measure_bulk(Streams::Direction::Out, load, streams, server);
}

Observed measure_round_trips(const Load& load, pid_t server) {
  constexpr int kUnmeasured = 200;
  ClientSockets sockets;
  const auto fd = sockets.must_connect(kEchoPort);
  reset_at_close(fd);
  const auto there_and_back = [&fd] {
    char octet = 'x';
    if (!send_all(fd, {&octet, 1}) || recv(fd.get(), &octet, 1, 0) != 1) throw std::runtime_error("no echo has come");
  };
  for (int i = 0; i < kUnmeasured; ++i) there_and_back();
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(load.seconds * 200'000));
  const Observation observation(server);
  for (double now = seconds_now(); observation.elapsed() < load.seconds;) {
    there_and_back();
    const double then = std::exchange(now, seconds_now());
    times.push_back((now - then) * 1e6);
  }
  const auto result = observation.stop();
  std::ranges::sort(times);
  return {{{"p50_us", percentile(times, 0.5)}, {"p99_us", percentile(times, 0.99)}}, result.disturbance};
}

}  // namespace tunic::bench
