// More queues of a TUN interface, for packets of strangers while there is a flood.
//
// An interface of one queue loses the packets of an established flow as often as those of the flood they wait among, and each
// costs a read. With several queues the kernel gives a packet to that queue on which its flow was last written to, and one of a flow
// that was not to any of them. What the device writes, it writes to the first. So a stranger's packet is found here, with
// 15 chances in 16; so many are read as there is time for, and what these queues overflow with costs this process nothing.
//
// The kernel remembers 4096 flows; answers to strangers would fill that. So they are written to a queue that is switched off.
// And what is written to a nuisance is written to a side queue, so that what it sends waits there, with strangers.
// Linux: drivers/net/tun.c, TUNSETQUEUE in Documentation/networking/tuntap.rst.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <tunic/packet_buffer.hpp>
#include <tunic/time.hpp>
#include <tunic/tun/file_descriptor.hpp>

namespace tunic::tun {

class SideQueues {
 public:
  static constexpr std::size_t kQueues = 15;
  /// So many packets are read here in one turn of the driver (at one instant); and in one period, if the first queue has some:
  /// what strangers take of the processor, those whom these are for need.
  static constexpr std::size_t kPlaces = 32;
  /// These queues wake nobody: so often they are looked at.
  static constexpr Duration kPeriod = std::chrono::milliseconds(1);
  /// So long they stay open. Then the first queue shows whether the flood is over.
  static constexpr Duration kOpenFor = std::chrono::seconds(10);

  /// None: they can't be opened.
  SideQueues() = default;
  /// `nodes`: of the TUN driver, opened in the network namespace of the interface, of which they become queues when
  /// needed. `flags`: those of the first queue.
  SideQueues(std::vector<FileDescriptor> nodes, std::string interface, short flags);

  /// A flood: strangers' packets go here, as long as the kernel lets us.
  void open(Instant now);
  bool is_open() const { return open_until_ != Instant{}; }

  /// The queue that gives the next packet at `now`; -1: it is enough for now, or they are not open. To be followed by gave().
  /// `first_is_busy`: the first queue has given packets at this instant.
  int next(Instant now, bool first_is_busy);
  /// Whether the queue that next() named had a packet.
  void gave(bool packet);
  /// When there may be something to read.
  Instant next_deadline() const;

  /// The queue to write to, so that the kernel gives us what the addressee sends later as it deserves; -1: the first one.
  int for_answers_to(Addressee addressee) const;

 private:
  bool attach();
  void close();

  std::vector<FileDescriptor> nodes_;  // the queues, and one for writing alone
  std::string interface_;
  short flags_ = 0;
  bool attached_before_ = false;
  Instant open_until_{};        // none: closed
  Instant period_{};            // when it began
  bool first_is_busy_ = false;  // in this period
  Instant turn_{};
  std::size_t places_ = 0;   // left in this turn, or period
  std::size_t unasked_ = 0;  // queues that may have a packet yet, in this turn
  std::size_t cursor_ = 0;
};

}  // namespace tunic::tun
