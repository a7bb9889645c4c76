// The account and the identifier of the agent's service. Thread-safe.
#pragma once

#include <optional>

#include "agent/platform/windows/account.h"

namespace certconnector::platform {

// That of "NT SERVICE\CertificateConnector": Windows makes it of the name, whether there is such a
// service or not, and no other process gets it.
[[nodiscard]] Sid service_sid();

// The account that the service manager starts the agent with. Nothing where it has no such service.
[[nodiscard]] std::optional<Sid> service_account();

}  // namespace certconnector::platform
