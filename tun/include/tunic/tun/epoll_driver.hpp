// The loop that gives a stack its packets and its time: reads the device, advances the clock, lets the application act,
// sends, and waits in epoll until a descriptor or a deadline asks for the next turn.
//
// Thread-safety: one thread at a time, that of the stack; only stop() and wake() may be called from any thread (and from a
// signal handler).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include <tunic/device.hpp>
#include <tunic/stack.hpp>
#include <tunic/tun/file_descriptor.hpp>

namespace tunic::tun {

class EpollDriver {
 public:
  /// Packets read, and packets sent, in one turn at most: what else waits gets its turn in between.
  static constexpr std::size_t kBatch = 64;
  /// Super-segments fill the processor's cache long before they are as many: after so many octets the stack has its turn.
  static constexpr std::size_t kBatchOctets = std::size_t{256} << 10;
  /// Where each of their packets is read by itself (DeviceCapabilities::in_software) that takes long, and the peer, who could go on
  /// meanwhile, hears of it sooner.
  static constexpr std::size_t kBatchOctetsInSoftware = std::size_t{64} << 10;
  static constexpr std::uint32_t kSendBudget = 32;

  /// `events`: EPOLLIN, EPOLLOUT, …
  using FdCallback = std::function<void(std::uint32_t events)>;

  /// Stack and device must outlive the driver. `device_fd` -1: a device that has no descriptor to wait for.
  /// Throws std::system_error when the process has no descriptors left.
  EpollDriver(Stack& stack, Device& device, int device_fd);
  ~EpollDriver();
  EpollDriver(const EpollDriver&) = delete;
  EpollDriver& operator=(const EpollDriver&) = delete;

  /// Calls `callback` on the stack's thread, at the stack's current time, whenever `fd` is ready. One callback per fd.
  /// Callbacks may watch and unwatch, themselves included. Throws std::system_error for a descriptor that cannot be waited
  /// for (a regular file, for example).
  void watch(int fd, std::uint32_t events, FdCallback callback);
  void unwatch(int fd);

  /// After a packet has arrived, looks for the next one for so long before it sleeps: that takes a processor, and saves the
  /// time to be woken. 0 (the default): sleeps at once.
  void set_busy_poll(Duration duration) { busy_poll_ = duration; }

  /// Turns until stop() is called. A stop() that came before counts.
  void run();
  /// Turns until `done()`, which is asked after each turn, or `limit`, or stop(); what done() says in the end.
  bool run_until(const std::function<bool()>& done, Instant limit = kNever);
  void stop();
  bool stopped() const { return stopped_.load(); }
  /// Ends a wait() that is going on, or the next one.
  void wake();

  // The two halves of a turn, for those who hold a lock during one and not during the other.
  /// Reads, advances, calls back, sends; bounded. Returns when the next turn is due at the latest.
  Instant work();
  /// Waits until `until`, or until a descriptor is ready or wake() is called.
  void wait(Instant until);

 private:
  static constexpr std::size_t kBatchStep = 4;

  bool receive(Instant now);
  void dispatch();
  void collect();
  void add(int fd, std::uint32_t events, std::uint64_t token);

  struct Watch {
    int fd;
    FdCallback callback;
  };
  struct Ready {
    std::uint64_t token;
    std::uint32_t events;
  };

  Stack& stack_;
  Device& device_;
  int device_fd_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::atomic<bool> stopped_ = false;
  bool one_by_one_ = false;  // the device had one packet at most when it was last asked
  Duration busy_poll_{};
  Instant spin_until_{};
  std::vector<PacketBuffer> batch_;
  std::vector<Ready> ready_;
  std::unordered_map<std::uint64_t, Watch> watches_;  // by token: a number that is never used again, unlike an fd
  std::uint64_t next_token_;
};

}  // namespace tunic::tun
