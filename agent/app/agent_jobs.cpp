// Jobs that a person has the agent do, and what its CAs know of certificates.
#include "agent/app/agent.h"
#include "agent/app/errors.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::app {
namespace {

// Waits on a signal as long as this lives.
class Waiting {
 public:
  explicit Waiting(runtime::Signal& signal) : signal_(signal) { signal_.add(wakeup_); }
  ~Waiting() { signal_.remove(wakeup_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  bool wait(Duration limit, const StopToken& stop) { return wakeup_.wait(limit, stop); }

 private:
  runtime::Signal& signal_;
  Wakeup wakeup_;
};

}  // namespace

std::shared_ptr<core::CertificateLookup> Agent::certificates_of(const core::CaFingerprint& ca) {
  const jobs::CaRef issuer = engine()->authorities().find(ca);
  if (!issuer || issuer->authority.certificates == nullptr) return nullptr;
  return {issuer->authority.ca, issuer->authority.certificates};
}

Result<core::JobRecord> Agent::run_job(const core::NewJob& job, Duration patience) {
  core::JobStore& store = parts_.engine.store;
  Waiting settled(parts_.engine.outcome_writer.settled());
  CC_TRY(store.insert({job}, parts_.clock.now()));
  jobs_arrived(job.job.ca, 1);
  const Timestamp until = parts_.clock.now() + patience;
  for (;;) {
    CC_TRY_ASSIGN(auto found, store.find(job.job.key));
    if (!found) {
      return Error(AppErrc::job_gone, ErrorKind::permanent, "the job is gone");
    }
    const Duration left = until - parts_.clock.now();
    const bool over = left <= Duration(0) || stop_.token().stop_requested();
    if (over || jobs::is_finished(found->state)) return std::move(*found);
    settled.wait(left, stop_.token());
  }
}

}  // namespace certconnector::app
