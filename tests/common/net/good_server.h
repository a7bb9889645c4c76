// One PKI, a correct server, and a client certificate that it accepts.
#pragma once

#include "common/net/credentials.h"
#include "tests/common/net/scripted_server.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {

// Made once: keys take time.
[[nodiscard]] const TestPki& shared_pki();

// Mutual TLS.
[[nodiscard]] ScriptedServerSettings good_server();

[[nodiscard]] net::Identity client_identity();

}  // namespace certconnector::testing
