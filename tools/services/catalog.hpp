// The services by name, and how one is asked for on a command line: "http", "http:8080".
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <tunic/address.hpp>

#include "server.hpp"

namespace tunic::services {

enum class Service : std::uint8_t { Echo, Discard, Daytime, Chargen, Http, UdpEcho };

struct ServiceRequest {
  Service service;
  Port port;

  friend bool operator==(const ServiceRequest&, const ServiceRequest&) = default;
};

std::string_view name(Service service);

/// NAME or NAME:PORT with a port of 1..65535; otherwise a sentence that says what is wrong.
std::expected<ServiceRequest, std::string> parse_service(std::string_view text);

/// How the sessions of a TCP service are made. `stack`, `folder` (used by Http alone) and `clock` must outlive them.
Server::MakeSession sessions_of(Service service, Stack& stack, const Folder& folder, const WallClock& clock);

/// Any service. `folder` and `clock` must outlive it. Errors: those of TcpListener::listen and UdpSocket::bind.
Result<std::unique_ptr<Running>> start_service(Stack& stack, Service service, Endpoint local, const Folder& folder,
                                               const WallClock& clock);

}  // namespace tunic::services
