// A system that trusts one root of ours. One in a process, made before the first verification: Wine
// learns nothing new of a store after that.
#pragma once

#include <memory>

#include "common/crypto/certificate.h"
#include "common/crypto/system_trust.h"

namespace certconnector::net::testing {

class TrustingSystem {
 public:
  // Throws where the system takes no root.
  explicit TrustingSystem(const crypto::Certificate& root);
  ~TrustingSystem();
  TrustingSystem(const TrustingSystem&) = delete;
  TrustingSystem& operator=(const TrustingSystem&) = delete;

  [[nodiscard]] std::shared_ptr<const crypto::SystemTrust> trust() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace certconnector::net::testing
