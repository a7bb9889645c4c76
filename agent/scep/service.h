// One SCEP service: its [scep.NAME] section, and its parts. The settings never change; RA
// certificates and the CA do. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment/enrollment_policy.h"
#include "agent/jobs/ca_registry.h"
#include "agent/scep/message.h"
#include "agent/scep/ra_set.h"
#include "agent/scep/template_choice.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::scep {

struct ServiceSettings {
  std::string name;
  std::vector<std::string> paths;  // "/certsrv/mscep/mscep.dll", and shorter ones
  ServiceTemplates templates;
  LegacyAlgorithms legacy;
  bool ndes_failures = false;   // failures as NDES words them, for clients that know no others
  bool foreign_signer = false;  // EnrollmentPolicy's
  bool report = true;           // the agent reports enrollments to the management endpoint
  enrollment::EnrollmentTerms terms;
  enrollment::RenewalRules renewal;
  // The successor CA certificate and its issuers; DER. Empty: the service announces nothing.
  std::vector<Bytes> next_ca;
  Duration job_deadline{std::chrono::hours(24 * 7)};  // then the agent gives up a waiting request

  // The check of a request's signature.
  [[nodiscard]] crypto::ProofOfPossession proof() const {
    return legacy.sha1 ? crypto::ProofOfPossession::verify_sha1 : crypto::ProofOfPossession::verify;
  }
};

// The answers to GetCACaps, GetCACert and GetNextCACert, made once.
struct PublishedAnswers {
  std::shared_ptr<const Bytes> capabilities;
  std::shared_ptr<const Bytes> certificates;       // null: there is no RA certificate yet
  std::shared_ptr<const Bytes> next_certificates;  // null: there are none, or the CA cannot sign
};

class Service {
 public:
  // `check` is never null.
  Service(ServiceSettings settings, std::shared_ptr<const enrollment::ChallengeCheck> check);

  [[nodiscard]] const ServiceSettings& settings() const { return settings_; }
  // Never null.
  [[nodiscard]] const std::shared_ptr<const enrollment::EnrollmentPolicy>& policy() const {
    return policy_;
  }

  // Null: the CA is not served.
  void set_issuer(jobs::CaRef issuer);
  [[nodiscard]] jobs::CaRef issuer() const;
  // CAs that issued before it, and are served. None is null.
  void set_previous(std::vector<jobs::CaRef> previous);
  [[nodiscard]] std::vector<jobs::CaRef> previous() const;
  void set_ra(RaSets sets);
  // Never null; empty while there is no RA certificate.
  [[nodiscard]] std::shared_ptr<const RaSets> ra() const;
  [[nodiscard]] PublishedAnswers published() const;

  // Why there is no RA certificate, or no next one, for a person. Empty: there is.
  void set_problem(std::string problem);
  [[nodiscard]] std::string problem() const;
  // Why the CA does not announce the successor in the settings, for a person. Empty: it does.
  [[nodiscard]] std::string announcement_problem() const;
  // Whether the newest RA certificate is of today's CA and in time, even if the next one is
  // missing.
  [[nodiscard]] bool can_enroll(Timestamp now) const;

 private:
  void publish();           // under the mutex
  void announce_next();     // under the mutex
  void say_capabilities();  // under the mutex

  const ServiceSettings settings_;
  const std::shared_ptr<const enrollment::EnrollmentPolicy> policy_;
  mutable std::mutex mutex_;
  jobs::CaRef issuer_;
  std::vector<jobs::CaRef> previous_;
  std::shared_ptr<const RaSets> ra_ = std::make_shared<RaSets>();
  bool ra_is_of_issuer_ = false;
  PublishedAnswers published_;
  std::string problem_;
  std::string announcement_problem_;
};

}  // namespace certconnector::scep
