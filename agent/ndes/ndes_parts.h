// The parts of the NDES service, and the content of one call of a policy module.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/external_enrollments.h"
#include "agent/enrollment/enrollment_service.h"
#include "agent/jobs/storage_guard.h"
#include "agent/ndes/caller_list.h"
#include "agent/ndes/request_rules.h"
#include "common/crypto/pkcs10.h"
#include "common/log/log.h"

namespace certconnector::ndes {

// The settings of one SCEP service at an NDES. Immutable.
struct ServedNdes {
  std::string name;  // of its [scep.NAME] section
  CallerList callers;
  enrollment::EnrollmentPolicy policy;  // notify_within is set
  std::vector<std::string> templates;
  RequestRules rules;
  crypto::ProofOfPossession proof = crypto::ProofOfPossession::verify;  // asked of requests
  // The CA that NDES sends requests to, with its certificate; nothing: not there now.
  std::function<std::optional<enrollment::KnownCa>()> issuing_ca;
  // Makes a one-time password for a template; null: the agent makes none here.
  std::function<Result<std::string>(const std::string& template_name,
                                    const std::string& parameters)>
      make_challenge;
};

// All outlive the NdesService.
struct NdesParts {
  enrollment::EnrollmentService& enrollment_service;
  core::ExternalEnrollments& enrollments;
  jobs::StorageGuard& storage;
  enrollment::FrontEnd front_end;  // with a quota of renewals
  const Clock& clock;
  log::Logger& logger;
  std::function<std::string()> new_job_id;
  std::function<void(const core::CaFingerprint& ca)> completed;  // there is an outcome to report
  // The certificate of an enrollment, if the agent can ask its CA and the CA has one.
  std::function<std::optional<core::Issued>(const core::ExternalEnrollment&)> ask;
};

struct Call {
  std::shared_ptr<const ServedNdes> service;
  std::string caller;  // its address
  std::string body;
};

}  // namespace certconnector::ndes
