#include "agent/enrollment/enrollment_explanation.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/jobs/device_remedies.h"
#include "agent/jobs/job_explanation.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

const core::Failed* failure_of(const EnrollmentFacts& facts) {
  return facts.job != nullptr && facts.job->outcome
             ? std::get_if<core::Failed>(&*facts.job->outcome)
             : nullptr;
}

const core::Issued* issued_of(const EnrollmentFacts& facts) {
  return facts.job != nullptr && facts.job->outcome
             ? std::get_if<core::Issued>(&*facts.job->outcome)
             : nullptr;
}

bool refused_on_arrival(const EnrollmentFacts& facts) {
  return failure_of(facts) != nullptr && facts.job->attempts == 0;
}

// Only NDES knows the request of this certificate.
bool was_never_verified(const EnrollmentFacts& facts) {
  const auto* issue =
      facts.job != nullptr ? std::get_if<core::IssueRequest>(&facts.job->job.request) : nullptr;
  return issue != nullptr && facts.job->external && issue->pkcs10.empty();
}

std::string who_asked(const core::EnrollmentRecord& enrollment) {
  std::string text = to_rfc3339(enrollment.at) +
                     (enrollment.device.empty() ? " A device" : " Device " + enrollment.device) +
                     " asked the SCEP service \"" + enrollment.key.service + "\" for a certificate";
  if (!enrollment.subject.empty()) text += " for " + enrollment.subject;
  text += ", transaction " + enrollment.key.transaction_id + ".";
  if (enrollment.attempts > 1) {
    text += " That was attempt " + std::to_string(enrollment.attempts) +
            ": its earlier requests failed.";
  }
  return text;
}

// Empty: the key in the request signed it, and no other.
std::string signers_of(const core::EnrollmentRecord& enrollment) {
  std::string text;
  if (enrollment.foreign_signer) {
    text =
        "Another key than the one in the request signs the SCEP message; the agent encrypts the "
        "answer to that key.";
  }
  if (enrollment.signers > 1) {
    text += std::string(text.empty() ? "" : " ") + "The same request came again, signed by " +
            (enrollment.signers == 2 ? "another key"
                                     : std::to_string(enrollment.signers - 1) + " other keys") +
            "; it gets the same certificate.";
  }
  return text;
}

// Empty: it was denied, and carried no known challenge.
std::string basis_of(const EnrollmentFacts& facts) {
  const std::string& challenge = facts.enrollment.challenge;
  if (refused_on_arrival(facts)) {
    return challenge.empty() ? std::string() : "It carried the challenge " + challenge + ".";
  }
  if (!challenge.empty()) return "Its authorization is the challenge " + challenge + ".";
  if (was_never_verified(facts)) return "NDES reported it; the agent verified no request for it.";
  return facts.shared_password
             ? "Its authorization is the service's one password, or the certificate that it renews."
             : "Its authorization is the certificate that it renews.";
}

// The denial with the code that administrators know, and with the answer to the device.
std::string failure_in_words(const core::Failed& reason, const EnrollmentFacts& facts) {
  std::string text =
      reason.message + " (" + reason.code + ", HRESULT " + hresult_text(reason.hresult) + ")";
  if (const core::FailureCode* code = core::find_failure_code(reason.code)) {
    text += " That code means: " + std::string(code->meaning);
  }
  if (!facts.fail_info.empty()) {
    text += " The agent answers FAILURE to the device, with failInfo " + facts.fail_info +
            (core::client_hears_message(reason) ? " and this message" : "") +
            (facts.hresult_sent ? " and the HRESULT" : "") + ".";
  }
  return text;
}

std::string acknowledgement(const EnrollmentFacts& facts) {
  if (facts.withheld && !facts.job->external) {
    return "The endpoint did not take it, so the device does not get it.";
  }
  if (facts.withheld) return "The endpoint did not take it; its NDES may have handed it out.";
  if (!facts.job->reports) return "This service does not report to the endpoint.";
  if (facts.job->state == core::JobState::reported) return "The endpoint has acknowledged it.";
  return "The endpoint has not acknowledged it yet.";
}

std::string how_to_revoke(const EnrollmentFacts& facts, const std::string& serial) {
  if (facts.ca_served) return "certconnector certs revoke " + serial;
  return "revoke serial " + serial + " at the CA that issued it; this agent does not serve that CA";
}

std::string next_of_withheld(const EnrollmentFacts& facts, const std::string& serial) {
  std::string see = "See at the endpoint why it did not; then the device may enroll anew.";
  if (!facts.job->external || facts.ca_served) return see;
  return "Take it back: " + how_to_revoke(facts, serial) + ". " + see;
}

