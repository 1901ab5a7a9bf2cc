// An epoll set: level-triggered, edge-triggered and one-shot interests, and a queue of those that may be ready.
//
// A change of a file puts its interests into the queue; wait() looks at the queue alone, so that its cost is that of what
// happened and not of the set. It reports in the order in which things happened, which is the same on every run.
// Deviation from Linux: an interest ends when its descriptor is closed, also if a dup() of it lives on; sets do not nest.
#pragma once

#include <deque>
#include <map>
#include <span>

#include "socket/addresses.hpp"
#include "socket/file.hpp"

namespace tunic::socket {

class Epoll final : public File {
 public:
  Epoll() : File(Kind::Epoll) {}
  ~Epoll() override;

  std::int16_t events() const override;
  Answer add(int fd, File& file, const posix::EpollEvent& event);
  Answer modify(int fd, const posix::EpollEvent& event);
  Answer remove(int fd);
  /// How many were reported; never waits.
  std::size_t wait(std::span<posix::EpollEvent> out);

  // For File: something happened to it, or it is gone.
  void on_change(int fd);
  void forget(int fd);

 private:
  struct Item {
    File* file;
    posix::EpollEvent event;
    bool queued = false;
  };
  static std::uint32_t ready(const Item& item);
  void queue(int fd, Item& item);

  std::map<int, Item> items_;
  std::deque<int> queue_;
};

}  // namespace tunic::socket
