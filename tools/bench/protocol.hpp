// What every server here offers, whatever it is made of: RFC 862, RFC 863, RFC 864 without the letters, and an HTTP server that
// always says the same and closes first, so that TIME-WAIT is the server's.
#pragma once

#include <string_view>

#include <tunic/address.hpp>

namespace tunic::bench {

inline constexpr Port kEchoPort = 7;
inline constexpr Port kDiscardPort = 9;
inline constexpr Port kSourcePort = 19;
inline constexpr Port kHttpPort = 80;

inline constexpr std::string_view kRequest = "GET / HTTP/1.0\r\n\r\n";
inline constexpr std::string_view kAnswer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace tunic::bench
