// Many short connections, alone and in a crowd. See client.hpp.
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

constexpr std::size_t kParallel = 64;
constexpr double kGivenUp = 5;  // seconds after which a connection that has no answer yet counts as failed

struct Tally {
  double answered = 0;
  double failed = 0;
  double slowest = 0;  // seconds, of one that has ended or not

  void add(bool has_answer, double seconds) {
    (has_answer ? answered : failed) += 1;
    slowest = std::max(slowest, seconds);
  }
};
/// Asked again and again: has there been enough?
using Enough = std::function<bool(const Tally&)>;

/// One connection that waits in each call.
bool ask_once(ClientSockets& sockets) {
  const auto fd = sockets.connect(kHttpPort, ClientSockets::Mode::Waiting);
  if (!fd || !send_all(fd, kRequest)) return false;
  std::array<char, 4096> answer;
  std::size_t size = 0;
  ssize_t count = 0;
  while ((count = recv(fd.get(), answer.data(), answer.size(), 0)) > 0) size += static_cast<std::size_t>(count);
  return count == 0 && size >= kAnswer.size();
}

/// A number of connections at any time, each in its own state.
class ParallelRequests {
 public:
  explicit ParallelRequests(std::size_t parallel) : epoll_(epoll_create1(EPOLL_CLOEXEC)), requests_(parallel) {}

  Tally run(const Enough& enough) {
    for (std::size_t i = 0; i < requests_.size(); ++i) start(i);
    std::array<epoll_event, 256> events;
    while (!enough(tally_)) {
      constexpr int kLookUp = 100;  // milliseconds
      const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kLookUp);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        go_on(event.data.u64, event.events);
      }
    }
    for (const Request& request : requests_) {
      const double age = seconds_now() - request.began;
      if (age > kGivenUp) tally_.failed += 1;
      tally_.slowest = std::max(tally_.slowest, age);
      reset_at_close(request.fd);
    }
    return tally_;
  }

 private:
  struct Request {
    tun::FileDescriptor fd;
    bool asked = false;
    std::size_t size = 0;
    double began = 0;
  };

  void start(std::size_t index) {
    Request& request = requests_[index];
    request = {.fd = sockets_.connect(kHttpPort, ClientSockets::Mode::NotWaiting), .began = seconds_now()};
    if (!request.fd) throw std::system_error(errno, std::generic_category(), "cannot make a connection");
    epoll_event event{.events = EPOLLOUT, .data = {.u64 = index}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, request.fd.get(), &event);
  }

  void end(std::size_t index, bool answered) {
    tally_.add(answered, seconds_now() - requests_[index].began);
    if (!answered) reset_at_close(requests_[index].fd);
    start(index);
  }

  void go_on(std::size_t index, std::uint32_t events) {
    Request& request = requests_[index];
    if (!request.asked) {
      if ((events & (EPOLLERR | EPOLLHUP)) != 0 || !send_all(request.fd, kRequest)) return end(index, false);
      request.asked = true;
      epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, request.fd.get(), &event);
      return;
    }
    std::array<char, 4096> answer;
    for (;;) {
      const ssize_t count = recv(request.fd.get(), answer.data(), answer.size(), 0);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return end(index, count == 0 && request.size >= kAnswer.size());
      request.size += static_cast<std::size_t>(count);
    }
  }

  ClientSockets sockets_;
  tun::FileDescriptor epoll_;
  std::vector<Request> requests_;
  Tally tally_;
};

Tally ask(std::size_t parallel, const Enough& enough) {
  if (parallel > 1) return ParallelRequests(parallel).run(enough);
  ClientSockets sockets;
  Tally tally;
  while (!enough(tally)) {
    const double began = seconds_now();
    const bool answered = ask_once(sockets);
    tally.add(answered, seconds_now() - began);
  }
  return tally;
}

/// Established connections on which one octet has gone there and back.
std::vector<tun::FileDescriptor> open_idle(std::size_t count) {
  ClientSockets sockets;
  std::vector<tun::FileDescriptor> idle;
  idle.reserve(count);
  while (idle.size() < count) {
    auto fd = sockets.must_connect(kEchoPort);
    reset_at_close(fd);
    char octet = 'x';
    if (!send_all(fd, {&octet, 1}) || recv(fd.get(), &octet, 1, 0) != 1) throw std::runtime_error("no echo has come");
    idle.push_back(std::move(fd));
  }
  return idle;
}

}  // namespace

Observed measure_connections(const Load& load, std::size_t parallel, pid_t server) {
  const Observation observation(server);
  const Tally tally = ask(parallel, [&](const Tally&) { return observation.elapsed() >= load.seconds; });
  const auto result = observation.stop();
  return {{{"connections_per_s", tally.answered / result.seconds},
           {"failed", tally.failed},
           {"slowest_ms", tally.slowest * 1000}},
          result.disturbance};
}

Observed measure_crowd(const Load& load, pid_t server) {
  const auto first = open_idle(1);  // what the server needs once, it has then
  const double before = resident_octets(server);
  const auto idle = open_idle(load.idle);
  const double after = resident_octets(server);
  const Tally made =
      ask(kParallel, [&](const Tally& tally) { return tally.answered + tally.failed >= load.time_wait; });
  if (made.failed > 0) throw std::runtime_error("connections failed before anything was measured");
  Observed observed = measure_connections(load, kParallel, server);
  if (!idle.empty()) observed.metrics["octets_per_idle"] = (after - before) / static_cast<double>(idle.size());
  return observed;
}

}  // namespace tunic::bench
