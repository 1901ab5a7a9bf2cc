// http URLs whose host is an address. RFC 3986 §3, RFC 9110 §4.2.1.
#include <algorithm>
#include <charconv>

#include "get.hpp"

namespace tunic::command {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr Port kHttpPort = 80;

}  // namespace

std::expected<HttpUrl, std::string> parse_http_url(std::string_view text) {
  if (!text.starts_with(kScheme)) return std::unexpected("it does not begin with http://");
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  HttpUrl url{.server = {.port = kHttpPort}, .host = std::string(text.substr(0, end)), .target = {}};
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (!std::ranges::all_of(url.target, [](char octet) { return octet > ' ' && octet <= '~'; }))
    return std::unexpected("its path has characters that must be written as %XX");

  const std::string_view host = url.host;
  const std::size_t colon = std::min(host.find(':'), host.size());
  const auto address = Ipv4Address::parse(host.substr(0, colon));
  if (!address) return std::unexpected("its host is no IPv4 address, and names are not looked up");
  url.server.address = *address;
  if (colon == host.size()) return url;
  const std::string_view port = host.substr(colon + 1);
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), url.server.port);
  if (error != std::errc{} || rest != port.data() + port.size() || url.server.port == 0)
    return std::unexpected("its port is none from 1 to 65535");
  return url;
}

}  // namespace tunic::command
