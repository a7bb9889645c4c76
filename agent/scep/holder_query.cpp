#include "agent/scep/holder_query.h"

#include <optional>
#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/scep/certificate_reference.h"
#include "common/crypto/certificate.h"

namespace certconnector::scep {
namespace {

// Each answer is a separate copy, encrypted for one device.
constexpr std::size_t kLargestCrl = std::size_t{1} << 20U;

NothingFound nothing(const std::string& why) {
  return {core::failed(core::failure::kCertificateNotFound, why), false};
}

NothingFound no_such(const std::string& why) {
  return {core::failed(core::failure::kCertificateNotFound, why), true};
}

enrollment::Unavailable ca_is_silent() { return {"the CA does not answer now"}; }

// Whether the sender has a certificate of this CA that is not revoked. Errors: the CA's look-up.
Result<bool> is_from_holder(const HolderQuery& query) {
  core::CertificateLookup* known = query.ca.ports.certificates;
  if (known == nullptr) return false;
  const auto certificate = crypto::Certificate::from_der(query.signer.certificate);
  if (!certificate.ok()) return false;
  CC_TRY_ASSIGN(const auto own, known->recognize(*certificate));
  return own && !own->revocation;
}

// Why the agent answers the sender nothing; nothing: the sender may ask.
std::optional<HolderAnswer> why_not(const HolderQuery& query) {
  const auto holder = is_from_holder(query);
  if (!holder.ok()) return ca_is_silent();
  if (*holder) return std::nullopt;
  return nothing("Only a device with a certificate of this CA that is not revoked may ask.");
}

// The object of the message, a view into `content`. Nothing: it is not readable.
std::optional<IssuerAndSerial> read_reference(const HolderQuery& query, Bytes& content) {
  auto opened = query.decrypt();
  if (opened.ok()) content = std::move(*opened);
  const auto wanted = parse_issuer_and_serial(content);
  return wanted.ok() ? std::make_optional(*wanted) : std::nullopt;
}

NothingFound unreadable() {
  return no_such("The message names no certificate, or cannot be read.");
}

}  // namespace

HolderAnswer find_certificate(const HolderQuery& query) {
  if (auto refused = why_not(query)) return std::move(*refused);
  Bytes content;
  const auto wanted = read_reference(query, content);
  if (!wanted) return unreadable();
  auto found = query.ca.ports.certificates->find_certificate({wanted->serial.to_bytes(), {}});
  if (!found.ok()) return ca_is_silent();
  if (!found->has_value() || wanted->issuer != query.signer.fields.issuer) {
    return no_such("The agent has no such certificate of this CA.");
  }
  return FoundCertificate{std::move((*found)->entry.certificate.certificate)};
}

HolderAnswer find_crl(const HolderQuery& query, const SharedBytes& crl) {
  if (auto refused = why_not(query)) return std::move(*refused);
  // Before the decryption: a missing CRL is the CA's affair, and no guess of the device.
  if (!crl) return nothing("The CA has published no CRL yet.");
  if (crl->size() > kLargestCrl) {
    return nothing("The CRL is too large for SCEP (1 MiB); have the device get it by HTTP.");
  }
  Bytes content;
  const auto wanted = read_reference(query, content);
  if (!wanted) return unreadable();
  if (wanted->issuer != query.signer.fields.issuer) {
    return no_such("This service has no CRL of such a CA.");
  }
  auto octets = std::make_shared<Bytes>();
  if (!read_all(*crl, *octets)) return ca_is_silent();
  return FoundCrl{std::move(octets)};
}

}  // namespace certconnector::scep
