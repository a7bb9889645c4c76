#include "agent/jobs/device_remedies.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"

namespace certconnector::jobs {
namespace {

constexpr std::string_view kNewChallenge =
    "Give the device a new challenge: have the management system send its SCEP profile again, or "
    "make a new password.";
constexpr std::string_view kCompareProfile =
    "Compare the device's SCEP profile with what the message names, correct the one that is wrong, "
    "and send the profile again.";
constexpr std::string_view kOtherAlgorithm =
    "Have the device use what the message asks for. If it cannot, a switch of the service may "
    "let it in: `certconnector scep caps SERVICE` names the switch and its risk.";
constexpr std::string_view kFetchAgain =
    "Have the device fetch the CA certificates again (GetCACert), then ask again. If this does not "
    "help, "
    "something between it and the agent changes the message.";
constexpr std::string_view kReadableRequest =
    "If the message names an algorithm, a key or a signature, have the device use another one; "
    "`certconnector scep caps SERVICE` names the switch that may let it in, and its risk. If "
    "the agent could decrypt nothing, have the device fetch the CA certificates again "
    "(GetCACert).";

constexpr std::string_view kAskAgain =
    "Nothing, if the person meant it. Else let the device ask again: it does by itself, or when "
    "its "
    "profile is sent again.";
constexpr std::string_view kRepair =
    "Repair what ended the last attempt; the device then asks again by itself, or when its profile "
    "is sent again.";

// What a person can do about a denial. For other codes the message itself says it.
constexpr std::array<std::pair<const core::FailureCode*, std::string_view>, 33> kRemedies{{
    {&core::failure::kChallengeMissing, kNewChallenge},
    {&core::failure::kChallengeWrong, kNewChallenge},
    {&core::failure::kChallengeMalformed, kNewChallenge},
    {&core::failure::kChallengeExpired, kNewChallenge},
    {&core::failure::kChallengeUsed, kNewChallenge},
    {&core::failure::kChallengeRevoked, kNewChallenge},
    {&core::failure::kChallengeInUse,
     "If the other request is the device's own, wait for it; else another device has the "
     "challenge: "
     "withdraw it, and give the device a new one."},
    {&core::failure::kChallengeRefused,
     "The management endpoint's text says why: correct the device's profile or its state "
     "there, and give it a new challenge."},
    {&core::failure::kChallengeUntrusted,
     "Bring the endpoint's current challenge keys into the file that challenge_keys_file names, "
     "and reload."},
    {&core::failure::kChallengeNotYetValid,
     "Set the clocks of this machine and of the endpoint right."},
    {&core::failure::kChallengeWrongService,
     "Correct the SCEP address in the device's profile, or the service that the endpoint makes "
     "for."},
    {&core::failure::kChallengeWrongIssuer,
     "Correct challenge_issuer in the service's section, or the endpoint that makes the "
     "challenges."},
    {&core::failure::kSubjectMismatch, kCompareProfile},
    {&core::failure::kSubjectAltNameMismatch, kCompareProfile},
    {&core::failure::kKeyUsageMismatch, kCompareProfile},
    {&core::failure::kExtendedKeyUsageMismatch, kCompareProfile},
    {&core::failure::kSidNotAllowed, kCompareProfile},
    {&core::failure::kMalformedRequest,
     "Correct the value that the message names in the device's SCEP profile. If it names none, the "
     "device's program makes a request that nobody reads: renew that program."},
    {&core::failure::kDeniedByCa,
     "Correct what the message names, at the CA or in the device's profile; the device then asks "
     "again by itself, or when its profile is sent again."},
    {&core::failure::kUnsupportedAlgorithm, kOtherAlgorithm},
    {&core::failure::kWeakKey, kOtherAlgorithm},
    {&core::failure::kBadSignature, kFetchAgain},
    {&core::failure::kUnreadableMessage, kReadableRequest},
    {&core::failure::kCertificateNotFound, kFetchAgain},
    {&core::failure::kCertificateRevoked, kNewKeyRemedy},
    {&core::failure::kCertificateExpired, kNewKeyRemedy},
    {&core::failure::kLineageFull,
     "See its certificates: `certconnector certs lineage show SERIAL`. Revoke those that the "
     "device "
     "lost, allow one more renewal (`certconnector certs lineage allow SERIAL`), or let it enroll "
     "with a challenge."},
    {&core::failure::kLineageCompromised,
     "Let the device enroll anew with a challenge and a new key."},
    {&core::failure::kRenewedTooOften,
     "See why the device renews so often. Allow one more renewal (`certconnector certs lineage "
     "allow "
     "SERIAL`), or raise renewals_a_day of the service."},
    {&core::failure::kCanceled, kAskAgain},
    {&core::failure::kDeniedByPerson, kAskAgain},
    {&core::failure::kDeadlinePassed, kRepair},
    {&core::failure::kAttemptsUsedUp, kRepair},
}};

}  // namespace

std::string_view after_issue(bool external) {
  return external ? "Nothing. The NDES hands it to the device."
                  : "Nothing. A device without its certificate asks again and gets the same one.";
}

std::string device_remedy(const core::Failed& reason) {
  const auto* found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                   [&](const auto& row) { return row.first->name == reason.code; });
  if (found != kRemedies.end()) return std::string(found->second);
  return "Do as the message says; the device then asks again by itself, or when its profile is "
         "sent again.";
}

}  // namespace certconnector::jobs
