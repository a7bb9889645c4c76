#include "agent/control/connection.h"

#include "agent/control/transport_errors.h"
#include "agent/platform/words.h"
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
void tell(FramedStream& stream, const std::string& answer, Duration limit) {
  static_cast<void>(stream.write(answer, limit));
}

}  // namespace

void serve_connection(FramedStream& stream, const ServerParts& parts) {
  const auto& options = parts.options;
  const auto who = parts.peers.admit(stream.peer());
  if (!who) {
    parts.logger.warning("control.refused", "refused a connection to the control socket",
                         {{"reason", who.error().message()}});
    tell(stream, refusal(who.error(), platform::how_to_be_admitted(options.group)),
         options.message_timeout);
    return;
  }
  while (true) {
    const auto request = stream.read(options.idle_timeout, options.message_timeout);
    if (!request) {
      if (request.error().code() ==
          control_proto::error_code(control_proto::ControlErrc::frame_too_large)) {
        tell(stream, refusal(request.error(), "Use the certconnector of the agent's version"),
             options.message_timeout);
      }
      return;
    }
    if (!*request) return;
    if (!stream.write(parts.handler.answer(**request, *who), options.message_timeout)) return;
  }
}

void turn_away(FramedStream& stream, std::size_t connections) {
  const Problem busy{"busy",
                     "the agent serves " + std::to_string(connections) +
                         " connections already, which is its limit",
                     "Close a `certconnector status --watch` that is not needed, or try again"};
  tell(stream, encode_answer(Answer{busy, "{}"}), Duration(0));
}

}  // namespace certconnector::control
