#include "tests/common/net/trusting_system.h"

#include "common/crypto/posix/bundle_trust.h"
#include "tests/support/temp_directory.h"

namespace certconnector::net::testing {

struct TrustingSystem::Parts {
  certconnector::testing::TempDirectory folder;
  std::shared_ptr<const crypto::SystemTrust> trust;
};

TrustingSystem::TrustingSystem(const crypto::Certificate& root)
    : parts_(std::make_unique<Parts>()) {
  parts_->trust = crypto::bundle_trust(parts_->folder.write("roots.pem", root.to_pem()),
                                       parts_->folder.file("none"))
                      .value();
}

TrustingSystem::~TrustingSystem() = default;

std::shared_ptr<const crypto::SystemTrust> TrustingSystem::trust() const { return parts_->trust; }

}  // namespace certconnector::net::testing
