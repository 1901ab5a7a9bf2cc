// See get.hpp.
#include "get.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <tunic/tun/os.hpp>
#include <tunic/version.hpp>

#include "client.hpp"
#include "http_reader.hpp"
#include "streams.hpp"

namespace tunic::command {
namespace {

constexpr unsigned kFirstErrorStatus = 400;
constexpr unsigned kFirstRedirection = 300;

std::string request_for(const HttpUrl& url) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tunic/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                     url.target, url.host, TUNIC_VERSION);
}

/// The request out, the answer in: as far as the socket and the output allow, each time something happens.
class Download {
 public:
  Download(Client& client, TcpSocket socket, std::string request, int output)
      : socket_(std::move(socket)), request_(std::move(request)), output_(client.driver(), output, [this] { step(); }) {
    socket_.on_ready([this](Readiness) { step(); });
  }

  bool over() const { return output_.has_room() && (ended_ || reader_.complete() || !failure().empty()); }
  /// What went wrong; empty: nothing so far.
  std::string failure() const {
    return output_.error() ? "the output cannot be written: " + output_.error().message() : failure_;
  }
  bool output_failed() const { return bool(output_.error()); }
  const HttpReader& answer() const { return reader_; }
  std::uint64_t received() const { return received_; }

 private:
  void step() {
    while (!request_.empty() && failure_.empty()) {
      const auto count = socket_.write_some(std::as_bytes(std::span(request_)));
      if (!count) return note(count.error());
      request_.erase(0, *count);
    }
    std::array<char, 65536> bytes;
    while (!over() && output_.has_room()) {
      const auto count = socket_.read_some(std::as_writable_bytes(std::span(bytes)));
      if (!count) return note(count.error());
      std::string body;
      const auto taken = *count == 0 ? reader_.end() : reader_.take({bytes.data(), *count}, body);
      ended_ = *count == 0;
      if (!taken) failure_ = taken.error();
      received_ += body.size();
      output_.write(body);
    }
  }

  void note(const std::error_code& error) {
    if (error != make_error_code(Error::WouldBlock)) failure_ = error.message();
  }

  TcpSocket socket_;
  std::string request_;  // the rest of it
  HttpReader reader_;
  OutputStream output_;
  std::uint64_t received_ = 0;
  bool ended_ = false;
  std::string failure_;
};

/// A line a second on stderr, over itself where that is a terminal. Exact: no floating point.
class Progress {
 public:
  Progress() : began_(tun::os_now()), terminal_(isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (terminal_ && shown_) fmt::print(stderr, "\n");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t received, std::optional<std::uint64_t> length) {
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(tun::os_now() - began_).count();
    const std::string of = length ? " of " + megabytes(*length) : "";
    fmt::print(stderr, "{}tunic: {}{} MB, {} MB/s{}", terminal_ ? "\r" : "", megabytes(received), of,
               megabytes(received * 1000 / static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed, 1))),
               terminal_ ? "  " : "\n");
    shown_ = true;
  }

 private:
  static std::string megabytes(std::uint64_t octets) {
    return fmt::format("{}.{}", octets / 1'000'000, octets / 100'000 % 10);
  }

  Instant began_;
  bool terminal_;
  bool shown_ = false;
};

Outcome<tun::FileDescriptor> open_output(const std::string& path) {
  tun::FileDescriptor file(path.empty() ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                        : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file) return file;
  return environment_failure({"cannot write " + (path.empty() ? "to stdout" : path),
                              std::generic_category().message(errno), "name a file in a folder that you may write to"});
}

void wait_for(Client& client, const Download& download, bool show_progress) {
  Progress progress;
  const auto over = [&] { return download.over(); };
  constexpr Duration kTick = std::chrono::seconds(1);
  while (!client.run_until(over, later(tun::os_now(), kTick)) && !client.interrupted())
    if (show_progress) progress.show(download.received(), download.answer().length());
}

Outcome<void> judged(const Download& download, const HttpUrl& url) {
  const std::string what = "cannot fetch " + url.target + " from " + url.server.to_string();
  if (download.output_failed()) {
    return environment_failure({what, download.failure(), "make room for it"});
  }
  if (!download.failure().empty()) return peer_failure(what, download.failure(), "look at the server's log");
  const HttpReader& answer = download.answer();
  if (answer.status() >= kFirstErrorStatus) {
    return peer_failure(what, fmt::format("the server says {} {}", answer.status(), answer.reason()),
                        "ask it for something that it has");
  }
  if (answer.status() >= kFirstRedirection)
    fmt::print(stderr, "tunic: {} {}: {}\n", answer.status(), answer.reason(), answer.location());
  return {};
}

Outcome<void> fetch(Client& client, const GetOptions& options, int output) {
  if (auto started = client.start_command(); !started) return started;
  auto socket = client.connect(options.url.server);
  if (!socket) return std::unexpected(socket.error());
  Download download(client, std::move(*socket), request_for(options.url), output);
  const bool stderr_is_free = options.stack.log == LogFormat::None || !options.stack.log_path.empty();
  wait_for(client, download, stderr_is_free);
  if (client.interrupted()) return {};
  return judged(download, options.url);
}

Outcome<int> get(const GetOptions& options) {
  const auto output = open_output(options.output);
  if (!output) return std::unexpected(output.error());
  const auto client = Client::start(options.stack);
  if (!client) return std::unexpected(client.error());
  const Outcome<void> fetched = fetch(**client, options, output->get());
  const int status = (*client)->finish();
  if (!fetched) return std::unexpected(fetched.error());
  return status;
}

}  // namespace

int run_get(const GetOptions& options) {
  const Outcome<int> status = get(options);
  return status ? *status : complain(status.error());
}

}  // namespace tunic::command
