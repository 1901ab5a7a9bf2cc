#include "packet/compact.hpp"

namespace tunic {

Chain compact(Chain bytes, BlockPool& pool) {
  if (bytes.pinned() <= 2 * bytes.size()) return bytes;
  Slice copy = pool.allocate(bytes.size());
  copy.trim_back(copy.size() - bytes.size());
  bytes.copy_to(copy.writable());
  return Chain(std::move(copy));
}

}  // namespace tunic
