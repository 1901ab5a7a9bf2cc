// The loop of <tunic/stack.hpp> over epoll.
#include "tunic/tun/epoll_driver.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tunic/tun/os.hpp"

namespace tunic::tun {

namespace {

constexpr std::uint64_t kWakeToken = 0;
constexpr std::uint64_t kFirstWatchToken = 1;

/// An application that makes itself ready again for ever must not keep the packets waiting.
constexpr int kReadyRounds = 16;

constexpr std::size_t kEpollEvents = 64;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

}  // namespace

EpollDriver::EpollDriver(Stack& stack, Device& device, int device_fd)
    : stack_(stack),
      device_(device),
      device_fd_(device_fd),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      batch_(kBatch),
      next_token_(kFirstWatchToken) {
  if (!epoll_) throw_errno("epoll_create1");
  if (!wake_) throw_errno("eventfd");
  add(wake_.get(), EPOLLIN, kWakeToken);
}

EpollDriver::~EpollDriver() = default;

void EpollDriver::add(int fd, std::uint32_t events, std::uint64_t token) {
  epoll_event event{.events = events, .data = {.u64 = token}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) throw_errno("epoll_ctl");
}

void EpollDriver::watch(int fd, std::uint32_t events, FdCallback callback) {
  const std::uint64_t token = next_token_++;
  add(fd, events, token);
  watches_.emplace(token, Watch{fd, std::move(callback)});
}

void EpollDriver::unwatch(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  std::erase_if(watches_, [fd](const auto& entry) { return entry.second.fd == fd; });
}

void EpollDriver::run() {
  while (!stopped()) {
    const Instant until = work();
    if (!stopped()) wait(until);
  }
}

bool EpollDriver::run_until(const std::function<bool()>& done, Instant limit) {
  while (true) {
    const Instant until = work();
    if (done()) return true;
    if (stopped() || os_now() >= limit) return false;
    wait(std::min(until, limit));
  }
}

void EpollDriver::stop() {
  stopped_.store(true);
  wake();
}

void EpollDriver::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is at its end, and then the wait ends as well.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

Instant EpollDriver::work() {
  const Instant now = os_now();
  const bool more_wait = receive(now);
  stack_.advance(now);
  dispatch();
  bool more_ready = true;
  for (int round = 0; more_ready && round < kReadyRounds; ++round) more_ready = stack_.run_ready();
  stack_.flush(device_, Budget{.packets = kSendBudget});

  const bool more_to_send = stack_.wants_flush() && device_.ready();
  if (more_wait || more_ready || more_to_send) return now;
  return std::min(stack_.next_deadline(), device_.next_deadline());
}

/// A batch from the device into the stack; true: the device may have more already.
bool EpollDriver::receive(Instant now) {
  // Where packets come one by one somebody waits for each answer: that goes before the look for more.
  const bool alone = std::exchange(one_by_one_, false);
  const std::size_t most = alone ? 1 : kBatch;
  const std::size_t most_octets = device_.capabilities().in_software ? kBatchOctetsInSoftware : kBatchOctets;
  std::size_t count = 0;
  std::size_t octets = 0;
  bool more_wait = true;
  while (more_wait && count < most && octets < most_octets) {
    const auto part = std::span(batch_).subspan(count, std::min(most, kBatchStep));
    const std::size_t received = device_.receive(stack_.pool(), part, now);
    for (const PacketBuffer& packet : part.first(received)) octets += packet.size();
    count += received;
    more_wait = received == part.size();
  }
  one_by_one_ = !more_wait && count <= 1;
  if (count > 0) spin_until_ = later(now, busy_poll_);
  stack_.receive(std::span(batch_).first(count), now, more_wait && !alone);
  if (stack_.flooded()) device_.sift(now);
  return more_wait;
}

void EpollDriver::dispatch() {
  for (const Ready ready : std::exchange(ready_, {})) {
    const auto found = watches_.find(ready.token);
    if (found == watches_.end()) continue;               // an earlier callback of this turn unwatched it
    const FdCallback callback = found->second.callback;  // a copy: it may unwatch itself
    callback(ready.events);
  }
}

void EpollDriver::wait(Instant until) {
  // The device is not in the epoll set: there the kernel would pay for each packet, also while nobody sleeps.
  const auto events = static_cast<short>(device_.ready() ? POLLIN : POLLIN | POLLOUT);
  std::array<pollfd, 2> sources{
      {{.fd = device_fd_, .events = events, .revents = 0}, {.fd = epoll_.get(), .events = POLLIN, .revents = 0}}};
  const auto look = [&](const timespec* limit) { return ppoll(sources.data(), sources.size(), limit, nullptr); };
  // To be woken costs more than to look a few times, as long as the peer's answer is on its way.
  const Instant spin_until = std::min(spin_until_, until);
  const timespec at_once{};
  int count = 0;
  while (count == 0 && os_now() < spin_until) count = look(&at_once);
  if (count == 0 && until == kNever) count = look(nullptr);
  if (count == 0 && until != kNever) {
    const timespec limit = to_timespec(std::max(Duration::zero(), until - os_now()));
    count = look(&limit);
  }
  if (count <= 0) return;
  // The interface was deleted: it would be reported for ever.
  if ((sources[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) device_fd_ = -1;
  if (sources[1].revents != 0) collect();
}

/// What the watched descriptors have to say.
void EpollDriver::collect() {
  std::array<epoll_event, kEpollEvents> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeToken) {
      std::uint64_t sum = 0;
      [[maybe_unused]] const ssize_t got = read(wake_.get(), &sum, sizeof sum);
    } else {
      ready_.push_back({event.data.u64, event.events});
    }
  }
}

}  // namespace tunic::tun
