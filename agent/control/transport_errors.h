// Errors between the two ends of the control socket, which is a named pipe on Windows.
#pragma once

#include "common/result/error.h"

namespace certconnector::control {

enum class TransportErrc {
  not_running,    // nobody listens at the path
  not_permitted,  // the socket's permissions do not let us in
  not_the_agent,  // another user than the agent's listens; nothing was sent
  bad_path,       // too long, not a socket, in a folder that is not there
  in_use,         // another agent answers at the path
  timed_out,      // the other side was too slow
  closed,         // the other side hung up in the middle
  stopped,        // our own shutdown
  failed          // the system refused a call
};
[[nodiscard]] ErrorCode error_code(TransportErrc errc);

// What both kinds of local connections say. Transient.
[[nodiscard]] Error stopped();
[[nodiscard]] Error silent();
[[nodiscard]] Error hung_up();

}  // namespace certconnector::control
