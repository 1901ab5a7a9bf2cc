// The TIME-WAIT records of a host in order of their end. RFC 9293 §3.6.1.
//
// All of them wait equally long, so that the order of entering is the order of leaving and no timer per record is needed.
#pragma once

#include <utility>

#include "base/slot_map.hpp"
#include "tcp/records.hpp"

namespace tunic::tcp {

class TimeWaitTable {
 public:
  /// `record.until` must not be before that of any record in the table.
  SlotKey add(const TimeWaitRecord& record);
  TimeWaitRecord* find(SlotKey key) { return records_.find(key); }
  /// The wait begins again.
  void restart(SlotKey key, Instant until);
  void erase(SlotKey key);
  /// The one that ends first; an invalid key if there is none.
  SlotKey oldest() const { return oldest_; }
  Instant next_deadline() const;
  std::size_t size() const { return records_.size(); }

  template <typename F>
  void for_each(F&& f) {
    records_.for_each(std::forward<F>(f));
  }

 private:
  void link_newest(SlotKey key, TimeWaitRecord& record);
  void unlink(TimeWaitRecord& record);

  SlotMap<TimeWaitRecord> records_;
  SlotKey oldest_;
  SlotKey newest_;
};

}  // namespace tunic::tcp
