// Signs with a CA's key from many threads without waits for each other: each signer has a copy of
// the key.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::ca {

// Thread-safe. Outlives the signers that it has lent.
class SignerPool {
 public:
  explicit SignerPool(crypto::PrivateKey key) : key_(std::move(key)) {}

  // A signer for the caller alone, until it goes out of scope.
  class Lent {
   public:
    Lent(SignerPool& pool, std::unique_ptr<crypto::Signer> signer)
        : pool_(&pool), signer_(std::move(signer)) {}
    Lent(Lent&&) noexcept = default;
    Lent& operator=(Lent&&) = delete;
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent();
    crypto::Signer& operator*() const { return *signer_; }
    crypto::Signer* operator->() const { return signer_.get(); }

   private:
    SignerPool* pool_;
    std::unique_ptr<crypto::Signer> signer_;
  };
  [[nodiscard]] Result<Lent> borrow();

 private:
  crypto::PrivateKey key_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<crypto::Signer>> idle_;
};

}  // namespace certconnector::ca
