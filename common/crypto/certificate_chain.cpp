#include "common/crypto/certificate_chain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

Error of_no_key(const std::vector<Certificate>& certificates) {
  constexpr std::size_t kNamed = 5;
  std::string names;
  for (std::size_t i = 0; i < certificates.size() && i < kNamed; ++i) {
    names += (i == 0 ? "" : "; ") + certificates[i].subject_text();
  }
  if (certificates.size() > kNamed) names += "; ...";
  return {
      CryptoErrc::mismatch, ErrorKind::permanent,
      "none of the certificates belongs to the key (" + names +
          "); give the certificate that was issued for this key, with its issuers in any order"};
}

void drop_copies(std::vector<Certificate>& certificates, const Certificate& of) {
  certificates.erase(std::remove_if(certificates.begin(), certificates.end(),
                                    [&](const auto& one) { return one.der() == of.der(); }),
                     certificates.end());
}

}  // namespace

OrderedCertificates order_from(Certificate leaf, std::vector<Certificate> others) {
  OrderedCertificates ordered;
  drop_copies(others, leaf);
  ordered.chain.push_back(std::move(leaf));
  while (ordered.chain.back().subject() != ordered.chain.back().issuer()) {
    const auto issuer = std::find_if(
        others.begin(), others.end(),
        [&](const Certificate& candidate) { return ordered.chain.back().issued_by(candidate); });
    if (issuer == others.end()) break;
    Certificate next = *issuer;
    drop_copies(others, next);
    ordered.chain.push_back(std::move(next));
  }
  ordered.others = std::move(others);
  return ordered;
}

Result<OrderedCertificates> order_by_key(std::vector<Certificate> certificates,
                                         const PrivateKey& key) {
  const auto leaf = std::find_if(certificates.begin(), certificates.end(),
                                 [&](const Certificate& one) { return one.belongs_to(key); });
  if (leaf == certificates.end()) return of_no_key(certificates);
  Certificate own = *leaf;
  certificates.erase(leaf);
  return order_from(std::move(own), std::move(certificates));
}

std::string to_pem(const std::vector<Certificate>& certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) pem += certificate.to_pem();
  return pem;
}

}  // namespace certconnector::crypto
