// What an HTTP server of a folder answers: the status, the header fields, and the body as text or file. RFC 9110 §15.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "folder.hpp"

namespace tunic::services {

struct HttpResponse {
  unsigned status = 200;
  std::string_view content_type;
  std::string location;  ///< of a redirection
  std::string body;
  std::optional<tun::FileDescriptor> file;  ///< instead of `body`
  std::uint64_t file_size = 0;

  std::uint64_t content_length() const { return file ? file_size : body.size(); }
};

/// How one response is to be written.
struct ResponseStyle {
  bool head_only = false;  ///< to HEAD: the fields of GET, no body (RFC 9110 §9.3.2)
  bool keep_alive = true;
  bool version_1_0 = false;  ///< a client of HTTP/1.0 must be told that the connection is kept
};

/// The answer to GET `target`: a file, a folder's index.html or its listing, a redirection, or an error.
HttpResponse respond(const Folder& folder, std::string_view target);
HttpResponse error_response(unsigned status);

/// Status line and header fields, with the empty line.
std::string response_head(const HttpResponse& response, const ResponseStyle& style, std::chrono::sys_seconds now);

/// By the name's suffix; "application/octet-stream" if it says nothing.
std::string_view content_type_of(std::string_view name);

}  // namespace tunic::services
