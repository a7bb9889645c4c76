// Owners of CryptoAPI's objects. For adapters to Windows only.
#pragma once

#include <windows.h>
#include <wincrypt.h>

#include <memory>

namespace certconnector::crypto {

struct CertStoreDeleter {
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};
struct CertContextDeleter {
  void operator()(const CERT_CONTEXT* certificate) const {
    ::CertFreeCertificateContext(certificate);
  }
};
struct CertChainDeleter {
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};
using CertStorePtr = std::unique_ptr<void, CertStoreDeleter>;
using CertContextPtr = std::unique_ptr<const CERT_CONTEXT, CertContextDeleter>;
using CertChainPtr = std::unique_ptr<const CERT_CHAIN_CONTEXT, CertChainDeleter>;

}  // namespace certconnector::crypto
