// The ends of the control pipe that wait for clients.
#pragma once

#include <string>

#include "agent/control/local_server.h"
#include "agent/platform/windows/handle.h"
#include "common/log/log.h"
#include "common/result/result.h"

namespace certconnector::control {

// Owner and users of the pipe, as a security descriptor in text: the system, the administrators,
// the agent's account, and the members of the group, who may not offer the pipe themselves. Says in
// the log that there is no such group.
[[nodiscard]] Result<std::wstring> pipe_users(const ServerOptions& options, log::Logger& logger);

enum class Instance { first, another };

// One more end of the pipe. Errors: in_use, where it shall be the first and the name is taken;
// failed.
[[nodiscard]] Result<platform::Handle> new_instance(const std::wstring& name,
                                                    const std::wstring& users, Instance which);

}  // namespace certconnector::control
