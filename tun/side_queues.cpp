// Opening, closing and taking turns of the side queues.
#include "tun/side_queues.hpp"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace tunic::tun {

namespace {

bool request(int node, unsigned long what, const std::string& interface, short flags) {
  ifreq request{};
  std::ranges::copy(interface, request.ifr_name);
  request.ifr_flags = flags;
  return ioctl(node, what, &request) == 0;
}

}  // namespace

SideQueues::SideQueues(std::vector<FileDescriptor> nodes, std::string interface, short flags)
    : nodes_(std::move(nodes)), interface_(std::move(interface)), flags_(flags) {}

void SideQueues::open(Instant now) {
  if (nodes_.empty() || is_open()) return;
  if (!attach()) {
    nodes_.clear();  // what the kernel refuses now (this process has given up its rights), it would refuse in each turn
    return;
  }
  open_until_ = now + kOpenFor;
}

bool SideQueues::attach() {
  if (attached_before_) {
    return std::ranges::all_of(nodes_ | std::views::take(kQueues), [&](const FileDescriptor& node) {
      return request(node.get(), TUNSETQUEUE, interface_, IFF_ATTACH_QUEUE);
    });
  }
  attached_before_ = true;
  return std::ranges::all_of(
             nodes_, [&](const FileDescriptor& node) { return request(node.get(), TUNSETIFF, interface_, flags_); }) &&
         request(nodes_.back().get(), TUNSETQUEUE, interface_, IFF_DETACH_QUEUE);
}

/// The last one first: the kernel numbers the others anew whenever one in between goes.
void SideQueues::close() {
  for (const FileDescriptor& node : nodes_ | std::views::take(kQueues) | std::views::reverse)
    request(node.get(), TUNSETQUEUE, interface_, IFF_DETACH_QUEUE);
  open_until_ = {};
}

int SideQueues::next(Instant now, bool first_is_busy) {
  if (is_open() && now >= open_until_) close();
  if (!is_open()) return -1;
  if (now != turn_) {
    const bool over = now - period_ >= kPeriod;
    if (over || !first_is_busy_) places_ = kPlaces;
    if (over) {
      period_ = now;
      first_is_busy_ = false;
    }
    turn_ = now;
    unasked_ = kQueues;
  }
  first_is_busy_ = first_is_busy_ || first_is_busy;
  return places_ == 0 || unasked_ == 0 ? -1 : nodes_[cursor_].get();
}

void SideQueues::gave(bool packet) {
  cursor_ = (cursor_ + 1) % kQueues;
  if (packet) {
    --places_;
    unasked_ = kQueues;
  } else {
    --unasked_;
  }
}

int SideQueues::for_answers_to(Addressee addressee) const {
  if (addressee == Addressee::Known || !is_open()) return -1;
  return addressee == Addressee::Stranger ? nodes_.back().get() : nodes_.front().get();
}

Instant SideQueues::next_deadline() const {
  if (!is_open()) return kNever;
  if (unasked_ == 0) return turn_ + kPeriod;
  return places_ == 0 && first_is_busy_ ? period_ + kPeriod : turn_;
}

}  // namespace tunic::tun
