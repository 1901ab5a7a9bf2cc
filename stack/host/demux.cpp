#include "host/demux.hpp"

#include <utility>

namespace tunic::host {

std::size_t Demux::home(const FourTuple& tuple) const {
  const std::uint64_t addresses = std::uint64_t{tuple.local.address.value()} << 32 | tuple.remote.address.value();
  const std::uint64_t ports = std::uint64_t{tuple.local.port} << 16 | tuple.remote.port;
  return siphash13(key_, addresses, ports) & (cells_.size() - 1);
}

std::size_t Demux::locate(const FourTuple& tuple) const {
  std::size_t index = home(tuple);
  while (cells_[index].target.kind != Target::Kind::None && !(cells_[index].tuple == tuple)) {
    index = (index + 1) & (cells_.size() - 1);
  }
  return index;
}

Target Demux::find(const FourTuple& tuple) const {
  return cells_.empty() ? Target{} : cells_[locate(tuple)].target;
}

void Demux::put(const FourTuple& tuple, Target target) {
  if ((size_ + 1) * 4 > cells_.size() * 3) grow();
  Cell& cell = cells_[locate(tuple)];
  if (cell.target.kind == Target::Kind::None) ++size_;
  cell = {tuple, target};
}

void Demux::erase(const FourTuple& tuple) {
  if (cells_.empty()) return;
  std::size_t hole = locate(tuple);
  if (cells_[hole].target.kind == Target::Kind::None) return;
  --size_;
  const std::size_t mask = cells_.size() - 1;
  for (std::size_t next = (hole + 1) & mask; cells_[next].target.kind != Target::Kind::None; next = (next + 1) & mask) {
    // A follower may move into the hole unless its home lies between the hole and itself.
    const std::size_t distance = (next - home(cells_[next].tuple)) & mask;
    if (distance >= ((next - hole) & mask)) {
      cells_[hole] = cells_[next];
      hole = next;
    }
  }
  cells_[hole] = Cell{};
}

void Demux::grow() {
  const std::vector<Cell> old = std::exchange(cells_, std::vector<Cell>(cells_.empty() ? 16 : cells_.size() * 2));
  for (const Cell& cell : old) {
    if (cell.target.kind != Target::Kind::None) cells_[locate(cell.tuple)] = cell;
  }
}

}  // namespace tunic::host
