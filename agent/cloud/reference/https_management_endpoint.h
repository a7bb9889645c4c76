// The reference cloud: every upstream role over HTTPS, protocol v1
// (proto/management/openapi.yaml).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/challenge_validator.h"
#include "agent/core/ports/credential.h"
#include "agent/core/ports/heartbeat_sink.h"
#include "agent/core/ports/job_feed.h"
#include "agent/core/ports/result_sink.h"
#include "agent/core/ports/time_witness.h"
#include "common/net/credentials.h"
#include "common/net/system_proxy.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::cloud {

struct EndpointSettings {
  std::string url;   // "https://host:port"
  std::string name;  // the configured name: JobKey::instance of the jobs that come from here
  std::vector<Bytes>
      trust_anchors;  // DER of the CA certificates that may stand behind the endpoint's own
  std::shared_ptr<const crypto::SystemTrust> system_trust = nullptr;  // in place of them
  std::optional<net::Proxy> proxy;
  std::shared_ptr<net::SystemProxy> system_proxy = nullptr;  // in place of it
  Duration request_timeout{60000};  // of a whole request; a long poll gets its waiting time on top
  std::size_t max_answer = std::size_t{16} * 1024 * 1024;  // octets
};

// The chain of an issuing CA, DER, its own certificate first; empty when it is not known. Called
// from the threads that report.
using ChainSource = std::function<std::vector<Bytes>(const core::CaFingerprint&)>;

// Thread-safe: a long poll and reports use separate connections. Errors: CloudErrc.
class HttpsManagementEndpoint : public core::JobFeed,
                                public core::ResultSink,
                                public core::ChallengeValidator,
                                public core::HeartbeatSink,
                                public core::Credential {
 public:
  // Hot reload: requests from now on use `identity`, those in flight finish with the old one. On an
  // error the old one stays.
  virtual Status update_identity(const net::Identity& identity) = 0;
  // Asks for nothing, so that a person can see whether the endpoint can be reached: the status of
  // its answer, whatever it is. Changes nothing there. The witness hears of its clock.
  virtual Result<int> reach(const StopToken& stop) = 0;
};

// `clock` and `witness` must outlive it; `witness` hears of the endpoint's clock. Errors: a bad
// address or credentials that cannot be used; nothing is connected yet.
[[nodiscard]] Result<std::unique_ptr<HttpsManagementEndpoint>> make_management_endpoint(
    const EndpointSettings& settings, const net::Identity& identity, ChainSource chains,
    const Clock& clock, core::TimeWitness& witness);

}  // namespace certconnector::cloud
