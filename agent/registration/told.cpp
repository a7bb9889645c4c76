#include "agent/registration/told.h"

#include "agent/core/job_transitions.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::registration {
namespace {

bool has_challenge(const core::Job& job, const std::string& challenge) {
  const auto* issue = std::get_if<core::IssueRequest>(&job.request);
  if (issue == nullptr) return false;
  const auto request = crypto::Pkcs10::parse(issue->pkcs10, crypto::ProofOfPossession::known);
  if (!request.ok()) return false;
  const auto carried = crypto::sha256(as_bytes(request->challenge_password().value_or("")));
  const auto told = crypto::sha256(as_bytes(challenge));
  return crypto::equal_secrets(crypto::view(carried), crypto::view(told));
}

}  // namespace

Meant find_meant(const std::vector<core::OutsideEnrollment>& known, const std::string& challenge,
                 const std::optional<crypto::Certificate>& issued) {
  std::optional<crypto::Sha256> key;
  if (issued) key = crypto::sha256(issued->public_key_info());
  Meant open;
  Meant over;
  for (const core::OutsideEnrollment& one : known) {
    if (key && one.public_key != *key) continue;
    if (!challenge.empty() && !has_challenge(one.job, challenge)) continue;
    Meant& place = core::is_finished(one.state) ? over : open;
    // A certificate names its key, and the newest request with it; so do those that are over.
    const bool first = place.enrollment == nullptr;
    if (first) place.enrollment = &one;
    if (!first && &place == &open && !key) open.several = true;
  }
  return open.enrollment != nullptr ? open : over;
}

}  // namespace certconnector::registration
