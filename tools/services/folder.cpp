// Opening and listing through the kernel's own confinement. See folder.hpp.
#include "folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace tunic::services {
namespace {

std::unexpected<std::error_code> last_error() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

/// O_NONBLOCK: opening a FIFO must not wait for its other end.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

tun::FileDescriptor open_beneath(const tun::FileDescriptor& folder, const char* name) {
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return tun::FileDescriptor(static_cast<int>(syscall(SYS_openat2, folder.get(), name, &how, sizeof how)));
}

}  // namespace

std::expected<Folder, std::error_code> Folder::open(const std::string& path) {
  tun::FileDescriptor root(::open(path.c_str(), kOpenFlags | O_DIRECTORY));
  if (!root) return last_error();
  // A kernel without openat2 is told of here rather than by the first request.
  if (!open_beneath(root, ".")) return last_error();
  return Folder(std::move(root));
}

std::expected<FolderEntry, std::error_code> Folder::find(const std::string& relative) const {
  tun::FileDescriptor file = open_beneath(root_, relative.empty() ? "." : relative.c_str());
  struct stat status{};
  if (!file || fstat(file.get(), &status) != 0) return last_error();
  const auto kind = S_ISREG(status.st_mode)   ? FolderEntry::Kind::File
                    : S_ISDIR(status.st_mode) ? FolderEntry::Kind::Folder
                                              : FolderEntry::Kind::Other;
  return FolderEntry{std::move(file), kind, static_cast<std::uint64_t>(status.st_size)};
}

std::expected<FolderNames, std::error_code> list_names(const tun::FileDescriptor& folder) {
  const int copy = openat(folder.get(), ".", kOpenFlags | O_DIRECTORY);  // closedir closes it
  if (copy < 0) return last_error();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), &closedir);
  if (stream == nullptr) {
    close(copy);
    return last_error();
  }
  FolderNames found;
  while (const dirent* entry = readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (found.names.size() == Folder::kMaxNames) {
      found.cut = true;
      break;
    }
    if (entry->d_type == DT_DIR) name += '/';
    found.names.push_back(std::move(name));
  }
  std::ranges::sort(found.names);
  return found;
}

}  // namespace tunic::services
