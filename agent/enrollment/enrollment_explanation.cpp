#include "agent/enrollment/enrollment_explanation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/jobs/job_explanation.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

constexpr std::string_view kNewChallenge =
    "Give the device a new challenge: have the management system send its SCEP profile again, or "
    "make a new password.";
constexpr std::string_view kNewKey =
    "The device needs a new certificate: have it make a new key and enroll anew. Where its "
    "challenge was good once, give it a new challenge first.";
constexpr std::string_view kCompareProfile =
    "Compare the device's SCEP profile with what the message names, correct the one that is wrong, "
    "and send the profile again.";
constexpr std::string_view kOtherAlgorithm =
    "Have the device use what the message asks for. Where it cannot, a switch of the service may "
    "let it in: `certconnector scep caps SERVICE` says which and at what price.";
constexpr std::string_view kFetchAgain =
    "Have the device fetch the CA certificates again (GetCACert), then ask again; if it goes on, "
    "something between it and the agent changes the message.";
constexpr std::string_view kReadableRequest =
    "Where the message names an algorithm, a key or a signature, have the device use another one; "
    "`certconnector scep caps SERVICE` says which switch may let it in, and at what price. Where "
    "it says that nothing could be decrypted, have the device fetch the CA certificates again "
    "(GetCACert).";

// What a person can do about a refusal; for what is not here the message itself says it.
constexpr std::array<std::pair<const core::FailureCode*, std::string_view>, 23> kRemedies{{
    {&core::failure::kChallengeMissing, kNewChallenge},
    {&core::failure::kChallengeWrong, kNewChallenge},
    {&core::failure::kChallengeMalformed, kNewChallenge},
    {&core::failure::kChallengeExpired, kNewChallenge},
    {&core::failure::kChallengeUsed, kNewChallenge},
    {&core::failure::kChallengeRevoked, kNewChallenge},
    {&core::failure::kChallengeInUse,
     "If the other request is the device's own, wait for it; else somebody else has the challenge: "
     "withdraw it, and give the device a new one."},
    {&core::failure::kChallengeRefused,
     "The management endpoint's own words say why: correct the device's profile or its standing "
     "there, and give it a new challenge."},
    {&core::failure::kChallengeUntrusted,
     "Bring the endpoint's current challenge keys into the file that challenge_keys_file names, "
     "and reload."},
    {&core::failure::kChallengeNotYetValid,
     "Set the clocks of this machine and of the endpoint right."},
    {&core::failure::kChallengeWrongService,
     "Correct the SCEP address in the device's profile, or the service that the challenge is made "
     "for."},
    {&core::failure::kChallengeWrongIssuer,
     "Correct challenge_issuer in the service's section, or the endpoint that makes the "
     "challenges."},
    {&core::failure::kSubjectMismatch, kCompareProfile},
    {&core::failure::kSubjectAltNameMismatch, kCompareProfile},
    {&core::failure::kKeyUsageMismatch, kCompareProfile},
    {&core::failure::kUnsupportedAlgorithm, kOtherAlgorithm},
    {&core::failure::kWeakKey, kOtherAlgorithm},
    {&core::failure::kBadSignature, kFetchAgain},
    {&core::failure::kUnreadableMessage, kReadableRequest},
    {&core::failure::kCertificateNotFound, kFetchAgain},
    {&core::failure::kCertificateRevoked, kNewKey},
    {&core::failure::kCertificateExpired, kNewKey},
    {&core::failure::kRenewalNotAllowed,
     "Let the device enroll anew with a challenge, or change renewal and renewal_window of the "
     "service."},
}};

std::string remedy_for(const core::Failed& reason) {
  const auto* found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                   [&](const auto& row) { return row.first->name == reason.code; });
  if (found != kRemedies.end()) return std::string(found->second);
  return "Do as the message says; the device then asks again by itself, or when its profile is "
         "sent again.";
}

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

// A certificate of which only the NDES knows the request.
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
    text += " That was time " + std::to_string(enrollment.attempts) +
            ": what it had asked for before had failed.";
  }
  return text;
}

