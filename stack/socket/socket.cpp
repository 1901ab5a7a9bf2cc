#include "socket/socket.hpp"

namespace tunic::socket {

std::size_t total(std::span<const posix::IoVec> parts) {
  std::size_t sum = 0;
  for (const posix::IoVec& part : parts) sum += part.length;
  return sum;
}

std::span<std::byte> bytes(const posix::IoVec& part) {
  return {static_cast<std::byte*>(part.base), part.length};
}

}  // namespace tunic::socket
