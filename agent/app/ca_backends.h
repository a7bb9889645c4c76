#pragma once

#include "agent/ca/backend.h"

namespace certconnector::app {

// Every kind of CA that this agent serves: the one list. The first is the default of [ca.NAME]
// backend.
[[nodiscard]] const ca::Backends& ca_backends();

}  // namespace certconnector::app
