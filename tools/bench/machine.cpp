// See machine.hpp.
#include "machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tunic::bench {
namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Processor time of a process, to the nanosecond; 0: it has ended.
double cpu_seconds(pid_t process) {
  clockid_t clock{};
  return clock_getcpuclockid(process, &clock) == 0 ? seconds_of(clock) : 0;
}

double ticks_per_second() {
  return static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// What a program used, its ended children included; 0 for threads of the kernel, which work for whoever wants them.
double program_seconds(const std::filesystem::path& folder) {
  constexpr long kKernelThreads = 2;  // the parent of them all
  std::string text;
  std::getline(std::ifstream(folder / "stat"), text);
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(behind_name + 1));
  std::string skipped;
  long parent = 0;
  fields >> skipped >> parent;
  if (parent == kKernelThreads) return 0;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  double sum = 0;
  for (int field = 14; field < 18; ++field) {  // utime, stime, cutime, cstime
    double ticks = 0;
    fields >> ticks;
    sum += ticks;
  }
  return sum / ticks_per_second();
}

}  // namespace

Processors Processors::allowed() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> allowed;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &set)) allowed.push_back(processor);
  }
  if (allowed.empty()) return {};
  return {allowed.front(), allowed[std::min<std::size_t>(1, allowed.size() - 1)]};
}

void pin_to(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

std::size_t allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlimit raised{wanted, std::max<rlim_t>(wanted, limit.rlim_max)};  // beyond rlim_max it takes a privilege
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

double resident_octets(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double seconds_now() {
  return seconds_of(CLOCK_MONOTONIC);
}

Observation::Observation(pid_t server)
    : server_(server), before_(usage()), server_before_(cpu_seconds(server)), began_(seconds_now()) {}

double Observation::elapsed() const {
  return seconds_now() - began_;
}

Observation::Result Observation::stop() const {
  Result result;
  result.seconds = elapsed();
  result.server_cpu = cpu_seconds(server_) - server_before_;
  const Usage after = usage();
  const double all = after.all - before_.all;
  if (all > 0) {
    result.disturbance.steal = 100 * std::max(0.0, after.steal - before_.steal) / all;
    result.disturbance.foreign = 100 * std::max(0.0, after.foreign - before_.foreign) / all;
  }
  return result;
}

Observation::Usage Observation::usage() const {
  Usage usage;
  std::ifstream file("/proc/stat");
  std::string cpu;
  file >> cpu;
  for (int field = 0; field < 8; ++field) {  // user nice system idle iowait irq softirq steal
    double ticks = 0;
    file >> ticks;
    usage.all += ticks / ticks_per_second();
    if (field == 7) usage.steal = ticks / ticks_per_second();
  }
  std::error_code ignored;  // processes end while they are looked at
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc{} || process == getpid() || process == server_) continue;
    usage.foreign += program_seconds(entry.path());
  }
  return usage;
}

}  // namespace tunic::bench
