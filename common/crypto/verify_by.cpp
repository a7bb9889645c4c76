#include "common/crypto/verify_by.h"

#include <openssl/x509_vfy.h>

#include <memory>

#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

using ContextPtr = std::unique_ptr<X509_STORE_CTX, OpensslDeleter<X509_STORE_CTX_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }  // not its elements
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

bool append(STACK_OF(X509) * to, const STACK_OF(X509) * from) {
  for (int i = 0; i < sk_X509_num(from); ++i) {
    if (sk_X509_push(to, sk_X509_value(from, i)) == 0) return false;
  }
  return true;
}

int outcome_of(X509_STORE_CTX* own, X509_STORE_CTX* verification) {
  if (X509_verify_cert(own) == 1) return X509_V_OK;
  X509_STORE_CTX_set_error_depth(verification, X509_STORE_CTX_get_error_depth(own));
  const int error = X509_STORE_CTX_get_error(own);
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

}  // namespace

int verify_by(X509_STORE* anchors, const STACK_OF(X509) * issuers, X509_STORE_CTX* verification) {
  const StackPtr untrusted(sk_X509_new_null());
  const ContextPtr own(X509_STORE_CTX_new());
  int outcome = X509_V_ERR_OUT_OF_MEM;
  if (untrusted && own && append(untrusted.get(), X509_STORE_CTX_get0_untrusted(verification)) &&
      append(untrusted.get(), issuers) &&
      X509_STORE_CTX_init(own.get(), anchors, X509_STORE_CTX_get0_cert(verification),
                          untrusted.get()) == 1 &&
      X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(own.get()),
                             X509_STORE_CTX_get0_param(verification)) == 1) {
    outcome = outcome_of(own.get(), verification);
  }
  X509_STORE_CTX_set_error(verification, outcome);
  return outcome;
}

}  // namespace certconnector::crypto
