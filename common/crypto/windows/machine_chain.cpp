#include "common/crypto/windows/machine_chain.h"

#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS  // a limit of what is fetched
#include <windows.h>
#include <wincrypt.h>

#include <array>
#include <string>

#include "common/crypto/windows/cert_store_ptr.h"

namespace certconnector::crypto {
namespace {

constexpr DWORD kLongestFetch = 5000;  // ms

Bytes octets_of(const CERT_CONTEXT* certificate) {
  return {certificate->pbCertEncoded, certificate->pbCertEncoded + certificate->cbCertEncoded};
}

CertStorePtr store_of(const std::vector<Bytes>& sent) {
  CertStorePtr store(
      ::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, nullptr));
  for (const Bytes& der : sent) {
    if (store == nullptr) break;
    ::CertAddEncodedCertificateToStore(store.get(), X509_ASN_ENCODING, der.data(),
                                       static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS,
                                       nullptr);
  }
  return store;
}

CertChainPtr chain_of(const CERT_CONTEXT* server, HCERTSTORE sent) {
  std::string for_servers = szOID_PKIX_KP_SERVER_AUTH;
  std::array<LPSTR, 1> purposes{for_servers.data()};
  CERT_CHAIN_PARA asked{};
  asked.cbSize = sizeof(asked);
  asked.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
  asked.RequestedUsage.Usage.cUsageIdentifier = static_cast<DWORD>(purposes.size());
  asked.RequestedUsage.Usage.rgpszUsageIdentifier = purposes.data();
  asked.dwUrlRetrievalTimeout = kLongestFetch;
  const CERT_CHAIN_CONTEXT* made = nullptr;
  if (::CertGetCertificateChain(HCCE_LOCAL_MACHINE, server, nullptr, sent, &asked, 0, nullptr,
                                &made) == 0) {
    return nullptr;
  }
  return CertChainPtr(made);
}

}  // namespace

MachineChain machine_chain(const Bytes& server, const std::vector<Bytes>& sent) {
  MachineChain found;
  const CertStorePtr others = store_of(sent);
  const CertContextPtr own(::CertCreateCertificateContext(X509_ASN_ENCODING, server.data(),
                                                          static_cast<DWORD>(server.size())));
  if (own == nullptr) return found;
  const CertChainPtr chain = chain_of(own.get(), others.get());
  if (chain == nullptr || chain->cChain == 0) return found;
  const CERT_SIMPLE_CHAIN& path = *chain->rgpChain[0];
  for (DWORD i = 1; i < path.cElement; ++i) {
    found.issuers.push_back(octets_of(path.rgpElement[i]->pCertContext));
  }
  // Time, names and the like are OpenSSL's to say; a root that is distrusted is Windows'.
  constexpr DWORD kTimeAlone = CERT_TRUST_IS_NOT_TIME_VALID;
  const bool trusted = (chain->TrustStatus.dwErrorStatus & ~kTimeAlone) == CERT_TRUST_NO_ERROR;
  if (!trusted) return found;
  found.root = octets_of(path.rgpElement[path.cElement - 1]->pCertContext);
  if (!found.issuers.empty()) found.issuers.pop_back();
  return found;
}

}  // namespace certconnector::crypto
