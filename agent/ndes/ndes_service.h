// The registration point: answers the policy module of an NDES over HTTP, as
// proto/registration/openapi.yaml defines it. A verified request is an enrolment whose job the NDES
// does (core/ports/outside_enrollments.h); what the NDES tells of it ends that job. After success
// the same request is verified again, for a device that lost its answer, until its challenge ends
// or the CA has revoked the certificate; of several, the first one counts.
//
// Who asks is looked at on the server's thread, everything else is done on the worker pool.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/external_enrollments.h"
#include "agent/enrollment/challenge_validation_pool.h"
#include "agent/enrollment/enrollment_queue.h"
#include "agent/enrollment/refusal_quota.h"
#include "agent/enrollment/renewal_quota.h"
#include "agent/ndes/caller_list.h"
#include "agent/ndes/entitlement.h"
#include "common/crypto/pkcs10.h"
#include "common/http/message.h"
#include "common/log/log.h"
#include "common/runtime/worker_pool.h"
#include "proto/registration/messages.h"

namespace certconnector::ndes {

// What the point answers for; never changed once it is there.
struct PointService {
  std::string name;  // of its [scep.NAME] section
  CallerList callers;
  std::shared_ptr<const enrollment::ChallengeCheck> check;  // never null
  std::vector<std::string> templates;
  enrollment::RenewalRules renewal;
  bool report = true;
  crypto::ProofOfPossession proof = crypto::ProofOfPossession::verify;  // asked of requests
  Duration notify_within{std::chrono::minutes(15)};
  std::function<std::optional<IssuingCa>()> issuing_ca;  // nothing: not there now
  // A one-time password for a template; null: none are made here.
  std::function<Result<std::string>(const std::string& template_name,
                                    const std::string& parameters)>
      make_challenge;
};

// All outlive the point.
struct PointParts {
  enrollment::EnrollmentQueue& enrollment_queue;
  core::ExternalEnrollments& enrollments;
  jobs::StorageGuard& storage;
  runtime::WorkerPool& pool;
  enrollment::ChallengeValidationPool& validation_pool;
  const Clock& clock;
  log::Logger& logger;
  std::function<std::string()> new_job_id;
  std::function<void(const core::CaFingerprint& ca)> completed;  // there is something to report
  // The certificate that came of an enrolment, where its CA can be asked and has one.
  std::function<std::optional<core::Issued>(const core::ExternalEnrollment&)> ask;
  enrollment::RefusalQuota& refusals;  // by the caller's address
  enrollment::RenewalQuota& renewals;
};

// Thread-safe.
class NdesService final : public http::Handler {
 public:
  explicit NdesService(PointParts parts) : parts_(std::move(parts)) {}

  // Null: everything is refused.
  void set_service(std::shared_ptr<const PointService> service);
  void handle(http::Request request, http::Reply reply) override;

  // A loop step: asks what became of those that the NDES tells nothing about; what nobody knows is
  // held.
  Duration step(const StopToken& stop);

 private:
  using Service = std::shared_ptr<const PointService>;
  struct Call {
    Service service;
    std::string caller;  // its address
    std::string body;
  };
  using Operation = void (NdesService::*)(const Call& call, http::Reply reply);

  [[nodiscard]] Service service() const;
  void dispatch(const Service& service, Operation operation, http::Request request,
                http::Reply reply);
  void make_challenge(const Call& call, http::Reply reply);
  void verify(const Call& call, http::Reply reply);
  void notify(const Call& call, http::Reply reply);
  // What came with success. A value: why it cannot be used.
  [[nodiscard]] std::optional<http::Response> read_certificate(
      const Call& call, const registration_wire::Notification& told,
      std::optional<crypto::Certificate>& issued);
  void complete(const Call& call, const registration_wire::Notification& told,
                const std::optional<crypto::Certificate>& issued,
                const core::ExternalEnrollment& matched, http::Reply& reply);
  [[nodiscard]] http::Response store_failed(const Error& error);
  // A certificate of a request that was never verified here.
  void record_unverified(const Call& call, const registration_wire::Notification& told,
                         const crypto::Certificate& issued, http::Reply& reply);
  // What cannot be recorded stands in the log at least.
  void log_not_recorded(const Call& call, const registration_wire::Notification& told,
                        const crypto::Certificate* issued, const std::string& why);

  const PointParts parts_;
  mutable std::mutex mutex_;
  Service service_;
};

}  // namespace certconnector::ndes
