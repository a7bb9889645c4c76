// Sets up an embedded CA: as a root, as a subordinate of another CA, or by import.
//
// Files are those of the settings; keys have mode 0600; every file is written whole and synced.
// None of these replaces an existing CA (error exists). No error holds a key or passphrase.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agent/ca/local/local_ca_settings.h"
#include "agent/core/ports/key_source.h"
#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ca {

struct RootSpec {
  std::string subject;  // RFC 4514, not empty
  crypto::KeySpec key;
  std::chrono::hours lifetime{24 * 3650};
};

// Makes a key and a self-signed certificate (basicConstraints CA:TRUE, digitalSignature,
// keyCertSign and cRLSign).
[[nodiscard]] Result<crypto::Certificate> create_root(const LocalCaSettings& settings,
                                                      const RootSpec& spec, core::KeySource& keys,
                                                      const Clock& clock);

// Makes a key and a PKCS#10 request for the company's root; also in settings.request_file. PEM.
// A second call before the certificate is installed makes the request again with the same key.
[[nodiscard]] Result<std::string> create_subordinate_request(const LocalCaSettings& settings,
                                                             const std::string& subject,
                                                             const crypto::KeySpec& key,
                                                             core::KeySource& keys);

// Installs the root's answer: PEM of the CA certificate and of its issuers, in order. Removes the
// request.
[[nodiscard]] Result<crypto::Certificate> install_certificate(const LocalCaSettings& settings,
                                                              std::string_view certificates_pem,
                                                              core::KeySource& keys,
                                                              const Clock& clock);

// Imports a CA. Certificates: the CA's first, then its issuers.
[[nodiscard]] Result<crypto::Certificate> import_pem(const LocalCaSettings& settings,
                                                     std::string_view certificates_pem,
                                                     std::string_view key_pem,
                                                     std::string_view passphrase,
                                                     const Clock& clock);
[[nodiscard]] Result<crypto::Certificate> import_pkcs12(const LocalCaSettings& settings,
                                                        ByteView pkcs12,
                                                        std::string_view passphrase,
                                                        const Clock& clock);

}  // namespace certconnector::ca
