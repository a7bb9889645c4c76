#include "common/crypto/system_trust.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <filesystem>
#include <utility>

#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/posix/bundle_trust.h"
#include "common/crypto/verify_by.h"

namespace certconnector::crypto {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE_free>>;

class BundleTrust final : public SystemTrust {
 public:
  explicit BundleTrust(StorePtr roots) : roots_(std::move(roots)) {}
  int verify(X509_STORE_CTX* verification) const override {
    return verify_by(roots_.get(), nullptr, verification);
  }

 private:
  const StorePtr roots_;
};

}  // namespace

Result<std::shared_ptr<const SystemTrust>> bundle_trust(const std::string& file,
                                                        const std::string& folder) {
  StorePtr roots(X509_STORE_new());
  const bool from_file = roots && X509_STORE_load_file(roots.get(), file.c_str()) == 1;
  // OpenSSL looks into a folder at a verification, and takes the name of any.
  std::error_code unreadable;
  const bool from_folder = roots && std::filesystem::is_directory(folder, unreadable) &&
                           X509_STORE_load_path(roots.get(), folder.c_str()) == 1;
  ERR_clear_error();
  if (!from_file && !from_folder) {
    return Error(CryptoErrc::unsupported, ErrorKind::permanent,
                 "this system has no roots to trust in " + file + " or " + folder +
                     "; install the package ca-certificates, or name the CA with ca_file");
  }
  return std::shared_ptr<const SystemTrust>(std::make_shared<BundleTrust>(std::move(roots)));
}

// By their places: the environment leaves them out for all other connections.
Result<std::shared_ptr<const SystemTrust>> system_trust() {
  return bundle_trust(X509_get_default_cert_file(), X509_get_default_cert_dir());
}

}  // namespace certconnector::crypto
