// See control_socket.hpp.
#include "control_socket.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tunic::command {
namespace {

tun::EnvironmentError cannot_open(const std::filesystem::path& path, int error) {
  return {"cannot make the socket for tunic ss in " + path.string(), std::generic_category().message(error),
          "set XDG_RUNTIME_DIR to a folder of your own"};
}

/// The folder exists, is ours and nobody else can enter it. 0, or errno.
int make_private_folder(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  return status.st_uid == geteuid() && (status.st_mode & 077) == 0 ? 0 : EPERM;
}

}  // namespace

std::vector<std::filesystem::path> control_folders() {
  std::vector<std::filesystem::path> folders;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') folders.push_back(std::filesystem::path(runtime) / "tunic");
  folders.emplace_back(fmt::format("/tmp/tunic-{}", geteuid()));
  return folders;
}

tun::EnvironmentResult<ControlSocket> ControlSocket::open() {
  tun::EnvironmentError error;
  for (const auto& folder : control_folders()) {
    const std::string path = folder / fmt::format("{}.sock", getpid());
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    int number = make_private_folder(folder);
    if (number == 0 && path.size() >= sizeof address.sun_path) number = ENAMETOOLONG;
    if (number == 0) {
      path.copy(address.sun_path, path.size());
      unlink(path.c_str());  // of a process that had our number and was killed
      tun::FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (listener && bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
          listen(listener.get(), kMaxClients) == 0) {
        return ControlSocket(std::move(listener), path);
      }
      number = errno;
    }
    error = cannot_open(folder, number);
  }
  return std::unexpected(error);
}

ControlSocket::~ControlSocket() {
  if (listener_) unlink(path_.c_str());
}

void ControlSocket::serve(tun::EpollDriver& driver, std::function<std::string()> describe) {
  describe_ = std::move(describe);
  driver.watch(listener_.get(), EPOLLIN, [this, &driver](std::uint32_t) { accept(driver); });
}

void ControlSocket::accept(tun::EpollDriver& driver) {
  tun::FileDescriptor fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || clients_.size() == kMaxClients) return;
  const int client = fd.get();
  clients_[client] = {std::move(fd), describe_()};
  driver.watch(client, EPOLLOUT, [this, &driver, client](std::uint32_t) { send(driver, client); });
}

void ControlSocket::send(tun::EpollDriver& driver, int client) {
  Client& to = clients_.at(client);
  const std::string_view rest = std::string_view(to.document).substr(to.sent);
  const ssize_t count = ::send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count >= 0) to.sent += static_cast<std::size_t>(count);
  if (count >= 0 && to.sent < to.document.size()) return;
  driver.unwatch(client);  // destroys the callback that called this: only parameters and `this` are used from here on
  clients_.erase(client);
}

}  // namespace tunic::command
