#include "agent/upstream/identity.h"

#include <algorithm>
#include <cmath>

#include "agent/core/errors.h"
#include "common/crypto/pkcs10.h"
#include "common/time/rfc3339.h"

namespace certconnector::upstream {
namespace {

Error unusable(core::CoreErrc errc, const crypto::Certificate& certificate, const std::string& why,
               ErrorKind kind = ErrorKind::permanent) {
  return {errc, kind, "the client certificate \"" + certificate.subject_text() + "\" " + why};
}

bool for_client_authentication(const crypto::Certificate& certificate) {
  const auto& usage = certificate.extended_key_usage();
  return std::any_of(usage.begin(), usage.end(), [](const std::string& oid) {
    return oid == crypto::oid::kClientAuth || oid == crypto::oid::kAnyExtendedKeyUsage;
  });
}

Timestamp fraction(const crypto::Certificate& certificate, double of_lifetime) {
  const auto lifetime = certificate.not_after() - certificate.not_before();
  const double part = static_cast<double>(lifetime.count()) * of_lifetime;
  return certificate.not_before() + Duration(std::llround(part));
}

}  // namespace

Status check_identity(const crypto::Certificate& certificate, const crypto::PrivateKey& key,
                      Timestamp wall, const std::string& replacing) {
  if (!certificate.belongs_to(key)) {
    return unusable(core::CoreErrc::identity_key_mismatch, certificate,
                    "and the private key do not belong together; put the key that its request was "
                    "made with beside it, or " +
                        replacing);
  }
  if (wall >= certificate.not_after()) {
    return unusable(core::CoreErrc::identity_expired, certificate,
                    "expired at " + to_rfc3339(certificate.not_after()) +
                        " (the machine's clock says " + to_rfc3339(wall) + "); " + replacing);
  }
  if (wall < certificate.not_before()) {
    return unusable(core::CoreErrc::identity_not_yet_valid, certificate,
                    "is not valid before " + to_rfc3339(certificate.not_before()) +
                        "; the machine's clock says " + to_rfc3339(wall) +
                        ": set the clock, or wait",
                    ErrorKind::transient);
  }
  if (!for_client_authentication(certificate)) {
    return unusable(core::CoreErrc::identity_wrong_usage, certificate,
                    "lacks the extended key usage client authentication (1.3.6.1.5.5.7.3.2); have "
                    "one issued from a template for client authentication: " +
                        replacing);
  }
  return {};
}

Timestamp renew_at(const crypto::Certificate& certificate, double unit) {
  return fraction(certificate, 2.0 / 3.0 - unit / 20.0);
}

core::HealthFinding identity_finding(const crypto::Certificate& certificate, Timestamp wall,
                                     RenewedBy renewed_by) {
  const bool renewable = renewed_by == RenewedBy::agent;
  const std::string bring_another =
      renewed_by == RenewedBy::store
          ? std::string(kEnrollInTheStore)
          : "Put a new certificate and its key in place of the files that [management] names, "
            "then: certconnector reload";
  const std::string until = to_rfc3339(certificate.not_after());
  if (wall >= certificate.not_after()) {
    return core::found(
        core::finding::kIdentityExpired, "identity",
        "The client certificate expired at " + until + ".",
        renewable ? "Enroll again with a new token: certconnector enroll -" : bring_another);
  }
  if (wall < certificate.not_before()) {
    return core::found(
        core::finding::kIdentityNotYetValid, "identity",
        "The client certificate is not valid before " + to_rfc3339(certificate.not_before()) + ".",
        "Set the machine's clock.");
  }
  // Renewal begins at two thirds, Windows' auto-enrollment at four fifths; past this it has been
  // failing for a while.
  if (wall >= fraction(certificate, renewed_by == RenewedBy::store ? 0.9 : 0.8)) {
    return core::found(core::finding::kIdentityNotRenewed, "identity",
                       "The client certificate ends at " + until + " and has not been renewed.",
                       renewable
                           ? "See why in certconnector status, then: certconnector identity renew"
                           : bring_another);
  }
  return core::all_is_well("identity", "The client certificate is valid until " + until + ".");
}

}  // namespace certconnector::upstream
