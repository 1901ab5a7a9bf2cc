// `tunic doctor`: what Tunic needs of the machine, checked one by one, each with its fix.
#pragma once

#include <span>
#include <string>

namespace tunic::command {

struct DoctorOptions {
  bool json = false;
};

struct Check {
  std::string name;
  bool ok = true;
  std::string detail;  ///< what was found, or why it failed
  std::string fix;     ///< empty when ok
};

int run_doctor(const DoctorOptions& options);

std::string checks_text(std::span<const Check> checks);
std::string checks_json(std::span<const Check> checks);

}  // namespace tunic::command
