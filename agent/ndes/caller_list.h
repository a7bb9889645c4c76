// The clients that may call the NDES service. A certificate that its TLS accepts is not enough:
// devices hold client certificates of the same CAs. Immutable.
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
  // Each entry is "dns:NAME", a whole DNS name of the certificate's alternative names in any letter
  // case, or "sha256:THUMBPRINT", 64 hex digits. Error, permanent: bad_caller.
  [[nodiscard]] static Result<CallerList> make(const std::vector<std::string>& entries);

  // `certificate` is DER, with a verified chain.
  [[nodiscard]] bool allows(ByteView certificate) const;

 private:
  std::set<std::string> names_;  // lower case
  std::set<crypto::Sha256> thumbprints_;
};

}  // namespace certconnector::ndes
