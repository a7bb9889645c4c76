// Empties the outbox: reports finished jobs and notes what the endpoint says of each. A row leaves
// the outbox only on the endpoint's word. One loop.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/authorities.h"
#include "agent/core/endpoint_health.h"
#include "agent/core/gate.h"
#include "agent/core/outcome_listener.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/core/ports/waypoints.h"
#include "agent/core/scheduler.h"
#include "agent/core/storage_guard.h"

namespace certconnector::core {

class Reporter {
 public:
  Reporter(ManagementEndpoint& endpoint, JobStore& store, Scheduler& scheduler,
           const Authorities& authorities, Gate& gate, StorageGuard& storage,
           EndpointHealth& health, const Clock& clock, RetryPolicy retry, RandomSource& random,
           Waypoints& waypoints, log::Logger& logger, OutcomeListener* listener = nullptr);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] Duration failed(const Error& error);
  [[nodiscard]] Duration store_failed(const Error& error);
  // Stores what the endpoint said. A duration: the store could not, and the same is reported again
  // after it.
  [[nodiscard]] std::optional<Duration> note(const std::vector<Report>& reports,
                                             const std::vector<ReportedItem>& items);
  // A batch the endpoint refuses as a whole: what can be delivered is, and rows that cannot are set
  // aside.
  [[nodiscard]] Duration split(const std::vector<Report>& reports, const Error& whole,
                               const StopToken& stop);
  [[nodiscard]] ReportAcknowledgement acknowledgement(const Report& report,
                                                      const ReportedItem& item);
  // `then`: what becomes of the certificate; empty: nothing.
  void log_verdict(const Report& report, const ReportedItem& item, const std::string& then);

  ManagementEndpoint& endpoint_;
  JobStore& store_;
  Scheduler& scheduler_;
  const Authorities& authorities_;
  Gate& gate_;
  StorageGuard& storage_;
  EndpointHealth& health_;
  const Clock& clock_;
  Backoff backoff_;
  Waypoints& waypoints_;
  log::Logger& logger_;
  OutcomeListener* const listener_;
  Timestamp not_before_;  // a notification does not shorten a backoff
};

// The revocation of a certificate that the endpoint did not take: superseded, or cessation of
// operation for an enrolment that it refused.
[[nodiscard]] Job revocation_after_report(const Report& report,
                                          const IssuedCertificate& certificate,
                                          RevocationReason reason);

}  // namespace certconnector::core
