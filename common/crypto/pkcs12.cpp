#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>

#include <string>

#include "common/crypto/certificate.h"
#include "common/crypto/certificate_chain.h"
#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/public_key.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxPkcs12 = std::size_t{1024} * 1024;

using Pkcs12Ptr = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>>;

struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using X509StackPtr = std::unique_ptr<STACK_OF(X509), StackDeleter>;

Error refused(CryptoErrc errc, std::string message) {
  ERR_clear_error();
  return {errc, ErrorKind::permanent, std::move(message)};
}

Result<Certificate> certificate_of(const X509* x509) {
  const Bytes der = der_of(x509);
  if (der.empty()) return openssl_failure("encoding a certificate of a PKCS#12 file");
  return Certificate::from_der(der);
}

// Whether OpenSSL's queue says that it lacks an algorithm. Empties the queue.
bool lacks_algorithm() {
  bool lacks = false;
  while (const unsigned long code = ERR_get_error()) {  // NOLINT(google-runtime-int)
    lacks = lacks || ERR_GET_REASON(code) == ERR_R_UNSUPPORTED ||
            ERR_GET_REASON(code) == EVP_R_UNSUPPORTED_ALGORITHM;
  }
  return lacks;
}

// Without a MAC nothing but the decryption tells a wrong passphrase.
Error cannot_decrypt(bool has_mac) {
  if (lacks_algorithm() || has_mac) {
    return refused(CryptoErrc::unsupported,
                   "the PKCS#12 file cannot be decrypted; it may use an old cipher such as RC2: "
                   "export it again with AES");
  }
  return refused(CryptoErrc::wrong_passphrase,
                 "the passphrase does not open the PKCS#12 file, or the file is damaged; it has no "
                 "MAC that would tell which");
}

// PKCS12_parse needs a terminated string. Without a passphrase a file may have been made with an
// empty or with none. It wants a MAC wherever there is a passphrase, so a file without one gets it.
Status check_passphrase(PKCS12* p12, const std::string& passphrase) {
  if (PKCS12_mac_present(p12) != 1) {
    const bool made = passphrase.empty() ||
                      PKCS12_set_mac(p12, passphrase.c_str(), -1, nullptr, 0, 1, EVP_sha256()) == 1;
    return made ? Status() : Status(openssl_failure("reading a PKCS#12 file"));
  }
  if (PKCS12_verify_mac(p12, passphrase.c_str(), -1) == 1) return {};
  if (passphrase.empty() && PKCS12_verify_mac(p12, nullptr, 0) == 1) return {};
  return refused(CryptoErrc::wrong_passphrase,
                 passphrase.empty() ? "the PKCS#12 file is encrypted, and no passphrase was given"
                                    : "the passphrase does not open the PKCS#12 file");
}

}  // namespace

Result<KeyAndChain> parse_pkcs12(ByteView der, std::string_view passphrase) {
  if (der.size() > kMaxPkcs12)
    return refused(CryptoErrc::malformed, "the PKCS#12 file is over 1 MiB");
  const unsigned char* at = der.data();
  const Pkcs12Ptr p12(d2i_PKCS12(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  if (!p12) return refused(CryptoErrc::malformed, "the file is not PKCS#12");
  const std::string terminated(passphrase);
  const bool has_mac = PKCS12_mac_present(p12.get()) == 1;
  CC_TRY(check_passphrase(p12.get(), terminated));
  EVP_PKEY* raw_key = nullptr;
  X509* raw_leaf = nullptr;
  STACK_OF(X509)* raw_others = nullptr;
  const int parsed = PKCS12_parse(p12.get(), terminated.c_str(), &raw_key, &raw_leaf, &raw_others);
  KeyHandle key(raw_key);
  const X509Ptr leaf(raw_leaf);
  const X509StackPtr others(raw_others);
  if (parsed != 1) {
    return cannot_decrypt(has_mac);
  }
  if (!key || !leaf) {
    return refused(CryptoErrc::mismatch,
                   "the PKCS#12 file does not hold a private key with its certificate");
  }
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1 && EVP_PKEY_is_a(key.get(), "EC") != 1) {
    return refused(CryptoErrc::unsupported, "the key of the PKCS#12 file is neither RSA nor EC");
  }
  ERR_clear_error();
  KeyAndChain result{PrivateKey(key.release()), {}};
  CC_TRY(PublicKey::from_info(result.key.public_key_info()));
  CC_TRY_ASSIGN(Certificate own, certificate_of(leaf.get()));
  std::vector<Certificate> rest;
  for (int i = 0; i < sk_X509_num(others.get()); ++i) {
    CC_TRY_ASSIGN(Certificate other, certificate_of(sk_X509_value(others.get(), i)));
    rest.push_back(std::move(other));
  }
  result.chain = order_from(std::move(own), std::move(rest)).chain;
  return result;
}

}  // namespace certconnector::crypto
