// Addresses and errors as POSIX passes them: sockaddr_in in bytes with its length, errno for the library's errors.
#pragma once

#include <expected>
#include <system_error>

#include <tunic/posix.hpp>

namespace tunic::socket {

using posix::Answer;
using posix::Errno;

/// What an application gave to bind, connect or sendto. The family decides what the rest means: AF_UNSPEC has no rest.
struct GivenAddress {
  int family = posix::kAfUnspec;
  Endpoint endpoint;
  bool whole = false;  ///< as long as a sockaddr_in
};
/// EFAULT, EINVAL for an address that is no sockaddr at all.
std::expected<GivenAddress, Errno> read_address(const void* address, posix::SockLen length);

/// Writes as much as fits and the true length, as accept and getsockname do. EFAULT, EINVAL. `address` may be nullptr only
/// where the caller has seen to it.
Answer write_address(const Endpoint& endpoint, void* address, posix::SockLen* length);

Errno to_errno(const std::error_code& error);

}  // namespace tunic::socket
