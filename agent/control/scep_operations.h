// The port through which the control server asks the SCEP services. agent/app implements it.
// Called from the control server's threads; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

struct ScepRaView {
  std::string subject;  // RFC 4514
  std::string serial;   // hex
  Timestamp not_after;
  Timestamp renew_at;
};

struct ScepSwitchView {
  std::string name;  // of the setting
  bool on = false;
  bool insecure = false;
  std::string meaning;
};

enum class ScepChallengeKind { one_time, signed_by_endpoint, asked_of_endpoint, fixed };

struct ScepServiceView {
  std::string name;
  std::vector<std::string> paths;
  std::string ca;
  ScepChallengeKind challenge = ScepChallengeKind::one_time;
  bool renewal = true;
  bool reports = false;
  bool registration = false;     // for the NDES service alone: no path, no RA
  bool can_enroll = false;       // it has its CA and an RA certificate now
  std::optional<ScepRaView> ra;  // none: it cannot enroll
  std::size_t older_ras = 0;
  std::string capabilities;  // what GetCACaps answers: one a line
  std::vector<ScepSwitchView> switches;
  std::string problem;            // of its RA or its CA; empty: none
  std::string next_ca_problem;    // why the successor CA is not announced; empty: all is well
  std::string challenge_problem;  // why challenges cannot be validated; empty: all is well
};

struct ScepTest {
  std::string service;
  std::string challenge;  // a secret; empty: the service's static one
  std::string subject;    // RFC 4514
  std::string url{};      // where devices reach the service; empty: the agent's own listener
  std::string trusted{};  // PEM: the CAs for https; empty: those of the system
};
struct ScepTestStepView {
  std::string what;
  Duration took{0};
};
struct ScepTestView {
  std::string transaction;
  std::vector<ScepTestStepView> steps;  // that were done
  std::string failure;                  // of the step after them; empty: the test has passed
  std::string next;                     // what to do about it
  core::CaFingerprint ca;               // whose certificate this is
  Bytes serial;                         // of the certificate that was issued; empty: none
};

class ScepOperations {
 public:
  virtual ~ScepOperations() = default;

  virtual std::vector<ScepServiceView> services() = 0;
  // "host:port"; empty: the agent does not listen there.
  virtual std::string address() = 0;
  virtual std::string tls_address() = 0;
  // The failInfo that a device gets for this failure: "badRequest".
  virtual std::string fail_info(const core::Failed& reason) = 0;
  // Enrolls as a device would, over HTTP; the caller revokes the certificate. Errors: the service
  // cannot be tested.
  virtual Result<ScepTestView> enroll_for_test(const ScepTest& test) = 0;
};

}  // namespace certconnector::control
