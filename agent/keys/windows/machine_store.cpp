#include "agent/keys/machine_store.h"

#include <windows.h>
#include <wincrypt.h>

#include <utility>

#include "agent/keys/errors.h"
#include "agent/keys/windows/cng_key.h"
#include "common/crypto/public_key.h"
#include "common/crypto/windows/cert_store_ptr.h"

namespace certconnector::keys {
namespace {

ByteView octets_of(const CERT_CONTEXT* certificate) {
  return {certificate->pbCertEncoded, certificate->cbCertEncoded};
}

// Those that we can read.
struct Stored {
  std::vector<crypto::CertContextPtr> contexts;
  std::vector<StoredCertificate> certificates;
};

Result<Stored> look_into(StoreOwner owner) {
  const DWORD place = owner == StoreOwner::machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE
                                                   : CERT_SYSTEM_STORE_CURRENT_USER;
  const crypto::CertStorePtr store(
      ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                      place | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG, L"My"));
  Stored stored;
  if (store == nullptr) return stored;
  const CERT_CONTEXT* at = nullptr;
  while ((at = ::CertEnumCertificatesInStore(store.get(), at)) != nullptr) {
    auto certificate = crypto::Certificate::from_der(octets_of(at));
    if (!certificate.ok()) continue;
    DWORD size = 0;
    const bool has_key =
        ::CertGetCertificateContextProperty(at, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size) != 0;
    stored.certificates.push_back({std::move(certificate).value(), has_key});
    stored.contexts.emplace_back(::CertDuplicateCertificateContext(at));
  }
  return stored;
}

Result<std::shared_ptr<const crypto::RemoteKey>> key_of(const CERT_CONTEXT* context,
                                                        const crypto::Certificate& certificate) {
  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key = 0;
  DWORD spec = 0;
  BOOL ours = FALSE;  // true without CRYPT_ACQUIRE_CACHE_FLAG
  const DWORD flags = CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG;
  if (::CryptAcquireCertificatePrivateKey(context, flags, nullptr, &key, &spec, &ours) == 0) {
    return Error(KeysErrc::no_key, ErrorKind::transient,
                 "the key of the certificate " + certificate.subject_text() +
                     " cannot be opened; grant the agent's account the permission Read "
                     "(certlm.msc, All Tasks, Manage Private Keys)");
  }
  if (spec == CERT_NCRYPT_KEY_SPEC) {
    const auto fields = crypto::parse_public_key(certificate.public_key_info());
    if (!fields.ok()) return fields.error();
    return take_cng_key(key, fields->kind);
  }
  return take_csp_key(key, spec);
}

// The issuers that the store knows, without the root. Fetches nothing.
std::vector<crypto::Certificate> issuers_of(const CERT_CONTEXT* context) {
  CERT_CHAIN_PARA asked{};
  asked.cbSize = sizeof(asked);
  const CERT_CHAIN_CONTEXT* made = nullptr;
  std::vector<crypto::Certificate> issuers;
  if (::CertGetCertificateChain(nullptr, context, nullptr, context->hCertStore, &asked,
                                CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, nullptr, &made) == 0) {
    return issuers;
  }
  const crypto::CertChainPtr chain(made);
  if (chain->cChain == 0) return issuers;
  const CERT_SIMPLE_CHAIN& path = *chain->rgpChain[0];
  for (DWORD i = 1; i < path.cElement; ++i) {
    auto issuer = crypto::Certificate::from_der(octets_of(path.rgpElement[i]->pCertContext));
    if (!issuer.ok() || issuer->subject() == issuer->issuer()) break;
    issuers.push_back(std::move(issuer).value());
  }
  return issuers;
}

class WindowsStore final : public MachineStore {
 public:
  explicit WindowsStore(StoreOwner owner) : owner_(owner) {}

  Result<crypto::Certificate> find(const CertificateWanted& wanted, Timestamp now) const override {
    CC_TRY_ASSIGN(const Stored stored, look_into(owner_));
    CC_TRY_ASSIGN(const std::size_t chosen, choose_certificate(stored.certificates, wanted, now));
    return stored.certificates[chosen].certificate;
  }

  Result<core::Identity> open(const CertificateWanted& wanted, Timestamp now) const override {
    CC_TRY_ASSIGN(const Stored stored, look_into(owner_));
    CC_TRY_ASSIGN(const std::size_t chosen, choose_certificate(stored.certificates, wanted, now));
    const crypto::Certificate& certificate = stored.certificates[chosen].certificate;
    const CERT_CONTEXT* context = stored.contexts[chosen].get();
    CC_TRY_ASSIGN(auto holder, key_of(context, certificate));
    CC_TRY_ASSIGN(auto key,
                  crypto::use_remote_key(certificate.public_key_info(), std::move(holder)));
    core::Identity identity{std::move(key), {certificate}};
    for (auto& issuer : issuers_of(context)) identity.chain.push_back(std::move(issuer));
    return identity;
  }

 private:
  const StoreOwner owner_;
};

}  // namespace

std::unique_ptr<const MachineStore> machine_store(StoreOwner owner) {
  return std::make_unique<WindowsStore>(owner);
}

}  // namespace certconnector::keys
