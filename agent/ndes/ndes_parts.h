// What the NDES service works with, and what one call of a policy module brings.
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
#include "common/crypto/pkcs10.h"
#include "common/log/log.h"

namespace certconnector::ndes {

// What the point answers for; never changed once it is there.
struct PointService {
  std::string name;  // of its [scep.NAME] section
  CallerList callers;
  enrollment::EnrollmentPolicy policy;  // notify_within is set
  std::vector<std::string> templates;
  crypto::ProofOfPossession proof = crypto::ProofOfPossession::verify;  // asked of requests
  // The CA that the NDES takes requests to, with its certificate; nothing: not there now.
  std::function<std::optional<enrollment::KnownCa>()> issuing_ca;
  // A one-time password for a template; null: none are made here.
  std::function<Result<std::string>(const std::string& template_name,
                                    const std::string& parameters)>
      make_challenge;
};

// All outlive the point.
struct PointParts {
  enrollment::EnrollmentService& enrollment_service;
  core::ExternalEnrollments& enrollments;
  jobs::StorageGuard& storage;
  enrollment::FrontEnd front_end;  // with a quota of renewals
  const Clock& clock;
  log::Logger& logger;
  std::function<std::string()> new_job_id;
  std::function<void(const core::CaFingerprint& ca)> completed;  // there is something to report
  // The certificate that an enrollment has brought, where its CA can be asked and has one.
  std::function<std::optional<core::Issued>(const core::ExternalEnrollment&)> ask;
};

struct Call {
  std::shared_ptr<const PointService> service;
  std::string caller;  // its address
  std::string body;
};

}  // namespace certconnector::ndes
