// A template, ready for issuing: settings checked once, extensions encoded once. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/ca/local/local_ca_settings.h"
#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::ca {

class CertificateTemplate {
 public:
  // Errors: bad_template, which names the setting.
  [[nodiscard]] static Result<CertificateTemplate> make(TemplateSettings settings,
                                                        std::size_t crl_partitions = 0);

  [[nodiscard]] const TemplateSettings& settings() const { return settings_; }
  [[nodiscard]] bool allows(crypto::GeneralNameKind kind) const;
  // The most that a certificate for a key of this kind may say.
  [[nodiscard]] std::uint16_t key_usage(crypto::KeyKind kind) const;
  // CRL distribution points, by the serial number, and authority information access; may be empty.
  // DER of whole Extensions.
  [[nodiscard]] ByteView addresses(ByteView serial) const;
  // The extension with all purposes of the template; empty when it has none.
  [[nodiscard]] ByteView extended_key_usage() const { return extended_key_usage_; }

 private:
  CertificateTemplate() = default;

  TemplateSettings settings_;
  std::vector<Bytes> addresses_;  // of each partition, or one
  Bytes extended_key_usage_;
};

// Appends an ExtKeyUsage extension; false when one is no OID.
[[nodiscard]] bool append_extended_key_usage(Bytes& out, const std::vector<std::string>& purposes);

}  // namespace certconnector::ca
