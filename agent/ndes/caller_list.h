// Who may ask the registration point, beyond having a certificate that its TLS takes: devices hold
// client certificates of the same CAs. Immutable.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/crypto/digest.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::ndes {

class CallerList {
 public:
  CallerList() = default;  // nobody
  // Each "dns:NAME", a DNS name among the certificate's alternative names, compared whole and
  // without regard to case, or "sha256:THUMBPRINT", 64 hex digits. Error, permanent: bad_caller.
  [[nodiscard]] static Result<CallerList> make(const std::vector<std::string>& entries);

  // `certificate` is DER; its chain has been checked.
  [[nodiscard]] bool allows(ByteView certificate) const;

 private:
  std::set<std::string> names_;  // lower case
  std::set<crypto::Sha256> thumbprints_;
};

}  // namespace certconnector::ndes
