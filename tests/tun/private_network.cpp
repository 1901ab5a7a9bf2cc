// Entering the suite's network namespace, and running parts of tests in processes of their own.
#include "tests/tun/private_network.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/namespace.hpp>
#include <tunic/tun/tun_device.hpp>

namespace tunic::tun::testing {

namespace {

std::string enter() {
  if (auto entered = enter_private_network(); !entered) return entered.error().to_string();
  if (auto up = bring_up_loopback(); !up) return up.error().to_string();
  if (auto node = check_tun_node(); !node) return node.error().to_string();
  return {};
}

class PrivateNetwork : public ::testing::Environment {
 public:
  void SetUp() override { why_not = enter(); }

  const bool by_root = geteuid() == 0;
  std::string why_not;
};

// gtest owns and deletes it.
PrivateNetwork* const kEnvironment = new PrivateNetwork;
[[maybe_unused]] const auto* const kRegistered = ::testing::AddGlobalTestEnvironment(kEnvironment);

}  // namespace

const std::string& why_no_private_network() {
  return kEnvironment->why_not;
}

bool started_by_root() {
  return kEnvironment->by_root;
}

std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "pipe failed";
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const std::string complaint = body();
    const bool written = write(ends[1], complaint.data(), complaint.size()) == static_cast<ssize_t>(complaint.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string complaint;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    complaint.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "the child died of signal " + std::to_string(WTERMSIG(status));
  return complaint;
}

}  // namespace tunic::tun::testing
