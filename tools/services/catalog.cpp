// Names, ports and factories of the services. See catalog.hpp.
#include "catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "udp_echo.hpp"

namespace tunic::services {
namespace {

struct Entry {
  std::string_view name;
  Service service;
  Port port;
};

constexpr std::array<Entry, 6> kCatalog{{
    {"echo", Service::Echo, 7},
    {"discard", Service::Discard, 9},
    {"daytime", Service::Daytime, 13},
    {"chargen", Service::Chargen, 19},
    {"http", Service::Http, 80},
    {"udp-echo", Service::UdpEcho, 7},
}};

}  // namespace

std::string_view name(Service service) {
  return std::ranges::find(kCatalog, service, &Entry::service)->name;
}

std::expected<ServiceRequest, std::string> parse_service(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto entry = std::ranges::find(kCatalog, text.substr(0, colon), &Entry::name);
  if (entry == kCatalog.end()) {
    return std::unexpected(
        fmt::format("there is no service '{}' (echo discard daytime chargen http udp-echo)", text.substr(0, colon)));
  }
  if (colon == std::string_view::npos) return ServiceRequest{entry->service, entry->port};

  const std::string_view digits = text.substr(colon + 1);
  Port port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    return std::unexpected(fmt::format("'{}' is no port (1 to 65535)", digits));
  }
  return ServiceRequest{entry->service, port};
}

Server::MakeSession sessions_of(Service service, Stack& stack, const Folder& folder, const WallClock& clock) {
  switch (service) {
    case Service::Echo:
      return make_echo;
    case Service::Discard:
      return make_discard;
    case Service::Daytime:
      return [&clock] { return make_daytime(clock); };
    case Service::Chargen:
      return chargen_sessions(stack);
    case Service::Http:
    case Service::UdpEcho:
      break;
  }
  return http_sessions(stack, folder, clock);
}

Result<std::unique_ptr<Running>> start_service(Stack& stack, Service service, Endpoint local, const Folder& folder,
                                               const WallClock& clock) {
  if (service == Service::UdpEcho) return UdpEcho::start(stack, local);
  return Server::start(stack, local, sessions_of(service, stack, folder, clock));
}

}  // namespace tunic::services
