// Why a job can fail: stable snake_case codes, on the wire and in the CLI, with the HRESULT that
// administrators of AD CS and NDES know for the same thing. One table; a code is never renamed or
// reused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/job.h"

namespace certconnector::core {

struct FailureCode {
  std::string_view name;
  std::uint32_t hresult;
  std::string_view meaning;  // for a person who sees the code alone
};

// The list, once: CODE(constant, name, HRESULT, meaning).
// A macro, since each line becomes a constant and an entry of a table.
#define CC_FAILURE_CODES(CODE)                                                                     \
  /* The job itself. */                                                                            \
  CODE(kBadJob, "bad_job", 0x8007000D, "The job's description is not valid.")                      \
  CODE(kUnknownType, "unknown_type", 0x80070032, "The job's type is not one this agent knows.")    \
  CODE(kUnknownCa, "unknown_ca", 0x80070490, "This agent does not serve the job's CA.")            \
  CODE(kUnknownTemplate, "unknown_template", 0x80094800,                                           \
       "The CA has no such template, or the request may not have it here.")                        \
  CODE(kDeadlinePassed, "deadline_passed", 0x800705B4,                                             \
       "The job's deadline passed before it was done.")                                            \
  CODE(kAttemptsUsedUp, "attempts_used_up", 0x800704D5,                                            \
       "Every allowed attempt failed for a passing reason.")                                       \
  CODE(kCanceled, "canceled", 0x800704C7, "A person canceled the job.")                            \
  CODE(kDeniedByPerson, "denied_by_person", 0x80094014, "A person denied the request.")            \
  /* The PKCS#10 request. */                                                                       \
  CODE(kMalformedRequest, "malformed_request", 0x8009310B,                                         \
       "The PKCS#10 request, or a value in it, is not well-formed.")                               \
  CODE(kRequestTooLarge, "request_too_large", 0x80093104,                                          \
       "The PKCS#10 request, or the certificate for it, is larger than 64 KiB.")                   \
  CODE(kUnsupportedAlgorithm, "unsupported_algorithm", 0x80090008,                                 \
       "The request's key or signature algorithm is not supported.")                               \
  CODE(kWeakKey, "weak_key", 0x80094811, "The request's key is too small.")                        \
  CODE(kWeakSignature, "weak_signature", 0x80090008, "The request is signed with MD5 or SHA-1.")   \
  CODE(kBadSignature, "bad_signature", 0x80090006,                                                 \
       "The request's signature does not verify with its own key.")                                \
  /* One code for what cannot be decrypted and for every request whose own signature has not       \
     been found good: whoever could tell them apart would read captured messages octet by octet.   \
   */                                                                                              \
  CODE(kUnreadableMessage, "unreadable_message", 0x80090006,                                       \
       "The SCEP message cannot be decrypted, or holds no request that can be taken.")             \
  CODE(kUnknownMessageType, "unknown_message_type", 0x80070032,                                    \
       "The SCEP message is of a type that no client sends.")                                      \
  /* What the job says the request must hold. */                                                   \
  CODE(kSubjectMismatch, "subject_mismatch", 0x80094001,                                           \
       "The request's subject is not the expected one.")                                           \
  CODE(kSubjectAltNameMismatch, "subject_alt_name_mismatch", 0x80094803,                           \
       "The request's subject alternative names are not the expected ones.")                       \
  CODE(kKeyUsageMismatch, "key_usage_mismatch", 0x800B0110,                                        \
       "The request's key usage is not the expected one.")                                         \
  CODE(kExtendedKeyUsageMismatch, "extended_key_usage_mismatch", 0x800B0110,                       \
       "The request's extended key usage is not the expected one.")                                \
  CODE(kExtensionNotAllowed, "extension_not_allowed", 0x80070057,                                  \
       "The request asks for an extension that a request may not ask for.")                        \
  CODE(kAttributeNotAllowed, "attribute_not_allowed", 0x80070057,                                  \
       "The request has an attribute that a request may not have.")                                \
  CODE(kSidNotAllowed, "sid_not_allowed", 0x80094821,                                              \
       "The request asks for a security identifier that the job does not carry.")                  \
  /* The challenge password of a SCEP request. */                                                  \
  CODE(kChallengeMissing, "challenge_missing", 0x80070056,                                         \
       "The request carries no challenge password.")                                               \
  CODE(kChallengeWrong, "challenge_wrong", 0x80070056,                                             \
       "The challenge password is not the one expected.")                                          \
  CODE(kChallengeMalformed, "challenge_malformed", 0x8007000D,                                     \
       "The challenge password is not a challenge this agent reads.")                              \
  CODE(kChallengeUntrusted, "challenge_untrusted", 0x800B0109,                                     \
       "The challenge is signed with a key that is not trusted, or no longer.")                    \
  CODE(kChallengeBadSignature, "challenge_bad_signature", 0x80090006,                              \
       "The challenge was changed after it was signed.")                                           \
  CODE(kChallengeExpired, "challenge_expired", 0x8009481C, "The challenge has expired.")           \
  CODE(kChallengeNotYetValid, "challenge_not_yet_valid", 0x800B0101,                               \
       "The challenge is not valid yet; compare the clocks.")                                      \
  CODE(kChallengeWrongService, "challenge_wrong_service", 0x800B010F,                              \
       "The challenge is for another SCEP service.")                                               \
  CODE(kChallengeWrongIssuer, "challenge_wrong_issuer", 0x800B0107,                                \
       "The challenge is of another issuer than the expected one.")                                \
  CODE(kChallengeKeyMismatch, "challenge_key_mismatch", 0x80090003,                                \
       "The request's key is not the one, or not of the kind, that the challenge names.")          \
  CODE(kChallengeUsed, "challenge_used", 0x80070005,                                               \
       "The challenge was used before, by another request.")                                       \
  CODE(kChallengeRevoked, "challenge_revoked", 0x800B010C, "The challenge was withdrawn.")         \
  CODE(kChallengeInUse, "challenge_in_use", 0x80094011,                                            \
       "Another request presented the challenge first.")                                           \
  CODE(kChallengeRefused, "challenge_refused", 0x80070005,                                         \
       "The management endpoint does not let the challenge give a certificate.")                   \
  CODE(kRenewalNotAllowed, "renewal_not_allowed", 0x80094011,                                      \
       "The certificate that signs the renewal does not authorize it.")                            \
  CODE(kRevocationUnknown, "revocation_unknown", 0x80092013,                                       \
       "No CRL shows whether the certificate that asks for its renewal is revoked.")               \
  CODE(kLineageFull, "lineage_full", 0x80094011,                                                   \
       "As many certificates as allowed renew one another and are in force.")                      \
  CODE(kLineageCompromised, "lineage_compromised", 0x80092010,                                     \
       "A certificate of the same lineage was revoked for keyCompromise.")                         \
  CODE(kRenewedTooOften, "renewed_too_often", 0x80094011,                                          \
       "The lineage had as many renewals in a day as allowed.")                                    \
  CODE(kWithheld, "withheld", 0x80094014, "The management endpoint did not take what was issued.") \
  CODE(kCertificateRevoked, "certificate_revoked", 0x80092010,                                     \
       "The certificate that the request brought was revoked or is on hold.")                      \
  CODE(kCertificateExpired, "certificate_expired", 0x800B0101,                                     \
       "The certificate that the request brought has expired.")                                    \
  /* The CA's policy. */                                                                           \
  CODE(kSubjectNotAllowed, "subject_not_allowed", 0x80094001,                                      \
       "The template does not allow this subject, or no certificate can hold it.")                 \
  CODE(kSubjectAltNameNotAllowed, "subject_alt_name_not_allowed", 0x80094803,                      \
       "The template does not allow this kind of subject alternative name, or the name is not "    \
       "one of its kind.")                                                                         \
  CODE(kKeyUsageNotAllowed, "key_usage_not_allowed", 0x800B0110,                                   \
       "The template does not allow this key usage.")                                              \
  CODE(kExtendedKeyUsageNotAllowed, "extended_key_usage_not_allowed", 0x800B0110,                  \
       "No request may ask for this extended key usage.")                                          \
  CODE(kOutsideCaBounds, "outside_ca_bounds", 0x800B0114,                                          \
       "The CA's own certificate, or an issuer's, does not let it issue these names or usages.")   \
  CODE(kValidityNotPossible, "validity_not_possible", 0x800B0102,                                  \
       "No validity is left: the CA certificate ends too soon, or the period asked for is not "    \
       "possible.")                                                                                \
  CODE(kDeniedByCa, "denied_by_ca", 0x80094011,                                                    \
       "The CA denied the request, or issued a certificate that does not fit it.")                 \
  CODE(kTemplateDenied, "template_denied", 0x80094012,                                             \
       "The CA does not let this agent use the template.")                                         \
  /* Revocation. */                                                                                \
  CODE(kCertificateNotFound, "certificate_not_found", 0x80092004,                                  \
       "The CA never issued such a certificate, or has forgotten it after its expiry.")            \
  CODE(kIssuerMismatch, "issuer_mismatch", 0x800B0107,                                             \
       "The certificate to revoke has another issuer than the job's CA.")                          \
  CODE(kNotOnHold, "not_on_hold", 0x8007139F,                                                      \
       "Only a certificate on hold can be taken off the CRL.")                                     \
  CODE(kBadReason, "bad_reason", 0x80070057,                                                       \
       "The revocation reason is not one of RFC 5280 that can be used.")                           \
  /* Passing reasons: never the end of a job, but what its history and `jobs explain` show. */     \
  CODE(kCaUnavailable, "ca_unavailable", 0x800706BA,                                               \
       "The CA could not be reached or could not work.")                                           \
  CODE(kInDoubt, "in_doubt", 0x800706BE,                                                           \
       "The connection to the CA broke: it may or may not have taken the request.")                \
  CODE(kEndpointUnreachable, "endpoint_unreachable", 0x80072EFD,                                   \
       "The management endpoint could not be asked whether the job is still ours.")                \
  CODE(kInternalError, "internal_error", 0x80004005, "The agent itself failed; its log says more.")

namespace failure {
#define CC_DEFINE_CODE(constant, name, hresult, meaning) \
  inline constexpr FailureCode constant{name, hresult, meaning};
CC_FAILURE_CODES(CC_DEFINE_CODE)
#undef CC_DEFINE_CODE
}  // namespace failure

#define CC_LIST_CODE(constant, name, hresult, meaning) failure::constant,
inline constexpr FailureCode kFailureCodes[] = {CC_FAILURE_CODES(CC_LIST_CODE)};
#undef CC_LIST_CODE
#undef CC_FAILURE_CODES

// The outcome for a code; `message` says which field and what to do.
[[nodiscard]] inline Failed failed(const FailureCode& code, std::string message) {
  return Failed{std::string(code.name), static_cast<std::int32_t>(code.hresult),
                std::move(message)};
}

// Whether a denied client gets the message too. True when the message depends only on the client's
// own message, or on the standing of its certificate, which the CRL publishes. Other messages may
// disclose a challenge.
[[nodiscard]] inline bool client_hears_message(const Failed& reason) {
  return reason.code == failure::kUnsupportedAlgorithm.name ||
         reason.code == failure::kWeakSignature.name ||
         reason.code == failure::kCertificateRevoked.name ||
         reason.code == failure::kCertificateExpired.name;
}

// Null when the code is not in the table: another CA's own code.
[[nodiscard]] constexpr const FailureCode* find_failure_code(std::string_view name) {
  for (const FailureCode& code : kFailureCodes) {
    if (code.name == name) return &code;
  }
  return nullptr;
}

}  // namespace certconnector::core
