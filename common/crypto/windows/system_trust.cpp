#include "common/crypto/system_trust.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <utility>
#include <vector>

#include "common/crypto/openssl_ptr.h"
#include "common/crypto/verify_by.h"
#include "common/crypto/windows/machine_chain.h"

namespace certconnector::crypto {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE_free>>;
struct FreeWithElements {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using OwnStackPtr = std::unique_ptr<STACK_OF(X509), FreeWithElements>;

X509Ptr parse(const Bytes& der) {
  const unsigned char* at = der.data();
  return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

// Windows says which root it trusts for this certificate; OpenSSL verifies all else.
class WindowsTrust final : public SystemTrust {
 public:
  int verify(X509_STORE_CTX* verification) const override {
    std::vector<Bytes> sent;
    STACK_OF(X509)* others = X509_STORE_CTX_get0_untrusted(verification);
    for (int i = 0; i < sk_X509_num(others); ++i) {
      sent.push_back(der_of(sk_X509_value(others, i)));
    }
    const MachineChain chain = machine_chain(der_of(X509_STORE_CTX_get0_cert(verification)), sent);
    const StorePtr anchors(X509_STORE_new());
    const OwnStackPtr issuers(sk_X509_new_null());
    if (!anchors || !issuers) return X509_V_ERR_OUT_OF_MEM;
    if (!chain.root.empty()) {
      const X509Ptr root = parse(chain.root);
      if (root) X509_STORE_add_cert(anchors.get(), root.get());
    }
    for (const Bytes& der : chain.issuers) {
      X509Ptr issuer = parse(der);
      if (issuer && sk_X509_push(issuers.get(), issuer.get()) != 0)
        static_cast<void>(issuer.release());
    }
    return verify_by(anchors.get(), issuers.get(), verification);
  }
};

}  // namespace

Result<std::shared_ptr<const SystemTrust>> system_trust() {
  return std::shared_ptr<const SystemTrust>(std::make_shared<WindowsTrust>());
}

}  // namespace certconnector::crypto
