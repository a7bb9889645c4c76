#include "tests/agent/doctor/prepared_server.h"

namespace certconnector::testing {

std::shared_ptr<const doctor::WindowsServer> prepare(
    const std::shared_ptr<FakeWindowsServer>& server) {
  return server;
}

}  // namespace certconnector::testing
