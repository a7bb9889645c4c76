// The CLI's end of the control socket.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/envelope.h"

namespace certconnector::control {

// One connection; one request at a time; not thread-safe.
class ControlClient {
 public:
  virtual ~ControlClient() = default;
  // Sends and waits up to `limit` for the answer. The agent's "no" is a good Result with
  // Answer::error set. Errors: TransportErrc, bad_message (the answer is not an agent's),
  // unsupported_version.
  virtual Result<control_proto::Answer> call(const control_proto::Request& request,
                                             Duration limit) = 0;
};

// Connects only to a user that the CLI takes for the agent: <platform>/agent_peer.h. Errors:
// not_running, not_permitted, not_the_agent, bad_path, failed.
[[nodiscard]] Result<std::unique_ptr<ControlClient>> connect_control(
    const std::string& socket_path);

}  // namespace certconnector::control
