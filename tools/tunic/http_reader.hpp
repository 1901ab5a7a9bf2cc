// The answer to one HTTP request, as its octets come in: head, then the body however it is framed (length, chunks, or until
// the connection ends). RFC 9112 §4-§7. Knows no sockets.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tunic::command {

class HttpReader {
 public:
  HttpReader();
  ~HttpReader();
  HttpReader(const HttpReader&) = delete;
  HttpReader& operator=(const HttpReader&) = delete;

  /// Takes the next octets and appends what they hold of the body to `body`. Otherwise says what is wrong with them.
  std::expected<void, std::string> take(std::string_view bytes, std::string& body);
  /// The connection has ended; wrong, unless the answer is complete by this.
  std::expected<void, std::string> end();

  bool complete() const;
  bool has_head() const;

  // Once there is a head:
  unsigned status() const;
  std::string reason() const;
  std::string location() const;                 ///< of a redirection; empty: none
  std::optional<std::uint64_t> length() const;  ///< octets of the body, where the head says so

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string unparsed_;  // an incomplete line of the head, or of a chunk's
};

}  // namespace tunic::command
