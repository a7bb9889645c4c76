// Jobs that a person has the agent do, and what its CAs know of certificates.
#include "agent/app/agent.h"
#include "agent/app/errors.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::app {

std::shared_ptr<core::CertificateLookup> Agent::certificates_of(const core::CaFingerprint& ca) {
  const jobs::CaRef issuer = engine()->authorities().find(ca);
  if (!issuer || issuer->authority.certificates == nullptr) return nullptr;
  return {issuer->authority.ca, issuer->authority.certificates};
}

Result<core::JobRecord> Agent::run_job(const core::NewJob& job, Duration patience) {
  core::JobStore& store = parts_.engine.store;
  Wakeup changed;
  const runtime::Subscription settled(parts_.engine.outcome_writer.settled(), changed);
  const runtime::Subscription by_others(parts_.engine.intake.to_report(), changed);
  CC_TRY(parts_.engine.intake.insert({job}));
  const Timestamp until = parts_.clock.now() + patience;
  for (;;) {
    CC_TRY_ASSIGN(auto found, store.find(job.job.key));
    if (!found) {
      return Error(AppErrc::job_gone, ErrorKind::permanent, "the job is gone");
    }
    const Duration left = until - parts_.clock.now();
    const bool over = left <= Duration(0) || stop_.token().stop_requested();
    if (over || jobs::is_finished(found->state)) return std::move(*found);
    changed.wait(left, stop_.token());
  }
}

}  // namespace certconnector::app
