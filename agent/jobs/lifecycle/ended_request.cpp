#include "agent/jobs/lifecycle/ended_request.h"

#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/crypto/pkcs10_challenge.h"

namespace certconnector::jobs {

bool ends(core::JobState before, core::JobState after) {
  return is_finished(after) && !is_finished(before);
}

bool forget_challenge(core::JobSource source,
                      std::variant<core::IssueRequest, core::RevokeRequest>& request) {
  auto* issue = std::get_if<core::IssueRequest>(&request);
  return source == core::JobSource::scep && issue != nullptr &&
         crypto::blank_challenge(issue->pkcs10);
}

}  // namespace certconnector::jobs
