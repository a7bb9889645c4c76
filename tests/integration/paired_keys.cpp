#include "tests/integration/paired_keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <stdexcept>

namespace certconnector::devices {
namespace {

constexpr int kPrimeBits = 1024;
constexpr BN_ULONG kExponent = 65537;

template <auto Function>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Number = std::unique_ptr<BIGNUM, FreeBy<&BN_clear_free>>;
using NumberContext = std::unique_ptr<BN_CTX, FreeBy<&BN_CTX_free>>;

template <typename T>
T need(T made) {
  if (!made) throw std::runtime_error("OpenSSL cannot make a key");
  return made;
}

Number make_number() { return need(Number(BN_new())); }

// Number less one.
Number before(const BIGNUM* number) {
  Number less = need(Number(BN_dup(number)));
  need(BN_sub_word(less.get(), 1));
  return less;
}

// What a private key consists of, RFC 8017 section 3.2.
struct Parts {
  Number n = make_number();
  Number e = make_number();
  Number d = make_number();
  Number dp = make_number();
  Number dq = make_number();
  Number inverse = make_number();
};

Parts parts_of(const BIGNUM* p, const BIGNUM* q) {
  const NumberContext context = need(NumberContext(BN_CTX_new()));
  const Number p1 = before(p);
  const Number q1 = before(q);
  const Number phi = make_number();
  Parts parts;
  need(BN_set_word(parts.e.get(), kExponent));
  need(BN_mul(parts.n.get(), p, q, context.get()));
  need(BN_mul(phi.get(), p1.get(), q1.get(), context.get()));
  need(BN_mod_inverse(parts.d.get(), parts.e.get(), phi.get(), context.get()));
  need(BN_mod(parts.dp.get(), parts.d.get(), p1.get(), context.get()));
  need(BN_mod(parts.dq.get(), parts.d.get(), q1.get(), context.get()));
  need(BN_mod_inverse(parts.inverse.get(), q, p, context.get()));
  return parts;
}

crypto::PrivateKey key_of(const BIGNUM* p, const BIGNUM* q) {
  const Parts parts = parts_of(p, q);
  const std::unique_ptr<OSSL_PARAM_BLD, FreeBy<&OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  for (const auto& [name, number] :
       {std::pair(OSSL_PKEY_PARAM_RSA_N, parts.n.get()),
        std::pair(OSSL_PKEY_PARAM_RSA_E, parts.e.get()),
        std::pair(OSSL_PKEY_PARAM_RSA_D, parts.d.get()),
        std::pair(OSSL_PKEY_PARAM_RSA_EXPONENT1, parts.dp.get()),
        std::pair(OSSL_PKEY_PARAM_RSA_EXPONENT2, parts.dq.get()),
        std::pair(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, parts.inverse.get())}) {
    need(OSSL_PARAM_BLD_push_BN(build.get(), name, number));
  }
  need(OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, p));
  need(OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, q));
  const std::unique_ptr<OSSL_PARAM, FreeBy<&OSSL_PARAM_free>> all(
      need(OSSL_PARAM_BLD_to_param(build.get())));
  const std::unique_ptr<EVP_PKEY_CTX, FreeBy<&EVP_PKEY_CTX_free>> context(
      need(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)));
  EVP_PKEY* key = nullptr;
  need(EVP_PKEY_fromdata_init(context.get()) == 1);
  need(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, all.get()) == 1);
  return crypto::PrivateKey(key);
}

}  // namespace

void PairedKeys::Deleter::operator()(bignum_st* number) const { BN_clear_free(number); }

std::unique_ptr<bignum_st, PairedKeys::Deleter> PairedKeys::make_prime() {
  std::unique_ptr<bignum_st, Deleter> prime(need(BN_new()));
  do {
    need(BN_generate_prime_ex(prime.get(), kPrimeBits, 0, nullptr, nullptr, nullptr));
  } while (BN_mod_word(prime.get(), kExponent) == 1);
  return prime;
}

crypto::PrivateKey PairedKeys::next() {
  if (primes_.size() < 2 || first_ + 1 == primes_.size()) {
    if (primes_.empty()) primes_.push_back(make_prime());
    primes_.push_back(make_prime());
    first_ = 0;
  }
  return key_of(primes_[first_++].get(), primes_.back().get());
}

}  // namespace certconnector::devices
