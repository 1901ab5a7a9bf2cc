// The private network: as root and as an ordinary user with a TUN node that is open to everybody.
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/namespace.hpp>
#include <tunic/tun/tun_device.hpp>

#include "tests/tun/private_network.hpp"

namespace tunic::tun::testing {
namespace {

/// A device with its set-up, in the current namespace; a complaint or nothing.
std::string try_a_device(const std::string& node) {
  if (if_nametoindex("lo") != 1) return "the namespace has no lo";
  auto device = TunDevice::open({.name = "mine", .node = node});
  if (!device) return device.error().to_string();
  auto up = set_up_interface({.name = "mine", .address = {Ipv4Address(10, 9, 0, 1), 24}});
  if (!up) return up.error().to_string();
  up = bring_up_loopback();
  if (!up) return up.error().to_string();
  return {};
}

bool has_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks)) > 1;
}

/// Becomes user 65534 with no privilege left; false: failed.
bool become_nobody() {
  return setgroups(0, nullptr) == 0 && setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0 &&
         prctl(PR_SET_DUMPABLE, 1) == 0;  // as after an exec: /proc/self belongs to the new user
}

bool give_up_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> none{};
  return syscall(SYS_capset, &header, none.data()) == 0;
}

/// A TUN node with mode 0666 that nobody outside this process sees; its folder, or nothing.
std::string make_open_node() {
  std::string folder = "/tmp/tunic-XXXXXX";
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return {};
  if (mkdtemp(folder.data()) == nullptr || mount("tmpfs", folder.c_str(), "tmpfs", 0, "mode=0755") != 0) return {};
  const std::string node = folder + "/tun";
  if (mknod(node.c_str(), S_IFCHR | 0666, makedev(10, 200)) != 0 || chmod(node.c_str(), 0666) != 0) return {};
  return folder;
}

TEST(PrivateNetwork, AsRootOrAsUserGivesADevice) {
  if (!why_no_private_network().empty()) GTEST_SKIP() << why_no_private_network();
  const std::string complaint = in_child([]() -> std::string {
    if (auto entered = enter_private_network(); !entered) return entered.error().to_string();
    return try_a_device(kTunNode);
  });
  EXPECT_EQ(complaint, "");
}

TEST(PrivateNetwork, WithoutPrivilegeGivesADeviceWhenTheNodeIsOpen) {
  if (!started_by_root()) GTEST_SKIP() << "only root can make an open TUN node and become somebody else";
  if (!why_no_private_network().empty()) GTEST_SKIP() << why_no_private_network();
  const std::string complaint = in_child([]() -> std::string {
    if (has_threads()) return "skip: a sanitizer's thread forbids user namespaces";
    const std::string folder = make_open_node();
    if (folder.empty()) return "skip: no private mount namespace with a TUN node in it";
    if (!become_nobody()) return "cannot become nobody";
    if (auto entered = enter_private_network(); !entered) return entered.error().to_string();
    if (geteuid() != 0) return "not root of the new namespace";
    return try_a_device(folder + "/tun");
  });
  if (complaint.starts_with("skip: ")) GTEST_SKIP() << complaint.substr(6);
  EXPECT_EQ(complaint, "");
}

TEST(PrivateNetwork, SaysThatUserNamespacesAreTurnedOff) {
  if (!started_by_root()) GTEST_SKIP() << "only root can turn them off, for a namespace of its own";
  const std::string complaint = in_child([]() -> std::string {
    // The limit is per user namespace: in one of our own, turning it off hurts nobody else.
    if (unshare(CLONE_NEWUSER) != 0) return "skip: no user namespaces here";
    {
      std::ofstream limit("/proc/sys/user/max_user_namespaces");
      limit << 0;
      limit.flush();
      if (!limit) return "skip: the limit cannot be set here";
    }
    if (!give_up_capabilities()) return "cannot give up the capabilities";
    const auto entered = enter_private_network();
    if (entered) return "a namespace was made in spite of the limit";
    if (entered.error().fix.find("sysctl user.max_user_namespaces") == std::string::npos) {
      return entered.error().to_string();
    }
    return {};
  });
  if (complaint.starts_with("skip: ")) GTEST_SKIP() << complaint.substr(6);
  EXPECT_EQ(complaint, "");
}

}  // namespace
}  // namespace tunic::tun::testing
