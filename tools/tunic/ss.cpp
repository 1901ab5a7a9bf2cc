// See ss.hpp. Asks each control socket for its document.
#include "ss.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <vector>

#include "control_socket.hpp"
#include "exit_code.hpp"

namespace tunic::command {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing: the stack is gone, or does not answer.
std::optional<std::string> ask(const std::filesystem::path& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
  path.native().copy(address.sun_path, path.native().size());
  const tun::FileDescriptor server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};
  setsockopt(server.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ECONNREFUSED) unlink(path.c_str());  // its process was killed
    return std::nullopt;
  }
  std::string document;
  std::array<char, 65536> part;
  for (;;) {
    const ssize_t count = read(server.get(), part.data(), part.size());
    if (count < 0) return std::nullopt;
    if (count == 0) return document;
    document.append(part.data(), static_cast<std::size_t>(count));
  }
}

std::vector<std::filesystem::path> find_sockets(const SsOptions& options) {
  std::vector<std::filesystem::path> found;
  for (const auto& folder : control_folders()) {
    std::error_code none;  // a folder that is not there has no sockets
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
      if (entry.path().extension() != ".sock") continue;
      if (!options.process || entry.path().stem() == std::to_string(*options.process)) found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

std::string milliseconds(const Json& microseconds) {
  const auto tenths = microseconds.get<std::int64_t>() / 100;
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

std::string number_or_dash(const Json& value) {
  return value.is_null() ? "-" : value.dump();
}

std::string connection_line(const Json& connection) {
  return fmt::format("{:<13}{:>8}{:>9}  {:<22}{:<22}{:>9}{:>10}{:>9}{:>9}{:>10}\n",
                     connection["state"].get<std::string>(), connection["receive_queue"].get<std::uint64_t>(),
                     connection["send_queue"].get<std::uint64_t>(), connection["local"].get<std::string>(),
                     connection["remote"].get<std::string>(), connection["cwnd"].get<std::uint64_t>(),
                     number_or_dash(connection["ssthresh"]), milliseconds(connection["rtt_us"]),
                     milliseconds(connection["rto_us"]), connection["inflight"].get<std::uint64_t>());
}

/// "UDP", and what other tools call a state: it has a peer or not.
std::string udp_line(const Json& socket) {
  const bool connected = !socket["remote"].is_null();
  return fmt::format("{:<13}{:>8}{:>9}  {:<22}{:<22}{:>9} dropped\n", connected ? "UDP ESTAB" : "UDP UNCONN",
                     socket["receive_queue"].get<std::uint64_t>(), socket["send_queue"].get<std::uint64_t>(),
                     socket["local"].get<std::string>(), connected ? socket["remote"].get<std::string>() : "*",
                     socket["dropped"].get<std::uint64_t>());
}

}  // namespace

std::string sockets_table(std::string_view document) {
  const Json stack = Json::parse(document);
  std::string table = fmt::format("Process {}: {} on {}\n", stack["process"].get<int>(),
                                  stack["address"].get<std::string>(), stack["device"].get<std::string>());
  table += fmt::format("{:<13}{:>8}{:>9}  {:<22}{:<22}{:>9}{:>10}{:>9}{:>9}{:>10}\n", "State", "Recv-Q", "Send-Q",
                       "Local", "Remote", "cwnd", "ssthresh", "rtt ms", "rto ms", "in flight");
  for (const Json& listener : stack["listeners"]) {
    table += fmt::format("{:<13}{:>8}{:>9}  {:<22}*\n", "LISTEN", listener["accept_queue"].get<std::uint64_t>(),
                         listener["backlog"].get<std::uint64_t>(), listener["local"].get<std::string>());
  }
  for (const Json& connection : stack["connections"]) table += connection_line(connection);
  for (const Json& socket : stack["udp"]) table += udp_line(socket);
  table += fmt::format("Packets: {} in, {} out, {} KiB held. Dropped:", stack["packets_in"].get<std::uint64_t>(),
                       stack["packets_out"].get<std::uint64_t>(), stack["packet_memory"].get<std::uint64_t>() / 1024);
  for (const auto& [reason, count] : stack["drops"].items()) {
    table += fmt::format(" {} {}", reason, count.get<std::uint64_t>());
  }
  return table + (stack["drops"].empty() ? " none\n" : "\n");
}

int run_ss(const SsOptions& options) {
  std::vector<std::string> documents;
  for (const auto& path : find_sockets(options)) {
    if (auto document = ask(path)) documents.push_back(std::move(*document));
  }
  if (options.process && documents.empty()) {
    return complain({ExitCode::Environment,
                     {fmt::format("cannot look at process {}", *options.process), "it is no running stack of yours",
                      "tunic ss without --pid lists those there are"}});
  }
  if (options.json) {
    fmt::print("[{}]\n", fmt::join(documents, ",\n"));
  } else {
    for (const std::string& document : documents) fmt::print("{}\n", sockets_table(document));
    if (documents.empty()) fmt::print(stderr, "tunic: no stack of yours is running\n");
  }
  return static_cast<int>(ExitCode::Ok);
}

}  // namespace tunic::command
