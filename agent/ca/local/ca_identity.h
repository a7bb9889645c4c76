// A CA's key, certificate and chain: loads them, and checks that they match.
#pragma once

#include <string>
#include <vector>

#include "agent/ca/local/local_ca_settings.h"
#include "agent/core/ports/key_source.h"
#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::ca {

struct LocalCaIdentity {
  crypto::PrivateKey key;
  crypto::Certificate certificate;
  std::vector<crypto::Certificate> issuers;  // from the certificate's issuer up; empty for a root
};

// Whether `certificate` may issue now with `key`: they belong together, CA:TRUE, keyCertSign and
// cRLSign, dates, and each certificate of the chain signed the one before. Errors: bad_certificate,
// expired, not_yet_valid.
[[nodiscard]] Status check_ca_identity(const LocalCaIdentity& ca, Timestamp now);
// Checks the dates alone.
[[nodiscard]] Status check_dates(const crypto::Certificate& certificate, Timestamp now);

// Reads the files of the settings and checks what they hold, apart from dates: an expired CA still
// signs CRLs. Errors: not_set_up with the command to run; bad_certificate; those of
// load_ca_certificates() and of KeySource::open.
[[nodiscard]] Result<LocalCaIdentity> load_ca_identity(const LocalCaSettings& settings,
                                                       core::KeySource& keys);

// The same without key and dates: whether it may sign certificates and CRLs, and the chain holds.
[[nodiscard]] Status check_ca_certificates(const crypto::Certificate& certificate,
                                           const std::vector<crypto::Certificate>& issuers);
// The CA's certificate; the certificates of its issuers, none without a file of them. Errors: files
// that cannot be read, or that others may write (platform::read_trusted_file).
[[nodiscard]] Result<crypto::Certificate> load_ca_certificate(const LocalCaSettings& settings);
[[nodiscard]] Result<std::vector<crypto::Certificate>> load_issuers(
    const LocalCaSettings& settings);
// Both, the CA's first; nothing is compared.
// That the CA's key can be opened, and is that of `certificate`.
[[nodiscard]] Status check_ca_key(const LocalCaSettings& settings,
                                  const crypto::Certificate& certificate, core::KeySource& keys);
[[nodiscard]] Result<std::vector<crypto::Certificate>> load_ca_certificates(
    const LocalCaSettings& settings);

// The name of this CA's key at the key source.
[[nodiscard]] std::string key_reference(const LocalCaSettings& settings);

}  // namespace certconnector::ca
