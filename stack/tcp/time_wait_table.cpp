#include "tcp/time_wait_table.hpp"

namespace tunic::tcp {

SlotKey TimeWaitTable::add(const TimeWaitRecord& record) {
  const SlotKey key = records_.emplace(record);
  link_newest(key, *records_.find(key));
  return key;
}

void TimeWaitTable::restart(SlotKey key, Instant until) {
  TimeWaitRecord* record = records_.find(key);
  if (record == nullptr) return;
  unlink(*record);
  record->until = until;
  link_newest(key, *record);
}

void TimeWaitTable::erase(SlotKey key) {
  if (TimeWaitRecord* record = records_.find(key)) {
    unlink(*record);
    records_.erase(key);
  }
}

Instant TimeWaitTable::next_deadline() const {
  const TimeWaitRecord* record = records_.find(oldest_);
  return record == nullptr ? kNever : record->until;
}

void TimeWaitTable::link_newest(SlotKey key, TimeWaitRecord& record) {
  record.older = newest_;
  record.newer = SlotKey();
  if (TimeWaitRecord* previous = records_.find(newest_)) {
    previous->newer = key;
  } else {
    oldest_ = key;
  }
  newest_ = key;
}

void TimeWaitTable::unlink(TimeWaitRecord& record) {
  TimeWaitRecord* older = records_.find(record.older);
  TimeWaitRecord* newer = records_.find(record.newer);
  (older != nullptr ? older->newer : oldest_) = record.newer;
  (newer != nullptr ? newer->older : newest_) = record.older;
}

}  // namespace tunic::tcp
