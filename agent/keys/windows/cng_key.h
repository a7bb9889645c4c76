// Keys of Windows behind the port of remote keys.
#pragma once

#include <windows.h>
#include <ncrypt.h>
#include <wincrypt.h>

#include <memory>

#include "common/crypto/remote_key.h"
#include "common/result/result.h"

namespace certconnector::keys {

// Takes the handle of a key of CNG. Learns by signatures what it can: keys in a TPM or behind an
// old provider know no PSS with a salt as long as the hash. Errors: no_key, where it signs nothing.
[[nodiscard]] Result<std::shared_ptr<const crypto::RemoteKey>> take_cng_key(NCRYPT_KEY_HANDLE key,
                                                                            crypto::KeyKind kind);

// The same of a key of the CryptoAPI before CNG, which knows RSA with PKCS#1 v1.5 alone. `spec` is
// AT_SIGNATURE or AT_KEYEXCHANGE.
[[nodiscard]] Result<std::shared_ptr<const crypto::RemoteKey>> take_csp_key(HCRYPTPROV provider,
                                                                            DWORD spec);

}  // namespace certconnector::keys
