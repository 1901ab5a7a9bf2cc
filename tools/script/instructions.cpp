// One overload per instruction.
#include "script/instructions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "script/command.hpp"
#include "script/settings.hpp"

namespace tunic::script {

namespace {

Step perform(Bench& bench, const SetValue& setting) {
  return set_value(bench, setting.name, setting.value);
}

Step perform(Bench& bench, const LinuxSuiteDefaults&) {
  Config config = bench.config();
  if (const auto applied = apply_linux_suite_defaults(config); !applied) return mismatch(applied.error());
  bench.reconfigure(std::move(config));
  return {};
}

Step perform(Bench& bench, const RouteChange& change) {
  constexpr std::uint32_t kMost = 255;
  Config config = bench.config();
  if (change.mtu) config.mtu = *change.mtu;
  if (change.initial_window) {
    config.tcp.initial_window = static_cast<std::uint8_t>(std::min(*change.initial_window, kMost));
  }
  bench.reconfigure(std::move(config));
  return {};
}

Step perform(Bench& bench, const CountConnections& question) {
  std::uint32_t count = 0;
  const StackInfo info = bench.stack().info();
  for (const ConnectionInfo& connection : info.connections) {
    const bool there =
        !question.port || connection.local.port == *question.port || connection.remote.port == *question.port;
    if (there && connection.state == question.state) ++count;
  }
  if (count == question.count) return {};
  return mismatch(
      fmt::format("connections in {}: expected {}, live {}", to_string(question.state), question.count, count));
}

Step perform(Bench& bench, const DropConnections& drop) {
  for (const ConnectionInfo& connection : bench.stack().info().connections) {
    const bool fits = (!drop.local || *drop.local == connection.local) &&
                      (!drop.remote || *drop.remote == connection.remote) &&
                      (!drop.state || *drop.state == connection.state);
    if (fits) bench.stack().evict(connection.number);
  }
  return {};
}

Step perform(Bench&, const DoNothing&) {
  return {};
}

}  // namespace

Step set_value(Bench& bench, std::string_view name, std::string_view value) {
  Config config = bench.config();
  if (const auto applied = apply_setting(config, name, value); !applied) return mismatch(applied.error());
  bench.reconfigure(std::move(config));
  return {};
}

Step carry_out(Bench& bench, std::string_view command) {
  const auto instructions = parse_command(command);
  if (!instructions) return mismatch(instructions.error());
  for (const Instruction& instruction : *instructions) {
    Step step = std::visit([&](const auto& one) { return perform(bench, one); }, instruction);
    if (!step) return step;
  }
  bench.settle();
  return {};
}

}  // namespace tunic::script
