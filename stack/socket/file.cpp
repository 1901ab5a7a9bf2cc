#include "socket/file.hpp"

#include "socket/epoll.hpp"

namespace tunic::socket {

File::~File() {
  for (const Interest& interest : interests_) interest.epoll->forget(interest.fd);
}

void File::leave(const Epoll& epoll, int fd) {
  std::erase_if(interests_, [&](const Interest& i) { return i.epoll == &epoll && i.fd == fd; });
}

void File::leave_all(int fd) {
  for (const Interest& interest : interests_) {
    if (interest.fd == fd) interest.epoll->forget(fd);
  }
  std::erase_if(interests_, [&](const Interest& i) { return i.fd == fd; });
}

void File::changed() {
  const auto alive = shared_from_this();
  for (const Interest& interest : std::vector(interests_)) interest.epoll->on_change(interest.fd);
  if (const auto watcher = watcher_) watcher();
}

}  // namespace tunic::socket