// Nothing: it was refused, and brought no challenge that is known.
std::string by_which_right(const EnrollmentFacts& facts) {
  const std::string& challenge = facts.enrollment.challenge;
  if (refused_on_arrival(facts)) {
    return challenge.empty() ? std::string() : "It brought the challenge " + challenge + ".";
  }
  if (!challenge.empty()) return "Its right is the challenge " + challenge + ".";
  if (was_never_verified(facts)) return "NDES reported it; no request for it was verified here.";
  return facts.shared_password
             ? "Its right is the service's one password, or the certificate that it renews."
             : "Its right is the certificate that it renews.";
}

// The refusal as administrators know it from elsewhere, and as the device heard it.
std::string failure_in_words(const core::Failed& reason, const EnrollmentFacts& facts) {
  std::string text =
      reason.message + " (" + reason.code + ", HRESULT " + hresult_text(reason.hresult) + ")";
  if (const core::FailureCode* code = core::find_failure_code(reason.code)) {
    text += " That code means: " + std::string(code->meaning);
  }
  if (!facts.fail_info.empty()) {
    text += " The device was told FAILURE with failInfo " + facts.fail_info +
            (core::client_hears_message(reason) ? " and this message" : "") +
            (facts.hresult_told ? " and the HRESULT" : "") + ", or will be when it asks again.";
  }
  return text;
}

std::string acknowledgement(const EnrollmentFacts& facts) {
  if (facts.withheld && !facts.job->external) {
    return "The endpoint did not take it, so the device does not get it.";
  }
  if (facts.withheld) return "The endpoint did not take it; its NDES may have handed it out.";
  if (!facts.job->reports) return "Nobody is told: this service does not report to the endpoint.";
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
  const std::string device = facts.job->external
                                 ? "Nothing. The NDES hands it to the device."
                                 : "Nothing. A device that has not got its certificate asks again "
                                   "and is given the same.";
  return device + " To take it back: " + how_to_revoke(facts, serial);
}

void tell_issued(const EnrollmentFacts& facts, const core::Issued& issued,
                 EnrollmentExplanation& story) {
  const std::string serial = text::to_hex(issued.certificate.serial);
  story.why = "The certificate with serial " + serial + " was issued, valid until " +
              to_rfc3339(issued.certificate.not_after) + ". " + acknowledgement(facts);
  if (facts.revocation) {
    story.why += " It was revoked at " + to_rfc3339(facts.revocation->at) + ", reason " +
                 std::string(to_string(facts.revocation->reason)) + ".";
    story.next = kNewKey;
  } else {
    story.next = facts.withheld ? next_of_withheld(facts, serial) : next_of_issued(facts, serial);
  }
}

void tell_ended(const EnrollmentFacts& facts, EnrollmentExplanation& story) {
  if (const core::Issued* issued = issued_of(facts)) return tell_issued(facts, *issued, story);
  if (const core::Failed* reason = failure_of(facts)) {
    story.why = failure_in_words(*reason, facts) + " " + acknowledgement(facts);
    story.next = remedy_for(*reason);
  }
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
  if (facts.job == nullptr) return "forgotten";
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
  if (const std::string right = by_which_right(facts); !right.empty()) asked += " " + right;
  story.happened.push_back(std::move(asked));
  if (facts.job == nullptr) {
    story.why =
        "Its job was removed after the [queue] retention time, as those are that brought no "
        "certificate, or one that has ended; what became of it is not known here any more.";
    story.next =
        "Look for a newer certificate with: certconnector certs list --subject TEXT. A device "
        "that has none has to ask again.";
    return story;
  }
  jobs::JobExplanation job = jobs::explain(*facts.job, facts.history, now);
  // Its first sentence says what the one above says.
  std::move(std::next(job.happened.begin()), job.happened.end(),
            std::back_inserter(story.happened));
  story.why = std::move(job.why);
  story.next = std::move(job.next);
  if (jobs::is_finished(facts.job->state)) tell_ended(facts, story);
  return story;
}

}  // namespace certconnector::enrollment
