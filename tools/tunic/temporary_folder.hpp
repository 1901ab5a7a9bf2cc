// A folder for files that nobody else wants; it goes with its owner.
#pragma once

#include <filesystem>
#include <string>

namespace tunic::command {

/// Thread-safety: none.
class TemporaryFolder {
 public:
  /// Throws std::system_error where none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;  // empty: moved from
};

}  // namespace tunic::command
