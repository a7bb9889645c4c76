// Empties the outbox: reports finished jobs and notes what the endpoint says of each. A row leaves
// the outbox only on the endpoint's word. One loop.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/outcome_listener.h"
#include "agent/core/ports/crash_points.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/scheduler.h"
#include "agent/jobs/storage_guard.h"
#include "agent/upstream/endpoint_health.h"

namespace certconnector::upstream {

class Reporter {
 public:
  Reporter(core::ManagementEndpoint& endpoint, core::JobStore& store, jobs::Scheduler& scheduler,
           const jobs::CaRegistry& authorities, jobs::OperatingMode& operating_mode,
           jobs::StorageGuard& storage, EndpointHealth& health, const Clock& clock,
           runtime::RetryPolicy retry, runtime::RandomSource& random,
           core::CrashPoints& crash_points, log::Logger& logger,
           core::OutcomeListener* listener = nullptr);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] Duration failed(const Error& error);
  [[nodiscard]] Duration store_failed(const Error& error);
  // Stores what the endpoint said. A duration: the store could not, and the same is reported again
  // after it.
  [[nodiscard]] std::optional<Duration> note(const std::vector<core::Report>& reports,
                                             const std::vector<core::ReportedItem>& items);
  // A batch the endpoint refuses as a whole: what can be delivered is, and rows that cannot are set
  // aside.
  [[nodiscard]] Duration split(const std::vector<core::Report>& reports, const Error& whole,
                               const StopToken& stop);
  [[nodiscard]] core::ReportAcknowledgement acknowledgement(const core::Report& report,
                                                            const core::ReportedItem& item);
  // `then`: what becomes of the certificate; empty: nothing.
  void log_verdict(const core::Report& report, const core::ReportedItem& item,
                   const std::string& then);

  core::ManagementEndpoint& endpoint_;
  core::JobStore& store_;
  jobs::Scheduler& scheduler_;
  const jobs::CaRegistry& cas_;
  jobs::OperatingMode& operating_mode_;
  jobs::StorageGuard& storage_;
  EndpointHealth& health_;
  const Clock& clock_;
  runtime::Backoff backoff_;
  core::CrashPoints& crash_points_;
  log::Logger& logger_;
  core::OutcomeListener* const listener_;
  Timestamp not_before_;  // a notification does not shorten a backoff
};

// The revocation of a certificate that the endpoint did not take: superseded, or cessation of
// operation for an enrolment that it refused.
[[nodiscard]] core::Job revocation_after_report(const core::Report& report,
                                                const core::IssuedCertificate& certificate,
                                                core::RevocationReason reason);

}  // namespace certconnector::upstream
