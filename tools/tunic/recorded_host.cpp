// See recorded_host.hpp.
#include "recorded_host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/namespace.hpp>

namespace tunic::command {
namespace {

constexpr const char* kThisNetwork = "/proc/thread-self/ns/net";
constexpr const char* kInterface = "tun0";

Outcome<void> set_sysctl(const std::string& name, const std::string& value) {
  std::string path = "/proc/sys/" + name;
  std::ranges::replace(path, '.', '/');
  std::ofstream file(path);
  file << value;
  if (file.flush()) return {};
  return environment_failure({fmt::format("cannot set {} to '{}'", name, value),
                              "this kernel has no such setting in a network namespace, or refuses the value",
                              "look at /proc/sys for its name, and run it as root"});
}

/// What a namespace may not choose for its sockets, congestion control and the limit of the window, a route may.
Outcome<void> run_ip(const std::vector<std::string>& words) {
  std::vector<std::string> command{"ip"};
  command.insert(command.end(), words.begin(), words.end());
  const auto child = ChildProcess::start(command, ChildProcess::Streams::Background);
  if (!child) return std::unexpected(child.error());
  if (child->wait() == 0) return {};
  return environment_failure({fmt::format("cannot set up a private network: '{}'", fmt::join(command, " ")),
                              "the command failed, see above", "install iproute2 (tools/deps run); run it as root"});
}

Outcome<void> shape(const RecordedHost::Settings& settings) {
  for (const auto& [name, value] : settings.sysctls) {
    if (auto set = set_sysctl(name, value); !set) return set;
  }
  if (auto done = run_ip({"link", "set", kInterface, "gso_max_segs", "1"}); !done) return done;
  const Ipv4Prefix network{settings.address.network(), settings.address.length};
  return run_ip({"route", "change", network.to_string(), "dev", kInterface, "proto", "kernel", "scope", "link", "src",
                 settings.address.address.to_string(), "congctl", settings.congestion_control, "window",
                 std::to_string(settings.most_window)});
}

/// Has one of the sockets in this file of /proc/net the state? Lines are "sl local remote state …", after a heading.
bool has_socket(const std::string& path, std::string_view wanted) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  for (std::string number, local, remote, state; file >> number >> local >> remote >> state; std::getline(file, line)) {
    if (state == wanted) return true;
  }
  return false;
}

Outcome<tun::TunDevice> behind_kernel(const RecordedHost::Settings& settings) {
  auto device = tun::TunDevice::open({.name = kInterface, .offloading = tun::Offloading::Single});
  if (!device) return environment_failure(device.error());
  const auto set_up = tun::set_up_interface({.name = device->name(), .address = settings.address});
  if (!set_up) return environment_failure(set_up.error());
  if (auto shaped = shape(settings); !shaped) return std::unexpected(shaped.error());
  return std::move(*device);
}

Outcome<tun::TunDevice> behind_stack() {
  if (auto made = run_ip({"tuntap", "add", "dev", kInterface, "mode", "tun"}); !made)
    return std::unexpected(made.error());
  if (auto up = run_ip({"link", "set", "dev", kInterface, "addrgenmode", "none", "up"}); !up)
    return std::unexpected(up.error());
  auto device = tun::TunDevice::open_far_side(kInterface);
  if (!device) return environment_failure(device.error());
  return std::move(*device);
}

/// Whether a program holds the other end of this network's interface.
bool is_attached() {
  const tun::FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, kInterface, sizeof request.ifr_name - 1);
  return ioctl(any.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
}

}  // namespace

Outcome<RecordedHost> RecordedHost::make(const Settings& settings) {
  if (auto entered = tun::enter_private_network(); !entered) return environment_failure(entered.error());
  if (auto loopback = tun::bring_up_loopback(); !loopback) return environment_failure(loopback.error());
  auto device = settings.stack == replay::HostStack::Kernel ? behind_kernel(settings) : behind_stack();
  if (!device) return std::unexpected(device.error());
  tun::FileDescriptor network(open(kThisNetwork, O_RDONLY | O_CLOEXEC));
  if (!network) throw std::system_error(errno, std::generic_category(), kThisNetwork);
  return RecordedHost(std::move(network), std::move(*device), settings);
}

Outcome<void> RecordedHost::enter() const {
  if (setns(network_.get(), CLONE_NEWNET) == 0) return {};
  return environment_failure(
      {"cannot go back to a private network", std::generic_category().message(errno), "run it as root"});
}

Outcome<ChildProcess> RecordedHost::start(const std::vector<std::string>& command,
                                          ChildProcess::Streams streams) const {
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  if (!has_stack_) return ChildProcess::start(command, streams);
  // Without offloads, as in the kernel's host; but a program that has them after all is recorded as a wire would carry it.
  std::vector<std::string> words{"env", fmt::format("TUNIC_TUN={}", kInterface), "TUNIC_ADDR=" + address_.to_string(),
                                 "TUNIC_OFFLOAD=off"};
  words.insert(words.end(), command.begin(), command.end());
  return ChildProcess::start(words, streams);
}

bool RecordedHost::somebody_listens() const {
  constexpr std::string_view kListening = "0A";
  constexpr std::string_view kUnconnected = "07";
  if (!enter()) return false;
  if (has_stack_) return is_attached();
  const std::string folder = "/proc/thread-self/net/";
  return has_socket(folder + "tcp", kListening) || has_socket(folder + "tcp6", kListening) ||
         has_socket(folder + "udp", kUnconnected) || has_socket(folder + "udp6", kUnconnected);
}

}  // namespace tunic::command
