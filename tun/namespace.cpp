// A network namespace of our own. Linux: network_namespaces(7), user_namespaces(7).
#include "tunic/tun/namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "tunic/tun/file_descriptor.hpp"

namespace tunic::tun {

namespace {

constexpr const char* kWhat = "cannot make a private network namespace";

/// The number in a file of /proc/sys; empty: there is no such file.
std::optional<long> setting(const char* path) {
  std::ifstream file(path);
  long value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

/// Kernels and distributions forbid user namespaces in several ways; errno alone does not tell which one it was.
EnvironmentError refusal(int error) {
  if (error == EINVAL) {
    return {kWhat, "the process has threads already, or the kernel is built without namespaces",
            "make the namespace before starting threads"};
  }
  if (setting("/proc/sys/user/max_user_namespaces") == 0) {
    return {kWhat, "user namespaces are turned off (user.max_user_namespaces is 0)",
            "as root: sysctl user.max_user_namespaces=10000"};
  }
  if (setting("/proc/sys/user/max_net_namespaces") == 0) {
    return {kWhat, "network namespaces are turned off (user.max_net_namespaces is 0)",
            "as root: sysctl user.max_net_namespaces=10000"};
  }
  if (error == ENOSPC || error == EUSERS) {
    return {kWhat, "too many namespaces exist already, or are nested", "end the programs that hold them"};
  }
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
    return {kWhat, "user namespaces are for root only (kernel.unprivileged_userns_clone is 0)",
            "as root: sysctl kernel.unprivileged_userns_clone=1"};
  }
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
    return {kWhat, "AppArmor keeps user namespaces from unprivileged programs",
            "as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0"};
  }
  if (error == EPERM || error == EACCES) {
    return {kWhat, "it is not permitted here; in a container its seccomp profile forbids it",
            "run as root, or start the container with --security-opt seccomp=unconfined --cap-add NET_ADMIN"};
  }
  return {kWhat, std::generic_category().message(error), "run it as root"};
}

bool write_file(const char* path, std::string_view text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Maps the user outside to root inside. The group map is open to the unprivileged only after setgroups is given up.
EnvironmentResult<void> map_to_root(uid_t user, gid_t group) {
  const bool done = write_file("/proc/self/setgroups", "deny") &&
                    write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") &&
                    write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  if (done) return {};
  return std::unexpected(EnvironmentError{"cannot become root of the private namespace",
                                          std::generic_category().message(errno),
                                          "run it as root, or where user namespaces are allowed"});
}

}  // namespace

EnvironmentResult<void> enter_private_network() {
  if (unshare(CLONE_NEWNET) == 0) return {};
  if (errno != EPERM) return std::unexpected(refusal(errno));
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return std::unexpected(refusal(errno));
  return map_to_root(user, group);
}

}  // namespace tunic::tun
