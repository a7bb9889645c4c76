#include "agent/app/served_certificate.h"

#include <algorithm>

#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

namespace finding = core::finding;

// Long enough for a person, and short enough for certificates of 90 days that renew themselves.
bool expires_soon(const crypto::Certificate& certificate, Timestamp wall) {
  constexpr std::chrono::hours kMonth{24 * 30};
  constexpr int kParts = 5;
  const auto lifetime = certificate.not_after() - certificate.not_before();
  return certificate.not_after() - wall < std::min<Duration>(kMonth, lifetime / kParts);
}

bool is_for_servers(const crypto::Certificate& certificate) {
  const auto& purposes = certificate.extended_key_usage();
  return purposes.empty() ||
         std::any_of(purposes.begin(), purposes.end(), [](const std::string& purpose) {
           return purpose == crypto::oid::kServerAuth || purpose == "2.5.29.37.0";
         });
}

bool names_a_host(const crypto::Certificate& certificate) {
  const auto& names = certificate.subject_alt_names();
  return std::any_of(names.begin(), names.end(), [](const crypto::GeneralName& name) {
    return name.kind == crypto::GeneralNameKind::dns || name.kind == crypto::GeneralNameKind::ip;
  });
}

}  // namespace

std::optional<core::HealthFinding> served_certificate_finding(const std::string& component,
                                                              const std::string& chain,
                                                              Timestamp wall, ServedFrom from) {
  const auto certificates = crypto::Certificate::all_from_pem(chain);
  if (!certificates.ok()) return std::nullopt;  // the listener could not have taken it
  const crypto::Certificate& own = certificates->front();
  const std::string renew =
      from == ServedFrom::store
          ? "enroll another one into the machine's store (certlm.msc, Personal, All Tasks); the "
            "agent takes it by itself"
          : "put a new one and its key into the files that [" + component +
                "] names, then run: certconnector reload";
  const std::string what = "the TLS certificate " + own.subject_text();
  if (own.not_after() <= wall) {
    return core::found(finding::kServerCertificateExpired, component,
                       what + " expired on " + to_rfc3339(own.not_after()), renew);
  }
  if (wall < own.not_before()) {
    return core::found(finding::kServerCertificateUnfit, component,
                       what + " is not valid before " + to_rfc3339(own.not_before()), renew);
  }
  if (!is_for_servers(own)) {
    return core::found(finding::kServerCertificateUnfit, component,
                       what + " lacks the extended key usage serverAuth (1.3.6.1.5.5.7.3.1)",
                       renew);
  }
  if (!names_a_host(own)) {
    return core::found(finding::kServerCertificateUnfit, component,
                       what + " names no host in its alternative names, where clients look", renew);
  }
  if (!expires_soon(own, wall)) return std::nullopt;
  return core::found(finding::kServerCertificateExpiresSoon, component,
                     what + " expires on " + to_rfc3339(own.not_after()), renew);
}

}  // namespace certconnector::app