std::string next_of_issued(const EnrollmentFacts& facts, const std::string& serial) {
  return std::string(jobs::after_issue(facts.job->external)) +
         " To take it back: " + how_to_revoke(facts, serial);
}

std::string certificate_in_words(const core::IssuedCertificate& issued) {
  return "The certificate with serial " + text::to_hex(issued.serial) +
         " was issued, valid until " + to_rfc3339(issued.not_after) + ". ";
}

std::string revocation_in_words(const core::RevocationRecord& revocation) {
  return " It was revoked at " + to_rfc3339(revocation.at) + ", reason " +
         std::string(to_string(revocation.reason)) + ".";
}

void tell_issued(const EnrollmentFacts& facts, const core::Issued& issued,
                 EnrollmentExplanation& story) {
  const std::string serial = text::to_hex(issued.certificate.serial);
  story.why = certificate_in_words(issued.certificate) + acknowledgement(facts);
  if (!issued.note.empty()) story.why += " Note: " + issued.note + ".";
  if (facts.revocation) {
    story.why += revocation_in_words(*facts.revocation);
    story.next = jobs::kNewKeyRemedy;
  } else {
    story.next = facts.withheld ? next_of_withheld(facts, serial) : next_of_issued(facts, serial);
  }
}

void tell_ended(const EnrollmentFacts& facts, EnrollmentExplanation& story) {
  if (const core::Issued* issued = issued_of(facts)) return tell_issued(facts, *issued, story);
  if (const core::Failed* reason = failure_of(facts)) {
    story.why = failure_in_words(*reason, facts) + " " + acknowledgement(facts);
    story.next = jobs::device_remedy(*reason);
  }
}

void tell_without_job(const EnrollmentFacts& facts, EnrollmentExplanation& story) {
  if (facts.certificate == nullptr) {
    story.why =
        "The agent removed its job after the [queue] retention time. The agent has no certificate "
        "of that job, and does not know the outcome any more.";
    story.next =
        "Look for a newer certificate with: certconnector certs list --subject TEXT. A device "
        "without one has to ask again.";
    return;
  }
  story.why = certificate_in_words(*facts.certificate) +
              "The agent removed its job after the [queue] retention time.";
  if (facts.revocation) {
    story.why += revocation_in_words(*facts.revocation);
    story.next = jobs::kNewKeyRemedy;
    return;
  }
  const std::string serial = text::to_hex(facts.certificate->serial);
  story.next = "Nothing. See it: certconnector certs show " + serial +
               ". To take it back: " + how_to_revoke(facts, serial);
}

}  // namespace

std::string hresult_text(std::int32_t hresult) {
  constexpr unsigned kTopBits = 28;
  constexpr unsigned kDigitBits = 4;
  std::string text = "0x";
  auto value = static_cast<std::uint32_t>(hresult);
  for (int digit = 0; digit < 8; ++digit, value <<= kDigitBits) {
    text += "0123456789ABCDEF"[value >> kTopBits];
  }
  return text;
}

std::string standing_of(const EnrollmentFacts& facts) {
  if (facts.job == nullptr) {
    if (facts.certificate == nullptr) return "forgotten";
    return facts.revocation ? "revoked" : "issued";
  }
  if (issued_of(facts) != nullptr) {
    if (facts.revocation) return "revoked";
    return facts.withheld ? "withheld" : "issued";
  }
  if (refused_on_arrival(facts)) return "refused";
  return std::string(to_string(facts.job->ended_as.value_or(facts.job->state)));
}

EnrollmentExplanation explain(const EnrollmentFacts& facts, Timestamp now) {
  EnrollmentExplanation story;
  std::string asked = who_asked(facts.enrollment);
  if (const std::string basis = basis_of(facts); !basis.empty()) asked += " " + basis;
  if (const std::string signers = signers_of(facts.enrollment); !signers.empty()) {
    asked += " " + signers;
  }
  story.happened.push_back(std::move(asked));
  if (facts.job == nullptr) {
    tell_without_job(facts, story);
    return story;
  }
  jobs::JobExplanation job =
      jobs::explain(*facts.job, facts.history, now, {facts.state, facts.ca_served});
  // Its first sentence repeats the one above.
  std::move(std::next(job.happened.begin()), job.happened.end(),
            std::back_inserter(story.happened));
  story.why = std::move(job.why);
  story.next = std::move(job.next);
  if (jobs::is_finished(facts.job->state)) tell_ended(facts, story);
  return story;
}

}  // namespace certconnector::enrollment
