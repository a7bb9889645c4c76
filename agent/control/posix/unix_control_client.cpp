#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "agent/control/control_client.h"
#include "agent/control/posix/accounts.h"
#include "agent/control/posix/agent_peer.h"
#include "agent/control/posix/peer_credentials.h"
#include "agent/control/posix/socket_stream.h"
#include "agent/control/posix/unix_address.h"
#include "agent/control/stream_client.h"
#include "agent/control/transport_errors.h"

namespace certconnector::control {

namespace {

Error connect_error(const std::string& path, int code) {
  const std::string reason = std::generic_category().message(code);
  switch (code) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
      return {TransportErrc::not_running, ErrorKind::transient,
              "no agent answers on " + path + " (" + reason + ")"};
    case EACCES:
    case EPERM:
      return {TransportErrc::not_permitted, ErrorKind::denied,
              "you may not use the agent's socket " + path + " (" + reason + ")"};
    case ENOTSOCK:
    case EPROTOTYPE:
      return {TransportErrc::bad_path, ErrorKind::permanent,
              path + " is not the agent's socket (" + reason + ")"};
    default:
      return {TransportErrc::failed, ErrorKind::transient,
              "cannot connect to " + path + ": " + reason};
  }
}

// Asks the connection, not the file: another process may replace the file before or after.
Status check_agent(int socket, const std::string& path) {
  const auto peer = peer_credentials(socket);
  const AgentRule rule{::geteuid(), user_id(kAgentUser)};
  if (peer && may_be_agent(rule, peer->uid)) return {};
  const std::string who = peer ? "user " + user_name(peer->uid) : "an unknown user";
  return Error(TransportErrc::not_the_agent, ErrorKind::denied,
               who + " listens on " + path + ", but the agent runs as root, as " + kAgentUser +
                   " or as you; certconnector sent nothing");
}

}  // namespace

Result<std::unique_ptr<ControlClient>> connect_control(const std::string& socket_path) {
  CC_TRY_ASSIGN(const sockaddr_un address, unix_address(socket_path));
  platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return connect_error(socket_path, errno);
  // On a Unix socket connect() does not wait; EAGAIN says that the listener's backlog is full.
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return connect_error(socket_path, errno);
  }
  CC_TRY(check_agent(socket.get(), socket_path));
  return client_over(std::make_unique<SocketStream>(std::move(socket)));
}

}  // namespace certconnector::control
