#include "agent/control/posix/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "agent/control/posix/accounts.h"
#include "agent/control/posix/unix_address.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/words.h"
#include "common/text/shell_word.h"

namespace certconnector::control {

namespace {

constexpr int kBacklog = 32;

Error failure(const std::string& doing, int code) {
  return Error(TransportErrc::failed, ErrorKind::transient, std::generic_category().message(code))
      .with_context(doing);
}

platform::FileDescriptor new_socket() {
  return platform::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool somebody_listens(const sockaddr_un& address) {
  const platform::FileDescriptor probe = new_socket();
  if (!probe.valid()) return true;
  const int code =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return code == 0 || errno == EAGAIN;
}

Status remove_dead_socket(const std::string& path, const sockaddr_un& address) {
  CC_TRY(check_no_other_file(path));
  if (somebody_listens(address)) {
    return Error(TransportErrc::in_use, ErrorKind::transient,
                 "another agent answers on " + path +
                     ". Stop it first, or give this one its own [agent] socket");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("removing " + path, errno);
  return {};
}

// No client can connect before listen(), so the socket never has wider permissions.
Status set_permissions(const std::string& path, const std::string& group, log::Logger& logger) {
  const auto gid = group_id(group);
  constexpr auto kSameUser = static_cast<uid_t>(-1);
  if (gid && ::chown(path.c_str(), kSameUser, *gid) == 0) {
    if (::chmod(path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) == 0) return {};
    return failure("setting the permissions of " + path, errno);
  }
  const std::string only_now = "; only root and the agent's own user can use the CLI. ";
  const std::string named = text::shell_word(group);
  logger.warning(
      "control.no_group",
      gid ? "the agent may not give its socket to the group" + only_now +
                "Make the agent's user a member of the group, and restart the agent: usermod -aG " +
                named + " " + text::shell_word(user_name(::geteuid()))
          : "the group of the control socket does not exist" + only_now +
                "Create the group, and restart the agent: groupadd --system " + named,
      {{"group", group}, {"socket", path}});
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) == 0) return {};
  return failure("setting the permissions of " + path, errno);
}

}  // namespace

Status check_no_other_file(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? Status() : Status(failure("looking at " + path, errno));
  }
  if (S_ISSOCK(found.st_mode)) return {};
  return Error(TransportErrc::bad_path, ErrorKind::permanent,
               path + " is there and is not a socket; move it away: " +
                   platform::command_that_moves(path, path + ".away") +
                   "; or set another [agent] socket");
}

Result<platform::FileDescriptor> listen_on(const std::string& path, const std::string& group,
                                           log::Logger& logger) {
  CC_TRY_ASSIGN(const sockaddr_un address, unix_address(path));
  CC_TRY(remove_dead_socket(path, address));
  platform::FileDescriptor socket = new_socket();
  if (!socket.valid()) return failure("making the control socket", errno);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return failure("binding the control socket to " + path, errno);
  }
  CC_TRY(set_permissions(path, group, logger));
  if (::listen(socket.get(), kBacklog) != 0) return failure("listening on " + path, errno);
  return socket;
}

}  // namespace certconnector::control
