// HTTP/1.1 server of a folder's files: one connection's requests, answered in turn. RFC 9110, RFC 9112.
//
// Files are read into the blocks that are sent. Memory per connection: one request head, one response head with a small body,
// or one chunk of a file beyond what the socket's buffer holds. Requests with a
// body, methods other than GET and HEAD, and anything malformed are answered and then the connection ends: what follows
// on it can't be trusted to be a request (RFC 9112 §9.3, §11.2).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "folder.hpp"
#include "http_request.hpp"
#include "http_response.hpp"
#include "page_cache.hpp"
#include "session.hpp"

namespace tunic::services {
namespace {

constexpr std::size_t kFileChunk = 65536;
/// What may still come from a peer after our last response before the connection is reset.
constexpr std::size_t kMaxLinger = std::size_t{1} << 20;

/// What all connections of a server share.
struct Site {
  Stack& stack;
  const Folder& folder;
  const WallClock& clock;
  PageCache pages{};
};

class Http : public Session {
 public:
  explicit Http(Site& site) : site_(site) {}

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
    if (readable && !bad) {
      give(request.target, style);
    } else {
      start(error_response(readable ? 400 : 405), style);
    }
    input_.erase(0, parsed.size);
  }

  /// What is asked for: from the last one who asked for the same, or from the folder.
  void give(const std::string& target, const ResponseStyle& style) {
    const Instant now = site_.stack.now();
    std::string name = fmt::format("{}{}{} {}", +style.head_only, +style.keep_alive, +style.version_1_0, target);
    if (const Chain* answer = site_.pages.find(name, now)) {
      last_response_ = !style.keep_alive;
      output_ = *answer;
      return;
    }
    start(respond(site_.folder, target), style);
    if (file_ && file_left_ <= PageCache::kMaxSize && !read_chunk()) return;
    if (!file_) site_.pages.keep(std::move(name), output_, now);
  }

  void start(HttpResponse response, const ResponseStyle& style) {
    last_response_ = !style.keep_alive;
    std::string text = response_head(response, style, site_.clock());
    if (!style.head_only) text += response.body;
    output_ = Chain(site_.stack.pool().copy(std::as_bytes(std::span(text))));
    if (style.head_only || !response.file) return;
    file_ = std::move(response.file);
    file_left_ = response.file_size;
  }

  /// Sends what is left of the response.
  Step send(TcpSocket& socket) {
    for (;;) {
      while (!output_.empty()) {
        const Result<std::size_t> count = socket.write_shared(output_, file_.has_value());
        if (!count) return would_block(count.error()) ? Step::Blocked : Step::Failed;
      }
      if (!file_) return Step::Done;
      if (!read_chunk()) return Step::Failed;
    }
  }

  /// The next part of the file goes behind the output; false: the file no longer has the length that was announced.
  bool read_chunk() {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kFileChunk, file_left_));
    if (size > 0) {
      Slice chunk = site_.stack.pool().allocate(size);
      const ssize_t count = ::read(file_->get(), chunk.writable().data(), size);
      if (count <= 0) return false;
      chunk.trim_back(chunk.size() - static_cast<std::size_t>(count));
      output_.push_back(std::move(chunk));
      file_left_ -= static_cast<std::uint64_t>(count);
    }
    if (file_left_ == 0) file_.reset();
    return true;
  }

  /// After the last response: FIN, then wait for the peer's. Closing with data unread would reset the connection, and
  /// the peer might lose the response (RFC 9112 §9.6).
  Next linger(TcpSocket& socket) {
    if (!lingering_ && !socket.shutdown_send()) return Next::Abort;
    lingering_ = true;
    while (lingered_ <= kMaxLinger) {
      const Result<Chain> bytes = socket.read_shared(kMaxLinger);
      if (!bytes) return would_block(bytes.error()) ? Next::Wait : Next::Abort;
      if (bytes->empty()) return Next::Close;
      lingered_ += bytes->size();
    }
    return Next::Abort;
  }

  Site& site_;
  std::string input_;  // received, not yet a whole head
  Chain output_;       // of the response
  std::optional<tun::FileDescriptor> file_;
  std::uint64_t file_left_ = 0;
  bool last_response_ = false;
  bool lingering_ = false;
  std::size_t lingered_ = 0;
};

}  // namespace

std::function<std::unique_ptr<Session>()> http_sessions(Stack& stack, const Folder& folder, const WallClock& clock) {
  return [site = std::make_shared<Site>(stack, folder, clock)] { return std::make_unique<Http>(*site); };
}

}  // namespace tunic::services
