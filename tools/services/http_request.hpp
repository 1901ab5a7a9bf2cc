// The head of an HTTP request and where it points to. RFC 9112 §2-§3, RFC 3986 §2.1. Knows neither sockets nor files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tunic::services {

/// A head longer than this is answered with 431.
inline constexpr std::size_t kMaxHttpHead = 8192;

struct HttpRequest {
  std::string method;
  std::string target;
  bool keep_alive = false;  ///< the client wants another request on this connection (RFC 9112 §9.3)
  bool has_host = false;
  bool has_body = false;
  bool version_1_0 = false;
};

struct ParsedRequest {
  enum class Status : std::uint8_t { Incomplete, Complete, Bad };

  Status status = Status::Incomplete;
  std::size_t size = 0;  ///< Complete: octets of the head
  HttpRequest request;   ///< Complete
  unsigned error = 0;    ///< Bad: the HTTP status that says so
};

/// Looks at the octets received so far, from the first of a request on.
ParsedRequest parse_request(std::string_view input);

/// A place below the served folder.
struct HttpPath {
  std::string relative;  ///< decoded, without "." and "..", no slash at either end; empty: the folder itself
  bool ends_with_slash = false;

  friend bool operator==(const HttpPath&, const HttpPath&) = default;
};

/// The path of a request target in origin or absolute form; otherwise the HTTP status that says what is wrong with it.
std::expected<HttpPath, unsigned> parse_target(std::string_view target);

/// Every octet that is not unreserved in a path becomes %XX; slashes stay.
std::string percent_encode(std::string_view path);

}  // namespace tunic::services
