// The provider behind remote_key.h, as OpenSSL's manual pages provider-keymgmt(7) and
// provider-signature(7) want it.
#pragma once

#include <openssl/core.h>

#include <memory>

#include "common/crypto/key_handle.h"
#include "common/crypto/remote_key.h"

namespace certconnector::crypto {

// The data of a key, for OpenSSL an opaque pointer.
struct RemoteKeyData {
  KeyHandle public_key;                     // of OpenSSL's own provider
  std::shared_ptr<const RemoteKey> remote;  // null: a public key alone, to compare with
};

// A row of a table of functions.
template <typename F>
OSSL_DISPATCH dispatch_entry(int id, F* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

inline constexpr char kRemoteProvider[] = "certconnector-remote-keys";
// Our parameters: of EVP_PKEY_fromdata() a pointer to RemoteKeyData, which is moved from;
// of a key an int, whether it knows PSS.
inline constexpr char kRemoteKeyParameter[] = "certconnector-remote-key";
inline constexpr char kKnowsPssParameter[] = "certconnector-knows-pss";

// OSSL_provider_init_fn. Throws nothing.
int start_remote_key_provider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core,
                              const OSSL_DISPATCH** provider, void** context);

// RSA's and ECDSA's functions of signing.
[[nodiscard]] const OSSL_DISPATCH* remote_signing_functions();

}  // namespace certconnector::crypto
