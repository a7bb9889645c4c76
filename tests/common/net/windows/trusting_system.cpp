#include "tests/common/net/trusting_system.h"

#include "tests/common/net/windows/root_store.h"

namespace certconnector::net::testing {

struct TrustingSystem::Parts {
  explicit Parts(const Bytes& der) : root(der, RootOwner::machine) {}
  TrustedRoot root;
};

TrustingSystem::TrustingSystem(const crypto::Certificate& root)
    : parts_(std::make_unique<Parts>(root.der())) {}

TrustingSystem::~TrustingSystem() = default;

std::shared_ptr<const crypto::SystemTrust> TrustingSystem::trust() const {
  return crypto::system_trust().value();
}

}  // namespace certconnector::net::testing
