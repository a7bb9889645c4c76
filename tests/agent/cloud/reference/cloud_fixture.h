// Shared by the tests of this folder: an endpoint adapter that gives up quickly.
#pragma once

#include <memory>
#include <string>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "tests/common/net/good_server.h"
#include "tests/support/core/no_witness.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

[[nodiscard]] cloud::EndpointSettings settings_for(const std::string& url);
[[nodiscard]] std::unique_ptr<cloud::HttpsManagementEndpoint> make_endpoint(
    const cloud::EndpointSettings& settings, const Clock& clock);
[[nodiscard]] std::unique_ptr<cloud::HttpsManagementEndpoint> make_endpoint(
    const cloud::EndpointSettings& settings, const Clock& clock, core::TimeWitness& witness);

}  // namespace certconnector::testing
