// Owners of OpenSSL objects, and its error queue as our Error. For adapters over OpenSSL only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

#include "common/crypto/errors.h"
#include "common/crypto/key_handle.h"
#include "common/result/error.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

// DER; empty: OpenSSL failed.
[[nodiscard]] Bytes der_of(const X509* certificate);

// A context of the key, not set up; null: OpenSSL failed. A copy costs a tenth of a new one, for
// which OpenSSL walks through the names of all its algorithms.
[[nodiscard]] KeyContextHandle make_context(EVP_PKEY* key);
[[nodiscard]] KeyContextHandle copy_of(const KeyContextHandle& context);

// OpenSSL failed and the input is not to blame. Takes OpenSSL's first reason and empties its error
// queue.
[[nodiscard]] Error openssl_failure(std::string_view doing);

}  // namespace certconnector::crypto
