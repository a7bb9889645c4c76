#include "tests/agent/cloud/reference/cloud_fixture.h"

#include <stdexcept>

namespace certconnector::testing {

cloud::EndpointSettings settings_for(const std::string& url) {
  cloud::EndpointSettings settings;
  settings.url = url;
  settings.name = "default";
  settings.trust_anchors = {shared_pki().root().certificate.der()};
  settings.request_timeout = std::chrono::seconds(20);
  return settings;
}

std::unique_ptr<cloud::HttpsManagementEndpoint> make_endpoint(
    const cloud::EndpointSettings& settings, const Clock& clock) {
  static NoWitness witness;
  return make_endpoint(settings, clock, witness);
}

std::unique_ptr<cloud::HttpsManagementEndpoint> make_endpoint(
    const cloud::EndpointSettings& settings, const Clock& clock, core::TimeWitness& witness) {
  const auto chains = [](const core::CaFingerprint&) {
    return std::vector<Bytes>{Bytes{0x30, 0x01}, Bytes{0x30, 0x02}};
  };
  auto endpoint =
      cloud::make_management_endpoint(settings, client_identity(), chains, clock, witness);
  if (!endpoint) throw std::runtime_error(endpoint.error().message());
  return std::move(endpoint).value();
}

}  // namespace certconnector::testing
