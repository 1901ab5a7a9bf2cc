#include "socket/epoll.hpp"

#include <algorithm>
#include <utility>

namespace tunic::socket {

namespace {
// Bits of an interest that are no events: what one-shot leaves of it.
constexpr std::uint32_t kModes = posix::kEpollEt | posix::kEpollOneShot | posix::kEpollExclusive;
constexpr std::uint32_t kAlways = posix::kEpollErr | posix::kEpollHup;  // reported unasked
}  // namespace

Epoll::~Epoll() {
  for (auto& [fd, item] : items_) item.file->leave(*this, fd);
}

std::int16_t Epoll::events() const {
  const bool any = std::ranges::any_of(queue_, [&](int fd) { return ready(items_.at(fd)) != 0; });
  return any ? posix::kPollIn | posix::kPollRdNorm : 0;
}

Answer Epoll::add(int fd, File& file, const posix::EpollEvent& event) {
  if (items_.contains(fd)) return posix::fail(Errno::Exists);
  Item& item = items_.emplace(fd, Item{&file, event}).first->second;
  item.event.events |= kAlways;
  file.join(*this, fd);
  if (ready(item) != 0) queue(fd, item);
  return 0;
}

Answer Epoll::modify(int fd, const posix::EpollEvent& event) {
  const auto it = items_.find(fd);
  if (it == items_.end()) return posix::fail(Errno::NoEntry);
  it->second.event = event;
  it->second.event.events |= kAlways;
  if (ready(it->second) != 0) queue(fd, it->second);
  return 0;
}

Answer Epoll::remove(int fd) {
  const auto it = items_.find(fd);
  if (it == items_.end()) return posix::fail(Errno::NoEntry);
  it->second.file->leave(*this, fd);
  forget(fd);
  return 0;
}

std::size_t Epoll::wait(std::span<posix::EpollEvent> out) {
  std::size_t count = 0;
  for (std::size_t looked = queue_.size(); looked > 0 && count < out.size(); --looked) {
    const int fd = queue_.front();
    queue_.pop_front();
    Item& item = items_.at(fd);
    item.queued = false;
    const std::uint32_t now = ready(item);
    if (now == 0) continue;
    out[count].events = now;
    out[count].data = item.event.data;
    ++count;
    if ((item.event.events & posix::kEpollOneShot) != 0) {
      item.event.events &= kModes;  // silent until it is modified
    } else if ((item.event.events & posix::kEpollEt) == 0) {
      queue(fd, item);  // level-triggered: as long as it is ready
    }
  }
  return count;
}

void Epoll::on_change(int fd) {
  Item& item = items_.at(fd);
  if (ready(item) == 0) return;
  queue(fd, item);
  changed();
}

void Epoll::forget(int fd) {
  items_.erase(fd);
  std::erase(queue_, fd);
}

std::uint32_t Epoll::ready(const Item& item) {
  return static_cast<std::uint16_t>(item.file->events()) & item.event.events;
}

void Epoll::queue(int fd, Item& item) {
  if (std::exchange(item.queued, true)) return;
  queue_.push_back(fd);
}

}  // namespace tunic::socket
