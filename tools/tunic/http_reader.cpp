// See http_reader.hpp. Boost.Beast does the parsing; no other file of the tools' clients sees it.
#include "http_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include <limits>

namespace tunic::command {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// A body that keeps what has come and reserves nothing: a length in the head is only somebody's word.
struct Arrivals {
  using value_type = std::string;

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>&, beast::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, beast::error_code& error) {
      error = {};
      const std::size_t before = body_.size();
      for (const auto part : beast::buffers_range_ref(buffers))
        body_.append(static_cast<const char*>(part.data()), part.size());
      return body_.size() - before;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace

struct HttpReader::Parser : http::response_parser<Arrivals> {};

HttpReader::HttpReader() : parser_(std::make_unique<Parser>()) {
  parser_->eager(true);
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
}

HttpReader::~HttpReader() = default;

std::expected<void, std::string> HttpReader::take(std::string_view bytes, std::string& body) {
  unparsed_ += bytes;
  beast::error_code error;
  while (!unparsed_.empty() && !complete() && !error) {
    const std::size_t count = parser_->put(boost::asio::buffer(unparsed_), error);
    unparsed_.erase(0, count);
  }
  body += std::exchange(parser_->get().body(), {});
  if (error && error != http::error::need_more) return std::unexpected(error.message());
  return {};
}

std::expected<void, std::string> HttpReader::end() {
  if (!has_head()) return std::unexpected("it ended without an answer");
  beast::error_code error;
  if (!complete()) parser_->put_eof(error);
  if (error) return std::unexpected("it ended before its body was complete");
  return {};
}

bool HttpReader::complete() const {
  return parser_->is_done();
}

bool HttpReader::has_head() const {
  return parser_->is_header_done();
}

unsigned HttpReader::status() const {
  return parser_->get().result_int();
}

std::string HttpReader::reason() const {
  return std::string(parser_->get().reason());
}

std::string HttpReader::location() const {
  return std::string(parser_->get()[http::field::location]);
}

std::optional<std::uint64_t> HttpReader::length() const {
  const auto length = parser_->content_length();
  return length ? std::optional(*length) : std::nullopt;
}

}  // namespace tunic::command
