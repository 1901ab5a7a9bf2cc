// The page that the demonstration serves, in a folder that lasts as long as this object.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace tunic::command {

class DemoPage {
 public:
  static constexpr const char* kName = "hello.txt";

  DemoPage() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tunic-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
    folder_ = pattern;
    std::ofstream(folder_ / kName) << "Hello from a TCP/IP stack in user space.\n";
  }
  DemoPage(const DemoPage&) = delete;
  DemoPage& operator=(const DemoPage&) = delete;
  ~DemoPage() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace tunic::command
