// Names of enumerators, and the file.
#include "replay/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "replay/numbers.hpp"

namespace tunic::replay {

namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;

}  // namespace

std::optional<Level> level_named(std::string_view name) {
  for (const Level level : {Level::Outcome, Level::Semantic, Level::Strict}) {
    if (to_string(level) == name) return level;
  }
  return std::nullopt;
}

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, 3> kNames{"outcome", "semantic", "strict"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(Role role) {
  constexpr std::array<std::string_view, 3> kNames{"sender", "receiver", "both"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view to_string(HostStack stack) {
  return stack == HostStack::Kernel ? "kernel" : "tunic";
}

std::string_view to_string(CallKind kind) {
  constexpr std::array<std::string_view, 8> kNames{"listen", "accept", "connect",  "read",
                                                   "write",  "sendto", "shutdown", "close"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string to_line(const RecordedCall& call) {
  std::string arguments;
  if (call.kind == CallKind::Read || call.kind == CallKind::Write) arguments = std::to_string(call.bytes);
  if (call.kind == CallKind::SendTo) arguments = fmt::format("{}, {}", call.bytes, call.to);
  if (call.kind == CallKind::Shutdown)
    arguments = call.how == Direction::Read ? "read" : call.how == Direction::Write ? "write" : "both";
  if (call.linger) arguments = fmt::format("linger {}", *call.linger);
  return fmt::format("{:.6f} {}({}){}{}", in_seconds(call.at), to_string(call.kind), arguments,
                     call.error.empty() ? "" : " = ", call.error);
}

std::string sidecar_path(const std::string& capture) {
  return std::filesystem::path(capture).replace_extension(".json").string();
}

std::expected<std::optional<Sidecar>, std::string> read_sidecar_of(const std::string& capture) {
  const std::string path = sidecar_path(capture);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  if (std::filesystem::file_size(path, error) > kLargest) return std::unexpected(path + ": it is larger than 1 MiB");
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return std::unexpected(path + ": it cannot be read");
  auto sidecar = parse_sidecar(path, text);
  if (!sidecar) return std::unexpected(std::move(sidecar.error()));
  return std::move(*sidecar);
}

}  // namespace tunic::replay
