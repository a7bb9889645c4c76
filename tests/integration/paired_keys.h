// Many RSA keys in little time: pairs each prime of a pool with every other one. Two of these keys
// are enough to break both: for tests alone.
#pragma once

#include <memory>
#include <vector>

#include "common/crypto/key.h"

struct bignum_st;  // OpenSSL's BIGNUM

namespace certconnector::devices {

class PairedKeys {
 public:
  // RSA-2048, another one each time.
  [[nodiscard]] crypto::PrivateKey next();

 private:
  struct Deleter {
    void operator()(bignum_st* number) const;
  };
  [[nodiscard]] static std::unique_ptr<bignum_st, Deleter> make_prime();

  std::vector<std::unique_ptr<bignum_st, Deleter>> primes_;
  std::size_t first_ = 0;
};

}  // namespace certconnector::devices
