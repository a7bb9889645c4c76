#include "agent/ca/local/ca_identity.h"

#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/platform/files.h"
#include "common/crypto/pkcs10.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxFile = 1024UL * 1024;

Error bad_certificate(std::string message) {
  return {CaErrc::bad_certificate, ErrorKind::permanent, std::move(message)};
}

Error not_set_up(const LocalCaSettings& settings) {
  const std::string& name = settings.name;
  if (!settings.request_file.empty() && platform::file_exists(settings.request_file)) {
    return {CaErrc::not_set_up, ErrorKind::permanent,
            "CA " + name + " waits for its certificate: have your root CA sign " +
                settings.request_file + ", then run: certconnector ca import " + name +
                " --certificate FILE"};
  }
  return {CaErrc::not_set_up, ErrorKind::permanent,
          "CA " + name + " is not set up: there is no " + settings.certificate_file +
              "; run: certconnector ca create " + name +
              " --root --subject \"CN=Example CA\" (or --subordinate), or bring your own with: " +
              "certconnector ca import " + name + " --certificate FILE --key FILE"};
}

Status check_can_sign(const crypto::Certificate& certificate) {
  constexpr std::uint16_t kNeeded = crypto::kKeyCertSign | crypto::kCrlSign;
  const std::string& subject = certificate.subject_text();
  if (!certificate.is_ca()) {
    return bad_certificate(
        "the certificate of " + subject +
        " is not a CA certificate (basicConstraints CA:TRUE is missing); have it "
        "issued as a CA certificate");
  }
  const std::uint16_t usage = certificate.key_usage();
  if (usage != 0 && (usage & kNeeded) != kNeeded) {
    return bad_certificate("the key usage of the CA certificate of " + subject +
                           " must hold keyCertSign and cRLSign; have it issued again with both");
  }
  return {};
}

Status check_belongs(const crypto::PrivateKey& key, const crypto::Certificate& certificate) {
  if (certificate.belongs_to(key)) return {};
  return bad_certificate("the key is not the one of the CA certificate of " +
                         certificate.subject_text() + "; bring the key that belongs to it");
}

Status check_fit(const LocalCaIdentity& ca) {
  CC_TRY(check_belongs(ca.key, ca.certificate));
  return check_ca_certificates(ca.certificate, ca.issuers);
}

}  // namespace

Status check_ca_certificates(const crypto::Certificate& certificate,
                             const std::vector<crypto::Certificate>& issuers) {
  CC_TRY(check_can_sign(certificate));
  const crypto::Certificate* below = &certificate;
  int authorities_below = 0;
  for (const auto& issuer : issuers) {
    ++authorities_below;
    if (!below->issued_by(issuer)) {
      return bad_certificate("the chain is broken: " + below->subject_text() +
                             " was not issued by the next certificate, " + issuer.subject_text() +
                             "; give its issuers up to the root, and no other certificate");
    }
    const bool signs = issuer.key_usage() == 0 || (issuer.key_usage() & crypto::kKeyCertSign) != 0;
    if (!signs) {
      return bad_certificate("the key usage of " + issuer.subject_text() +
                             ", which issued the CA certificate, lacks keyCertSign; have the CA "
                             "certificate issued by another CA");
    }
    const bool too_long = issuer.path_length() >= 0 && issuer.path_length() < authorities_below;
    if (!issuer.is_ca() || too_long) {
      return bad_certificate(issuer.subject_text() +
                             " may not issue CA certificates at this depth " +
                             "(basicConstraints); have the CA certificate issued by another CA");
    }
    below = &issuer;
  }
  return {};
}

std::string key_reference(const LocalCaSettings& settings) { return "file:" + settings.key_file; }

Status check_dates(const crypto::Certificate& certificate, Timestamp now) {
  if (now > certificate.not_after()) {
    return Error(CaErrc::expired, ErrorKind::permanent,
                 "the CA certificate of " + certificate.subject_text() + " expired on " +
                     to_rfc3339(certificate.not_after()));
  }
  if (now < certificate.not_before()) {
    return Error(CaErrc::not_yet_valid, ErrorKind::transient,
                 "the CA certificate of " + certificate.subject_text() + " is not valid before " +
                     to_rfc3339(certificate.not_before()) + "; check this machine's clock");
  }
  return {};
}

Status check_ca_identity(const LocalCaIdentity& ca, Timestamp now) {
  CC_TRY(check_fit(ca));
  CC_TRY(check_dates(ca.certificate, now));
  for (const auto& issuer : ca.issuers) CC_TRY(check_dates(issuer, now));
  return {};
}

Result<crypto::Certificate> load_ca_certificate(const LocalCaSettings& settings) {
  CC_TRY_ASSIGN(const std::string pem,
                platform::read_trusted_file(settings.certificate_file, kMaxFile));
  auto certificate = crypto::Certificate::from_pem(pem);
  if (!certificate.ok()) return certificate.error().with_context(settings.certificate_file);
  return certificate;
}

Result<std::vector<crypto::Certificate>> load_issuers(const LocalCaSettings& settings) {
  if (settings.chain_file.empty() || !platform::file_exists(settings.chain_file)) {
    return std::vector<crypto::Certificate>();
  }
  CC_TRY_ASSIGN(const std::string pem, platform::read_trusted_file(settings.chain_file, kMaxFile));
  auto issuers = crypto::Certificate::all_from_pem(pem);
  if (!issuers.ok()) return issuers.error().with_context(settings.chain_file);
  return issuers;
}

Result<std::vector<crypto::Certificate>> load_ca_certificates(const LocalCaSettings& settings) {
  CC_TRY_ASSIGN(crypto::Certificate certificate, load_ca_certificate(settings));
  CC_TRY_ASSIGN(auto issuers, load_issuers(settings));
  std::vector<crypto::Certificate> all{std::move(certificate)};
  for (crypto::Certificate& issuer : issuers) all.push_back(std::move(issuer));
  return all;
}

Status check_ca_key(const LocalCaSettings& settings, const crypto::Certificate& certificate,
                    core::KeySource& keys) {
  CC_TRY_ASSIGN(const crypto::PrivateKey key, keys.open(key_reference(settings)));
  return check_belongs(key, certificate);
}

Result<LocalCaIdentity> load_ca_identity(const LocalCaSettings& settings, core::KeySource& keys) {
  if (!platform::file_exists(settings.certificate_file)) return not_set_up(settings);
  CC_TRY_ASSIGN(auto certificates, load_ca_certificates(settings));
  CC_TRY_ASSIGN(crypto::PrivateKey key, keys.open(key_reference(settings)));
  LocalCaIdentity loaded{std::move(key), std::move(certificates.front()), {}};
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    loaded.issuers.push_back(std::move(certificates[i]));
  }
  auto fit = check_fit(loaded);
  if (!fit.ok()) return fit.error().with_context("CA " + settings.name);
  return loaded;
}

}  // namespace certconnector::ca
