// From a request target to a path below the served folder, and back. See http_request.hpp.
#include <optional>

#include "http_request.hpp"

namespace tunic::services {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Nothing where a percent sign is not followed by two digits, and for NUL, which no file name has.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (text.size() - at < 3) return std::nullopt;
      const auto high = hex_value(text[at + 1]);
      const auto low = hex_value(text[at + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high << 4 | *low);
      at += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

/// RFC 9112 §3.2.2: a server must accept "http://host/path" too. What remains is the path and query.
std::string_view without_authority(std::string_view target) {
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos || target.starts_with('/')) return target;
  const std::size_t path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

std::expected<HttpPath, unsigned> parse_target(std::string_view target) {
  target = without_authority(target);
  target = target.substr(0, target.find('?'));
  if (target.empty()) target = "/";  // "http://host?query"
  if (!target.starts_with('/')) return std::unexpected(400U);
  const auto decoded = percent_decode(target);
  if (!decoded) return std::unexpected(400U);

  HttpPath path{.relative = {}, .ends_with_slash = decoded->ends_with('/')};
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") return std::unexpected(403U);
    if (!path.relative.empty()) path.relative += '/';
    path.relative += segment;
  }
  return path;
}

std::string percent_encode(std::string_view path) {
  std::string encoded;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[octet >> 4];
    encoded += kHexDigits[octet & 15];
  }
  return encoded;
}

}  // namespace tunic::services
