// An owned file descriptor.
#include "tunic/tun/file_descriptor.hpp"

#include <unistd.h>

namespace tunic::tun {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace tunic::tun
