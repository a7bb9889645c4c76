#include "tests/support/windows/csp_certificate.h"

#include <windows.h>
#include <wincrypt.h>

#include <stdexcept>

namespace certconnector::testing {
namespace {

// Programs that test at the same time have a key each.
std::wstring container() {
  return L"certconnector-test-" + std::to_wstring(::GetCurrentProcessId());
}
constexpr DWORD kBits = 2048;

Bytes exported(HCRYPTPROV provider) {
  DWORD size = 0;
  ::CryptExportPublicKeyInfo(provider, AT_SIGNATURE, X509_ASN_ENCODING, nullptr, &size);
  Bytes memory(size);
  auto* info = reinterpret_cast<CERT_PUBLIC_KEY_INFO*>(memory.data());
  ::CryptExportPublicKeyInfo(provider, AT_SIGNATURE, X509_ASN_ENCODING, info, &size);
  DWORD length = 0;
  ::CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, nullptr, &length);
  Bytes out(length);
  ::CryptEncodeObject(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO, info, out.data(), &length);
  out.resize(length);
  return out;
}

void remove_container() {
  HCRYPTPROV none = 0;
  ::CryptAcquireContextW(&none, container().c_str(), nullptr, PROV_RSA_AES, CRYPT_DELETEKEYSET);
}

HCERTSTORE open_store() {
  return ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"My");
}

}  // namespace

// Closed after it was made: Wine keeps it in memory until then.
CspContainer::CspContainer() {
  remove_container();
  HCRYPTPROV provider = 0;
  HCRYPTKEY key = 0;
  if (::CryptAcquireContextW(&provider, container().c_str(), nullptr, PROV_RSA_AES,
                             CRYPT_NEWKEYSET) == 0 ||
      ::CryptGenKey(provider, AT_SIGNATURE, kBits << 16U, &key) == 0) {
    throw std::runtime_error("no key container: " + std::to_string(::GetLastError()));
  }
  public_key_ = exported(provider);
  ::CryptDestroyKey(key);
  ::CryptReleaseContext(provider, 0);
}

CspContainer::~CspContainer() { remove_container(); }

struct StoredCertificate::Parts {
  const CERT_CONTEXT* context = nullptr;
};

// The store is closed after each use, as Wine keeps a change until then.
StoredCertificate::StoredCertificate(const crypto::Certificate& certificate, bool has_key)
    : parts_(std::make_unique<Parts>()) {
  parts_->context = ::CertCreateCertificateContext(X509_ASN_ENCODING, certificate.der().data(),
                                                   static_cast<DWORD>(certificate.der().size()));
  std::wstring name = container();
  CRYPT_KEY_PROV_INFO key{};
  key.pwszContainerName = name.data();
  key.dwProvType = PROV_RSA_AES;
  key.dwKeySpec = AT_SIGNATURE;
  if (has_key) {
    ::CertSetCertificateContextProperty(parts_->context, CERT_KEY_PROV_INFO_PROP_ID, 0, &key);
  }
  const HCERTSTORE store = open_store();
  const bool added = ::CertAddCertificateContextToStore(store, parts_->context,
                                                        CERT_STORE_ADD_ALWAYS, nullptr) != 0;
  ::CertCloseStore(store, 0);
  if (!added) throw std::runtime_error("the store takes no certificate");
}

StoredCertificate::~StoredCertificate() {
  const HCERTSTORE store = open_store();
  const CERT_CONTEXT* found = ::CertFindCertificateInStore(
      store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, parts_->context, nullptr);
  if (found != nullptr) ::CertDeleteCertificateFromStore(found);
  ::CertCloseStore(store, 0);
  ::CertFreeCertificateContext(parts_->context);
}

}  // namespace certconnector::testing
