// What the tests of this folder share: one PKI, and an endpoint adapter that is quick to give up.
#pragma once

#include <memory>
#include <string>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "tests/agent/cloud/reference/scripted_server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {

// Made once: keys take time.
[[nodiscard]] const TestPki& shared_pki();

// Mutual TLS, as an endpoint should be.
[[nodiscard]] ScriptedServerSettings good_server();

[[nodiscard]] cloud::Identity client_identity();
[[nodiscard]] cloud::EndpointSettings settings_for(const std::string& url);
[[nodiscard]] std::unique_ptr<cloud::HttpsManagementEndpoint> make_endpoint(
    const cloud::EndpointSettings& settings, const Clock& clock);

}  // namespace certconnector::testing
