// `tunic get`: fetches one document by HTTP through the stack. RFC 9110, RFC 9112.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <tunic/address.hpp>

#include "running_stack.hpp"

namespace tunic::command {

struct HttpUrl {
  Endpoint server;
  std::string host;    ///< as it was written, with the port if there was one: for the Host field
  std::string target;  ///< path and query, at least "/"

  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// http://ADDRESS[:PORT][/PATH][?QUERY]; a fragment is left out. Otherwise says what is wrong.
std::expected<HttpUrl, std::string> parse_http_url(std::string_view text);

struct GetOptions {
  HttpUrl url;
  std::string output;  ///< a file; empty: stdout
  StackOptions stack;
};

int run_get(const GetOptions& options);

}  // namespace tunic::command
