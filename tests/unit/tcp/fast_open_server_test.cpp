// Cookies of a Fast Open server are those that Linux makes under the same key, so that both may stand behind one address.
// RFC 7413 §4.1.2.
#include "tcp/fast_open_server.hpp"

#include <gtest/gtest.h>

namespace tunic::tcp {
namespace {

constexpr Ipv4Address kClient(192, 0, 2, 1);
constexpr Ipv4Address kServer(192, 168, 0, 1);

template <typename... Octets>
FastOpenCookie octets(Octets... values) {
  return {static_cast<std::byte>(values)...};
}

// What a Linux kernel grants with net.ipv4.tcp_fastopen_key = a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4, and with all zeros.
TEST(FastOpenCookie, IsLinuxs) {
  FastOpenKeys::Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(0xa1 + 0x11 * (i / 4));
  EXPECT_EQ(fast_open_cookie(key, kClient, kServer), octets(0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb));
  EXPECT_EQ(fast_open_cookie({}, kClient, kServer), octets(0xb7, 0xc1, 0x23, 0x50, 0xa9, 0x0d, 0xc8, 0xf5));
}

TEST(FastOpenCookie, BelongsToOneClientOfOneServer) {
  const FastOpenCookie cookie = fast_open_cookie({}, kClient, kServer);
  EXPECT_NE(cookie, fast_open_cookie({}, Ipv4Address(192, 0, 2, 2), kServer));
  EXPECT_NE(cookie, fast_open_cookie({}, kClient, Ipv4Address(192, 168, 0, 2)));
  EXPECT_NE(cookie, fast_open_cookie({}, kServer, kClient));
}

}  // namespace
}  // namespace tunic::tcp
