// The registration authority (RA) of a SCEP service: it opens requests and signs answers, RFC 8894
// section 2.1.2. Its RSA key is not the CA's, so the CA's key may be of any kind.
#pragma once

#include <memory>
#include <vector>

#include "agent/scep/reply.h"
#include "common/crypto/certificate.h"
#include "common/crypto/cms.h"
#include "common/crypto/key.h"
#include "common/crypto/key_transport.h"
#include "common/result/result.h"

namespace certconnector::scep {

// A key and its certificate. Immutable; thread-safe.
class RaCertificate {
 public:
  // Errors, permanent: the key is not the certificate's, or is not RSA.
  [[nodiscard]] static Result<std::shared_ptr<const RaCertificate>> make(
      crypto::PrivateKey key, crypto::Certificate certificate);

  [[nodiscard]] const crypto::UnwrappingKey& unwrapping_key() const { return unwrapping_key_; }
  [[nodiscard]] const crypto::Certificate& certificate() const { return certificate_; }
  [[nodiscard]] Signatory signatory() const;
  [[nodiscard]] bool is(const crypto::CertificateIdentifier& recipient) const {
    return recipient.names(fields_);
  }

 private:
  RaCertificate(crypto::PrivateKey key, crypto::Certificate certificate)
      : key_(std::move(key)), unwrapping_key_(key_), certificate_(std::move(certificate)) {}

  crypto::PrivateKey key_;
  crypto::UnwrappingKey unwrapping_key_;
  crypto::Certificate certificate_;
  crypto::CertificateFields fields_;  // views into certificate_
};

// The certificates offered together. By default one certificate for both uses.
struct RaSet {
  std::shared_ptr<const RaCertificate> signing;
  std::shared_ptr<const RaCertificate> encryption;
  Timestamp obtained = Timestamp::min();  // by this process; else long ago

  [[nodiscard]] bool is_one() const { return signing == encryption; }
  // Whether the CA signed all of it. The CA's name is not enough: a new key may keep it.
  [[nodiscard]] bool is_of(const crypto::Certificate& ca) const;
  [[nodiscard]] Timestamp not_after() const;
  // The time to get another set: after two thirds of its life. Its life begins when it was
  // obtained, because CAs date back their certificates.
  [[nodiscard]] Timestamp renew_at() const;
};

// The sets of a service, newest first. Clients get the first one. The service accepts an older one
// until it expires.
using RaSets = std::vector<RaSet>;

// The set that the message was encrypted to; null: no set of this service.
[[nodiscard]] const RaSet* find_addressed(const RaSets& sets,
                                          const crypto::CertificateIdentifier& recipient);

}  // namespace certconnector::scep
