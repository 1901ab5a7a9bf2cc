// HTTP/1.1 server of a folder's files: one connection's requests, answered in turn. RFC 9110, RFC 9112.
//
// Memory per connection: one request head, one response head with a small body, or one chunk of a file. Requests with a
// body, methods other than GET and HEAD, and anything malformed are answered and then the connection ends: what follows
// on it can't be trusted to be a request (RFC 9112 §9.3, §11.2).
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "folder.hpp"
#include "http_request.hpp"
#include "http_response.hpp"
#include "session.hpp"

namespace tunic::services {
namespace {

constexpr std::size_t kFileChunk = 65536;
/// What may still come from a peer after our last response before the connection is reset.
constexpr std::size_t kMaxLinger = std::size_t{1} << 20;

class Http : public Session {
 public:
  Http(const Folder& folder, const WallClock& clock) : folder_(folder), clock_(clock) {}

  Next on_ready(TcpSocket& socket) override {
    for (;;) {
      switch (send(socket)) {
        case Step::Blocked:
          return Next::Wait;
        case Step::Failed:
          return Next::Abort;
        case Step::Done:
          break;
      }
      if (last_response_) return linger(socket);
      const ParsedRequest parsed = parse_request(input_);
      if (parsed.status != ParsedRequest::Status::Incomplete) {
        answer(parsed);
        continue;
      }
      if (const std::optional<Next> stop = read(socket)) return *stop;
    }
  }

 private:
  enum class Step : std::uint8_t { Done, Blocked, Failed };

  /// Reads a part of a request head; a value: nothing came, so this is what to do.
  std::optional<Next> read(TcpSocket& socket) {
    std::array<char, kMaxHttpHead> bytes;
    const Result<std::size_t> count = socket.read_some(std::as_writable_bytes(std::span(bytes)));
    if (!count) return would_block(count.error()) ? Next::Wait : Next::Abort;
    if (*count == 0) return Next::Close;
    input_.append(bytes.data(), *count);
    return std::nullopt;
  }

  void answer(const ParsedRequest& parsed) {
    if (parsed.status == ParsedRequest::Status::Bad) {
      start(error_response(parsed.error), {.keep_alive = false});
      return;
    }
    const HttpRequest& request = parsed.request;
    const bool readable = request.method == "GET" || request.method == "HEAD";
    const ResponseStyle style{.head_only = request.method == "HEAD",
                              .keep_alive = request.keep_alive && readable && !request.has_body,
                              .version_1_0 = request.version_1_0};
    // RFC 9112 §3.2: exactly one Host field in HTTP/1.1. A body has no meaning for GET (RFC 9110 §9.3.1).
    const bool bad = request.has_body || (!request.has_host && !request.version_1_0);
    start(!readable ? error_response(405) : bad ? error_response(400) : respond(folder_, request.target), style);
    input_.erase(0, parsed.size);
  }

  void start(HttpResponse response, const ResponseStyle& style) {
    last_response_ = !style.keep_alive;
    output_ = response_head(response, style, clock_());
    sent_ = 0;
    if (style.head_only) return;
    output_ += response.body;
    if (!response.file) return;
    file_ = std::move(response.file);
    file_left_ = response.file_size;
  }

  /// Sends what is left of the response.
  Step send(TcpSocket& socket) {
    for (;;) {
      while (sent_ < output_.size()) {
        const Result<std::size_t> count = socket.write_some(std::as_bytes(std::span(output_).subspan(sent_)));
        if (!count) return would_block(count.error()) ? Step::Blocked : Step::Failed;
        sent_ += *count;
      }
      if (!file_) return Step::Done;
      if (!read_chunk()) return Step::Failed;
    }
  }

  /// The next part of the file becomes the output; false: the file no longer has the length that was announced.
  bool read_chunk() {
    output_.resize(std::min<std::uint64_t>(kFileChunk, file_left_));
    sent_ = 0;
    if (!output_.empty()) {
      const ssize_t count = ::read(file_->get(), output_.data(), output_.size());
      if (count <= 0) return false;
      output_.resize(static_cast<std::size_t>(count));
      file_left_ -= output_.size();
    }
    if (file_left_ == 0) file_.reset();
    return true;
  }

  /// After the last response: FIN, then wait for the peer's. Closing with data unread would reset the connection, and
  /// the peer might lose the response (RFC 9112 §9.6).
  Next linger(TcpSocket& socket) {
    if (!lingering_ && !socket.shutdown_send()) return Next::Abort;
    lingering_ = true;
    std::array<std::byte, 16384> scratch;
    while (lingered_ <= kMaxLinger) {
      const Result<std::size_t> count = socket.read_some(scratch);
      if (!count) return would_block(count.error()) ? Next::Wait : Next::Abort;
      if (*count == 0) return Next::Close;
      lingered_ += *count;
    }
    return Next::Abort;
  }

  const Folder& folder_;
  const WallClock& clock_;
  std::string input_;   // received, not yet a whole head
  std::string output_;  // of the response
  std::size_t sent_ = 0;
  std::optional<tun::FileDescriptor> file_;
  std::uint64_t file_left_ = 0;
  bool last_response_ = false;
  bool lingering_ = false;
  std::size_t lingered_ = 0;
};

}  // namespace

std::unique_ptr<Session> make_http(const Folder& folder, const WallClock& clock) {
  return std::make_unique<Http>(folder, clock);
}

}  // namespace tunic::services
