// The CLI's end over a connection that is there.
#pragma once

#include <memory>

#include "agent/control/control_client.h"
#include "agent/control/octet_stream.h"

namespace certconnector::control {

// The caller has checked who is at the other end.
[[nodiscard]] std::unique_ptr<ControlClient> client_over(std::unique_ptr<OctetStream> stream);

}  // namespace certconnector::control
