#include "agent/control/posix/connection.h"

#include "agent/control/posix/connected_peer.h"
#include "agent/control/transport_errors.h"
#include "proto/control/envelope.h"
#include "proto/control/errors.h"

namespace certconnector::control {

namespace {

using control_proto::Answer;
using control_proto::encode_answer;
using control_proto::Problem;

std::string refusal(const Error& error, std::string remedy) {
  return encode_answer(
      Answer{Problem{std::string(error.code().name), error.message(), std::move(remedy)}, "{}"});
}

// A peer that hung up before this answer gets none, which is no error.
void tell(FramedSocket& socket, const std::string& answer, Duration limit) {
  static_cast<void>(socket.write(answer, limit));
}

}  // namespace

void serve_connection(FramedSocket& socket, const ServerParts& parts) {
  const auto& options = parts.options;
  const auto who = parts.peers.admit(ConnectedPeer(socket.fd()));
  if (!who) {
    parts.logger.warning("control.refused", "refused a connection to the control socket",
                         {{"reason", who.error().message()}});
    tell(socket,
         refusal(who.error(), "Use root, or add the user to group " + options.group +
                                  " (`usermod -aG " + options.group + " USER`) and log in again"),
         options.message_timeout);
    return;
  }
  while (true) {
    const auto request = socket.read(options.idle_timeout, options.message_timeout);
    if (!request) {
      if (request.error().code() ==
          control_proto::error_code(control_proto::ControlErrc::frame_too_large)) {
        tell(socket, refusal(request.error(), "Use the certconnector of the agent's version"),
             options.message_timeout);
      }
      return;
    }
    if (!*request) return;
    if (!socket.write(parts.handler.answer(**request, *who), options.message_timeout)) return;
  }
}

void turn_away(FramedSocket& socket, std::size_t connections) {
  const Problem busy{"busy",
                     "the agent serves " + std::to_string(connections) +
                         " connections already, which is its limit",
                     "Close a `certconnector status --watch` that is not needed, or try again"};
  tell(socket, encode_answer(Answer{busy, "{}"}), Duration(0));
}

}  // namespace certconnector::control
