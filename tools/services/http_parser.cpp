// The one file that sees Boost.Beast: its parser reads the request head. RFC 9112 §2-§6.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "http_request.hpp"

namespace tunic::services {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

unsigned status_of(const beast::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

// Beast wants a whole head in one piece, so each call begins anew; kMaxHttpHead bounds the work.
ParsedRequest parse_request(std::string_view input) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxHttpHead);
  beast::error_code error;
  const std::size_t size = parser.put(boost::asio::buffer(input.data(), input.size()), error);
  if (error == http::error::need_more && input.size() < kMaxHttpHead) return {};
  if (error == http::error::need_more) error = http::error::header_limit;
  if (error) return {.status = ParsedRequest::Status::Bad, .error = status_of(error)};
  const auto& head = parser.get();
  return {.status = ParsedRequest::Status::Complete,
          .size = size,
          .request = {.method = std::string(head.method_string()),
                      .target = std::string(head.target()),
                      .keep_alive = parser.keep_alive(),
                      .has_host = head.count(http::field::host) == 1,
                      .has_body = !parser.is_done(),
                      .version_1_0 = head.version() == 10}};
}

}  // namespace tunic::services
