// An open file description: what descriptors name and dup() shares. A socket or an epoll set.
//
// It knows who wants to hear of changes: the driver's watcher and the epoll sets that hold it. What it can do is its
// subclass's business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tunic::socket {

class Epoll;

class File : public std::enable_shared_from_this<File> {
 public:
  enum class Kind : std::uint8_t { Stream, Datagram, Epoll };

  explicit File(Kind kind) : kind_(kind) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File();

  Kind kind() const { return kind_; }
  /// The kPoll* bits that hold now.
  virtual std::int16_t events() const = 0;

  void watch(std::function<void()> watcher) { watcher_ = std::move(watcher); }
  void join(Epoll& epoll, int fd) { interests_.push_back({&epoll, fd}); }
  void leave(const Epoll& epoll, int fd);
  /// Descriptor `fd` was closed: no epoll set knows it any more.
  void leave_all(int fd);

  bool is_nonblocking() const { return nonblocking_; }
  void set_nonblocking(bool on) { nonblocking_ = on; }

 protected:
  /// events() may have changed. The watcher may do anything, closing this file included.
  void changed();

 private:
  struct Interest {
    Epoll* epoll;
    int fd;
  };

  Kind kind_;
  bool nonblocking_ = false;
  std::function<void()> watcher_;
  std::vector<Interest> interests_;
};

}  // namespace tunic::socket
