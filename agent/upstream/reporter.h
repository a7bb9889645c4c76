// Empties the outbox of one cloud: reports finished jobs and notes what the endpoint says of each.
// A row leaves the outbox only on the endpoint's word. One loop.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/outcome_listener.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/job_intake.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

class Reporter {
 public:
  // `session` has the role of the sink. All outlive the reporter; `listener` may be null.
  Reporter(const UpstreamSession& session, core::JobStore& store, jobs::JobIntake& intake,
           const jobs::CaRegistry& cas, core::OutcomeListener* listener = nullptr);

  Duration step(const StopToken& stop);

 private:
  // Stores what the endpoint said. A duration: the store could not, and the same is reported again
  // after it.
  [[nodiscard]] std::optional<Duration> note(const std::vector<core::Report>& reports,
                                             const std::vector<core::ReportedItem>& items);
  // After the endpoint denied a batch as a whole: delivers the rows that it can, and sets the other
  // rows aside.
  [[nodiscard]] Duration split(const std::vector<core::Report>& reports, const Error& whole,
                               const StopToken& stop);
  [[nodiscard]] core::ReportAcknowledgement acknowledgement(const core::Report& report,
                                                            const core::ReportedItem& item);
  // `then`: the next step for the certificate; empty: none.
  void log_verdict(const core::Report& report, const core::ReportedItem& item,
                   const std::string& then);

  const UpstreamSession& session_;
  core::ResultSink& sink_;
  core::JobStore& store_;
  jobs::JobIntake& intake_;
  const jobs::CaRegistry& cas_;
  EndpointPace pace_;
  core::OutcomeListener* const listener_;
};

// The revocation of a certificate that the endpoint did not take: superseded, or cessation of
// operation for an enrollment that it denied.
[[nodiscard]] core::Job revocation_after_report(const core::Report& report,
                                                const core::IssuedCertificate& certificate,
                                                core::RevocationReason reason);

}  // namespace certconnector::upstream
