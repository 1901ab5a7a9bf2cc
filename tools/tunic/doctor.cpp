// See doctor.hpp. What changes the process for good (entering a namespace) is tried in a child process.
#include "doctor.hpp"

#include <fmt/format.h>
#include <linux/if_tun.h>
#include <netlink/version.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/Version.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include <tunic/tun/private_tun.hpp>
#include <tunic/version.hpp>

#include "control_socket.hpp"
#include "exit_code.hpp"
#include "network.hpp"

namespace tunic::command {
namespace {

Check passed(std::string name, std::string detail) {
  return {std::move(name), true, std::move(detail), {}};
}
Check failed(std::string name, const tun::EnvironmentError& error) {
  return {std::move(name), false, error.what + ": " + error.why, error.fix};
}

std::unexpected<tun::EnvironmentError> cannot_try() {
  return std::unexpected(tun::EnvironmentError{"cannot try it in another process",
                                               std::generic_category().message(errno), "end some programs"});
}

/// Runs `work` in a child process and gives what it returns: first line the detail, or the three lines of an error.
tun::EnvironmentResult<std::string> in_child(const std::function<tun::EnvironmentResult<std::string>()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return cannot_try();
  const tun::FileDescriptor reading(ends[0]);
  tun::FileDescriptor writing(ends[1]);
  const pid_t child = fork();
  if (child < 0) return cannot_try();
  if (child == 0) {
    const auto result = work();
    const std::string text =
        result ? *result : result.error().what + '\n' + result.error().why + '\n' + result.error().fix;
    const bool written = write(writing.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(result && written ? 0 : 1);
  }
  writing = tun::FileDescriptor();
  std::string text;
  std::array<char, 4096> part;
  ssize_t count = 0;
  while ((count = read(reading.get(), part.data(), part.size())) > 0)
    text.append(part.data(), static_cast<std::size_t>(count));
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  const std::size_t first = text.find('\n');
  const std::size_t second = text.find('\n', first + 1);
  return std::unexpected(tun::EnvironmentError{text.substr(0, first), text.substr(first + 1, second - first - 1),
                                               text.substr(second + 1)});
}

Check check_kernel() {
  utsname system{};
  uname(&system);
  const std::string_view release = system.release;
  int major = 0;
  int minor = 0;
  const auto [dot, error] = std::from_chars(release.begin(), release.end(), major);
  if (error == std::errc{} && dot != release.end()) std::from_chars(dot + 1, release.end(), minor);
  const std::string detail = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  if (major > 5 || (major == 5 && minor >= 11)) return passed("kernel", detail);
  return {"kernel", false, detail + " lacks epoll_pwait2", "use Linux 5.11 or later"};
}

Check check_processor() {
  return passed("processor", fmt::format("{} hardware threads", std::thread::hardware_concurrency()));
}

Check check_libraries() {
  return passed("libraries", fmt::format("tunic {}, fmt {}.{}.{}, libnl {}, Boost {}.{}, CLI11 {}", TUNIC_VERSION,
                                         FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100, LIBNL_VERSION,
                                         BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, CLI11_VERSION));
}

Check check_tun_node() {
  if (const auto node = tun::check_tun_node(); !node) return failed("TUN node", node.error());
  return passed("TUN node", std::string(tun::kTunNode) + " can be opened");
}

/// The features that the TUN driver offers, for what later versions use.
std::string offloads_of(const tun::TunDevice& device) {
  unsigned features = 0;
  if (ioctl(device.fd(), TUNGETFEATURES, &features) != 0) return "unknown";
  constexpr std::array<std::pair<unsigned, std::string_view>, 3> kFeatures{
      {{IFF_VNET_HDR, "vnet header"}, {IFF_MULTI_QUEUE, "several queues"}, {IFF_NAPI, "NAPI"}}};
  std::string found;
  for (const auto& [bit, name] : kFeatures) {
    if ((features & bit) != 0) found += (found.empty() ? "" : ", ") + std::string(name);
  }
  if (ioctl(device.fd(), TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == 0)
    found += ", checksum and TCP segmentation offload";
  return found;
}

tun::EnvironmentResult<std::string> set_up_private_network() {
  const auto device = tun::open_private_tun(kDefaultAddress);
  if (!device) return std::unexpected(device.error());
  return offloads_of(*device);
}

void check_private_network(std::vector<Check>& checks) {
  const auto offloads = in_child(set_up_private_network);
  if (!offloads) {
    checks.push_back(failed("private network", offloads.error()));
    return;
  }
  checks.push_back(passed("private network", "a namespace with a TUN interface can be made"));
  checks.push_back(passed("offloads", *offloads));
}

/// The programs that the demonstration runs in the private network.
Check check_programs() {
  const char* path = std::getenv("PATH");
  std::string missing;
  for (const std::string name : {"ping", "curl"}) {
    bool found = false;
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty() && !found) {
      const std::string_view folder = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
      found = access(fmt::format("{}/{}", folder, name).c_str(), X_OK) == 0;
    }
    if (!found) missing += ' ' + name;
  }
  if (missing.empty()) return passed("programs", "ping and curl are there");
  return {"programs", false, "not found in PATH:" + missing, "tools/deps run"};
}

Check check_control_socket() {
  const auto control = ControlSocket::open();
  if (!control) return failed("control socket", control.error());
  return passed("control socket", "tunic ss can look at what tunic serve runs");
}

}  // namespace

std::string checks_text(std::span<const Check> checks) {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{:<8}{:<17}{}\n", check.ok ? "ok" : "failed", check.name, check.detail);
    if (!check.ok) text += fmt::format("{:<25}Fix: {}\n", "", check.fix);
  }
  return text;
}

int run_doctor(const DoctorOptions& options) {
  std::vector<Check> checks{check_kernel(), check_processor(), check_libraries(), check_tun_node()};
  check_private_network(checks);
  checks.push_back(check_programs());
  checks.push_back(check_control_socket());
  fmt::print("{}", options.json ? checks_json(checks) : checks_text(checks));
  const bool all_ok = std::ranges::all_of(checks, &Check::ok);
  return static_cast<int>(all_ok ? ExitCode::Ok : ExitCode::Environment);
}

}  // namespace tunic::command
