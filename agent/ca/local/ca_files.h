// Sets up an embedded CA: as a root, as a subordinate of another CA, or by import.
//
// Files are those of the settings; keys have mode 0600; every file is written whole and synced.
// None of these replaces another CA (error exists). No error holds a key or passphrase.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agent/ca/backend.h"
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

// Imports a CA: its key and certificates, or the certificates for a key that was made here, which
// end the request. The CA's own certificate is the first, then its issuers in order. A certificate
// for the name and key of the CA that is there takes the place of the former one.
[[nodiscard]] Result<crypto::Certificate> import_ca(const LocalCaSettings& settings,
                                                    const BroughtCa& brought, core::KeySource& keys,
                                                    const Clock& clock);
// All checks of import_ca(); writes nothing.
[[nodiscard]] Result<crypto::Certificate> examine_import(const LocalCaSettings& settings,
                                                         const BroughtCa& brought,
                                                         core::KeySource& keys, const Clock& clock);

}  // namespace certconnector::ca
