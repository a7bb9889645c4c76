// Onboarding: a one-time token and a PKCS#10 request become the agent's client certificate. No
// trust on first use: the token names the CA that must stand behind the endpoint.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/net/credentials.h"
#include "common/net/system_proxy.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::cloud {

struct OnboardingOrder {
  std::string token;  // as pasted; a secret
  Bytes pkcs10;       // DER
  std::string agent_name;
  std::string version;
  std::optional<net::Proxy> proxy;
  std::shared_ptr<net::SystemProxy> system_proxy = nullptr;  // in place of it
  Duration timeout{60000};
};

struct Onboarded {
  std::string agent_id;
  std::vector<Bytes> certificates;  // DER; the agent's own first, then its chain
  std::string url;                  // of the endpoint, from the token
  Bytes endpoint_ca;                // DER: the trust anchor from now on
  std::string endpoint_ca_pem;
};

// The same token with the same request again gives the same answer. Errors:
// management::ManagementErrc::bad_token, CloudErrc (token_expired; untrusted when the CA is another
// one; identity_refused with the endpoint's reason when it does not take the token). No error tells
// the token or its secret.
[[nodiscard]] Result<Onboarded> onboard(const OnboardingOrder& order, const Clock& clock,
                                        const StopToken& stop);

}  // namespace certconnector::cloud
