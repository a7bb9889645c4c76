// The roots that this system trusts: of Windows' machine, or the bundle of a Linux.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"

struct x509_store_ctx_st;

namespace certconnector::crypto {

// Thread-safe.
class SystemTrust {
 public:
  virtual ~SystemTrust() = default;

  // In the place of X509_verify_cert(): verifies the certificate that the peer sent, with all that
  // the context asks (host, purpose, time), by the system's roots in place of the context's.
  // X509_V_OK, or OpenSSL's reason, which the context has then as well. May block: Windows fetches
  // roots that it does not have yet, within seconds.
  [[nodiscard]] virtual int verify(x509_store_ctx_st* verification) const = 0;
};

// Errors: unsupported, where the system has no roots; the message says what to install.
[[nodiscard]] Result<std::shared_ptr<const SystemTrust>> system_trust();

}  // namespace certconnector::crypto
