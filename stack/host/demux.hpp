// From a segment's addresses and ports to what it belongs to: one hash table for connections and records. O(1).
//
// Keyed with SipHash, so that nobody outside can choose tuples that collide. Open addressing; a deletion moves the
// followers back, so there are no tombstones and a long life costs nothing.
#pragma once

#include <cstdint>
#include <vector>

#include <tunic/address.hpp>

#include "base/siphash.hpp"
#include "base/slot_map.hpp"

namespace tunic::host {

struct FourTuple {
  Endpoint local;
  Endpoint remote;
  friend constexpr bool operator==(const FourTuple&, const FourTuple&) = default;
};

struct Target {
  enum class Kind : std::uint8_t { None, Connection, SynRecord, TimeWait };
  Kind kind = Kind::None;
  SlotKey key;
};

class Demux {
 public:
  explicit Demux(SipKey key) : key_(key) {}

  /// Kind::None where nothing is.
  Target find(const FourTuple& tuple) const;
  /// Adds or replaces.
  void put(const FourTuple& tuple, Target target);
  void erase(const FourTuple& tuple);
  std::size_t size() const { return size_; }

 private:
  struct Cell {
    FourTuple tuple;
    Target target;
  };
  std::size_t home(const FourTuple& tuple) const;
  std::size_t locate(const FourTuple& tuple) const;  // its cell, or the free one where it would be
  void grow();

  SipKey key_;
  std::vector<Cell> cells_;  // a power of two, at most three quarters full
  std::size_t size_ = 0;
};

}  // namespace tunic::host
