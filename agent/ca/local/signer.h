// Signs with a CA's key from many threads without waits for each other.
//
// A signer holds its own copy of the key where the key can be copied: OpenSSL's RSA blinding and
// its caches sit behind locks of the key, which two threads would fight for.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

struct evp_md_st;
struct evp_md_ctx_st;
struct evp_pkey_ctx_st;

namespace certconnector::ca {

// For one thread at a time.
class Signer {
 public:
  [[nodiscard]] static Result<Signer> make(const crypto::PrivateKey& key);

  // As crypto::sign(). The view is good until the next call.
  [[nodiscard]] Result<ByteView> sign(ByteView message);

 private:
  struct Deleter {
    void operator()(evp_pkey_st* key) const;
    void operator()(evp_pkey_ctx_st* context) const;
    void operator()(evp_md_ctx_st* context) const;
    void operator()(evp_md_st* digest) const;
  };
  Signer() = default;

  std::unique_ptr<evp_pkey_st, Deleter> key_;
  std::unique_ptr<evp_md_st, Deleter> digest_;
  std::unique_ptr<evp_md_ctx_st, Deleter> hashing_;
  std::unique_ptr<evp_pkey_ctx_st, Deleter> signing_;
  Bytes signature_;
};

// Thread-safe. Outlives the signers that it has lent.
class SignerPool {
 public:
  explicit SignerPool(crypto::PrivateKey key) : key_(std::move(key)) {}

  // A signer for the caller alone, until it goes out of scope.
  class Lent {
   public:
    Lent(SignerPool& pool, std::unique_ptr<Signer> signer)
        : pool_(&pool), signer_(std::move(signer)) {}
    Lent(Lent&&) noexcept = default;
    Lent& operator=(Lent&&) = delete;
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent();
    Signer& operator*() const { return *signer_; }
    Signer* operator->() const { return signer_.get(); }

   private:
    SignerPool* pool_;
    std::unique_ptr<Signer> signer_;
  };
  [[nodiscard]] Result<Lent> borrow();

 private:
  crypto::PrivateKey key_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Signer>> idle_;
};

}  // namespace certconnector::ca
