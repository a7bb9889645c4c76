#include "agent/enrollment/signed_challenge_check.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/digest.h"
#include "common/time/rfc3339.h"
#include "proto/challenge/signed_challenge.h"

namespace certconnector::enrollment {
namespace {

using challenge::Claims;
using challenge::SignedChallenge;
using core::Failed;
using Objection = std::optional<Failed>;

constexpr std::string_view kAskAgain = "; let the management endpoint make a new one";

Objection check_key_trust(const SignedChallenge& challenge, const TrustedKey* key, Timestamp now) {
  if (key == nullptr) {
    return core::failed(core::failure::kChallengeUntrusted,
                        "The challenge is signed with the key " + challenge.key_id() +
                            ", which is not among the trusted keys.");
  }
  if (!key->retired_at || now < *key->retired_at) return std::nullopt;
  return core::failed(core::failure::kChallengeUntrusted,
                      "The challenge is signed with the key " + key->id +
                          ", which has been retired since " + to_rfc3339(*key->retired_at) + ".");
}

Objection check_parties(const Claims& claims, std::string_view issuer, std::string_view service) {
  if (claims.issuer != issuer) {
    return core::failed(core::failure::kChallengeWrongIssuer, "The challenge is of the issuer \"" +
                                                                  claims.issuer + "\", not of \"" +
                                                                  std::string(issuer) + "\".");
  }
  if (claims.audience != service) {
    return core::failed(core::failure::kChallengeWrongService,
                        "The challenge is for the SCEP service " + claims.audience + ", not for " +
                            std::string(service) + ".");
  }
  return std::nullopt;
}

Objection check_times(const Claims& claims, std::chrono::seconds skew, Timestamp now) {
  if (now < claims.not_before - skew) {
    return core::failed(core::failure::kChallengeNotYetValid,
                        "The challenge is valid from " + to_rfc3339(claims.not_before) +
                            ", and here it is " + to_rfc3339(now) +
                            "; set this machine's clock or the issuer's.");
  }
  if (now >= claims.expires + skew) {
    return core::failed(
        core::failure::kChallengeExpired,
        "The challenge expired at " + to_rfc3339(claims.expires) + std::string(kAskAgain) + ".");
  }
  return std::nullopt;
}

std::string describe(crypto::KeyKind kind, int bits) {
  return std::string(kind == crypto::KeyKind::rsa ? "RSA" : "EC") + " of " + std::to_string(bits) +
         " bits";
}

Objection check_device_key(const Claims& claims, const crypto::Pkcs10& request) {
  if (claims.public_key_info_sha256 &&
      crypto::sha256(request.public_key_info()) != *claims.public_key_info_sha256) {
    return core::failed(core::failure::kChallengeKeyMismatch,
                        "The challenge is bound to another key than the request's.");
  }
  if (!claims.least_key) return std::nullopt;
  const auto [kind, bits] = *claims.least_key;
  if (request.key_kind() == kind && request.key_bits() >= bits) return std::nullopt;
  return core::failed(
      request.key_kind() == kind ? core::failure::kWeakKey : core::failure::kChallengeKeyMismatch,
      "The request's key is " + describe(request.key_kind(), request.key_bits()) +
          "; the challenge asks for at least " + describe(kind, bits) + ".");
}

// Sets every field: the request must have nothing that the challenge does not carry.
core::ExpectedContent expected_content(const Claims& claims) {
  return {claims.subject.value_or(""), claims.subject_alt_names, claims.key_usage,
          claims.extended_key_usage};
}

Objection check_content(const Claims& claims, const crypto::Pkcs10& request) {
  if (claims.sid && !core::is_security_identifier(*claims.sid)) {
    return core::failed(core::failure::kChallengeMalformed, "The challenge has an invalid SID.");
  }
  core::IssueRequest issue;
  issue.expected = expected_content(claims);
  issue.sid = claims.sid;
  return core::compare_request(issue, request);
}

Denied unreadable(const Error& error) {
  return {core::failed(core::failure::kChallengeMalformed,
                       "The challenge password is no signed challenge: " + error.message() + ".")};
}

}  // namespace

SignedChallengeCheck::SignedChallengeCheck(SignedChallengeSettings settings,
                                           std::vector<TrustedKey> keys)
    : settings_(std::move(settings)), keys_(std::move(keys)) {}

CheckAnswer SignedChallengeCheck::check(const ChallengeQuery& query, Timestamp now) const {
  if (query.password.empty()) {
    return Denied{core::failed(core::failure::kChallengeMissing,
                               "The request carries no challenge password.")};
  }
  const auto challenge = SignedChallenge::parse(query.password);
  if (!challenge) return unreadable(challenge.error());
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const TrustedKey& one) {
    return one.id == challenge->key_id();
  });
  const TrustedKey* const found = key == keys_.end() ? nullptr : &*key;
  if (auto untrusted = check_key_trust(*challenge, found, now)) {
    return Denied{std::move(*untrusted)};
  }
  const auto claims = challenge->verify(found->key);
  if (!claims) {
    return Denied{core::failed(core::failure::kChallengeBadSignature,
                               "The challenge's signature does not verify under the key " +
                                   challenge->key_id() +
                                   ": somebody changed it, or never made it.")};
  }

  // From here on the claims are the issuer's, so messages may name them.
  const std::string id = challenge->key_id() + ":" + claims->id;
  Objection wrong = check_parties(*claims, settings_.issuer, query.service);
  if (!wrong) wrong = check_times(*claims, settings_.clock_skew, now);
  if (!wrong) wrong = check_device_key(*claims, query.request);
  if (!wrong) wrong = check_content(*claims, query.request);
  if (wrong) {
    wrong->message += " (challenge " + id + ", device " + claims->device + ")";
    return Denied{std::move(*wrong), id, claims->device};
  }
  ChallengeAuthorization authorization;
  authorization.id = id;
  authorization.device = claims->device;
  authorization.template_name = claims->template_name;
  authorization.expected = expected_content(*claims);
  authorization.sid = claims->sid;
  authorization.not_after = claims->expires + settings_.clock_skew;
  return authorization;
}

}  // namespace certconnector::enrollment
