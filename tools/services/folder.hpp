// A folder whose files may be read by others, and nothing outside it. Knows nothing of HTTP.
//
// The kernel resolves each name below the folder (openat2 with RESOLVE_BENEATH): no "..", no absolute path and no symbolic
// link leads out, and there is no moment between check and use.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tunic/tun/file_descriptor.hpp>

namespace tunic::services {

struct FolderEntry {
  enum class Kind : std::uint8_t { File, Folder, Other };

  tun::FileDescriptor file;
  Kind kind;
  std::uint64_t size;  ///< of a file
};

class Folder {
 public:
  /// A name list longer than this is cut.
  static constexpr std::size_t kMaxNames = 10000;

  static std::expected<Folder, std::error_code> open(const std::string& path);

  /// `relative`: names separated by slashes; empty: the folder itself. A name that leads out gives errc::cross_device_link.
  std::expected<FolderEntry, std::error_code> find(const std::string& relative) const;

 private:
  explicit Folder(tun::FileDescriptor root) : root_(std::move(root)) {}

  tun::FileDescriptor root_;
};

struct FolderNames {
  std::vector<std::string> names;  ///< sorted; those of folders end with a slash
  bool cut = false;                ///< there are more than Folder::kMaxNames
};

/// The names in an opened folder, without "." and "..".
std::expected<FolderNames, std::error_code> list_names(const tun::FileDescriptor& folder);

}  // namespace tunic::services
