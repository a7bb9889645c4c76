#include "agent/ca/local/signer_pool.h"

namespace certconnector::ca {

SignerPool::Lent::~Lent() {
  if (!signer_) return;
  const std::lock_guard lock(pool_->mutex_);
  pool_->idle_.push_back(std::move(signer_));
}

Result<SignerPool::Lent> SignerPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto signer = std::move(idle_.back());
      idle_.pop_back();
      return Lent(*this, std::move(signer));
    }
  }
  auto made = crypto::Signer::create(key_.copy());
  if (!made) return made.error().with_context("the CA's key cannot sign");
  return Lent(*this, std::make_unique<crypto::Signer>(std::move(made).value()));
}

}  // namespace certconnector::ca
