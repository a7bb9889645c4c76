// The server of the tests as far as this system can have it: under Windows its registry, IIS's file
// and the answers over HTTP are real.
#pragma once

#include <memory>

#include "tests/agent/doctor/fake_windows_server.h"

namespace certconnector::testing {

// What `server` has now. Undoes what an earlier call prepared.
[[nodiscard]] std::shared_ptr<const doctor::WindowsServer> prepare(
    const std::shared_ptr<FakeWindowsServer>& server);

}  // namespace certconnector::testing
