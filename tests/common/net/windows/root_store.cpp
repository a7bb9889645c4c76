#include "tests/common/net/windows/root_store.h"

#include <windows.h>
#include <wincrypt.h>

#include <array>
#include <cstddef>
#include <stdexcept>

namespace certconnector::net::testing {
namespace {

constexpr DWORD kDer = X509_ASN_ENCODING;

struct FreeChain {
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};
struct FreeCertificate {
  void operator()(const CERT_CONTEXT* certificate) const {
    ::CertFreeCertificateContext(certificate);
  }
};

// Wine's own engine learns nothing new of the store after its first use.
class ChainEngine {
 public:
  ChainEngine() {
    CERT_CHAIN_ENGINE_CONFIG settings{};
    // Of its first version, which every Windows and Wine know.
    settings.cbSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, hExclusiveRoot);
    if (::CertCreateCertificateChainEngine(&settings, &engine_) == 0) {
      throw std::runtime_error("no chain engine: " + std::to_string(::GetLastError()));
    }
  }
  ~ChainEngine() { ::CertFreeCertificateChainEngine(engine_); }
  ChainEngine(const ChainEngine&) = delete;
  ChainEngine& operator=(const ChainEngine&) = delete;
  [[nodiscard]] HCERTCHAINENGINE get() const { return engine_; }

 private:
  HCERTCHAINENGINE engine_ = nullptr;
};

HCERTSTORE open_roots(RootOwner owner) {
  const DWORD place = owner == RootOwner::machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE
                                                  : CERT_SYSTEM_STORE_CURRENT_USER;
  return ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, place, L"Root");
}

bool is_for(const CERT_CHAIN_CONTEXT* chain, std::wstring host) {
  HTTPSPolicyCallbackData server{};
  server.cbSize = sizeof(server);
  server.dwAuthType = AUTHTYPE_SERVER;
  server.pwszServerName = host.data();
  CERT_CHAIN_POLICY_PARA asked{};
  asked.cbSize = sizeof(asked);
  asked.pvExtraPolicyPara = &server;
  CERT_CHAIN_POLICY_STATUS answer{};
  answer.cbSize = sizeof(answer);
  return ::CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &asked, &answer) != 0 &&
         answer.dwError == 0;
}

}  // namespace

// Closes after each use: Wine keeps a change to itself until then.
struct TrustedRoot::Parts {
  RootOwner owner;
  std::unique_ptr<const CERT_CONTEXT, FreeCertificate> root;
};

TrustedRoot::TrustedRoot(const Bytes& der, RootOwner owner) : parts_(std::make_unique<Parts>()) {
  parts_->owner = owner;
  parts_->root.reset(
      ::CertCreateCertificateContext(kDer, der.data(), static_cast<DWORD>(der.size())));
  const HCERTSTORE store = open_roots(parts_->owner);
  const bool added = ::CertAddCertificateContextToStore(store, parts_->root.get(),
                                                        CERT_STORE_ADD_ALWAYS, nullptr) != 0;
  ::CertCloseStore(store, 0);
  if (!added) throw std::runtime_error("the root store takes no certificate");
}

TrustedRoot::~TrustedRoot() {
  const HCERTSTORE store = open_roots(parts_->owner);
  const CERT_CONTEXT* found =
      ::CertFindCertificateInStore(store, kDer, 0, CERT_FIND_EXISTING, parts_->root.get(), nullptr);
  if (found != nullptr) ::CertDeleteCertificateFromStore(found);  // frees it as well
  ::CertCloseStore(store, 0);
}

bool windows_trusts(const Bytes& server_der, const std::wstring& host) {
  const std::unique_ptr<const CERT_CONTEXT, FreeCertificate> server(::CertCreateCertificateContext(
      kDer, server_der.data(), static_cast<DWORD>(server_der.size())));
  if (server == nullptr) return false;
  std::string for_servers = szOID_PKIX_KP_SERVER_AUTH;
  std::array<LPSTR, 1> purposes{for_servers.data()};
  CERT_CHAIN_PARA asked{};
  asked.cbSize = sizeof(asked);
  asked.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
  asked.RequestedUsage.Usage.cUsageIdentifier = static_cast<DWORD>(purposes.size());
  asked.RequestedUsage.Usage.rgpszUsageIdentifier = purposes.data();
  const ChainEngine engine;
  const CERT_CHAIN_CONTEXT* made = nullptr;
  if (::CertGetCertificateChain(engine.get(), server.get(), nullptr, server->hCertStore, &asked,
                                CERT_CHAIN_REVOCATION_CHECK_CHAIN, nullptr, &made) == 0) {
    return false;
  }
  const std::unique_ptr<const CERT_CHAIN_CONTEXT, FreeChain> chain(made);
  return chain->TrustStatus.dwErrorStatus == CERT_TRUST_NO_ERROR && is_for(chain.get(), host);
}

}  // namespace certconnector::net::testing
