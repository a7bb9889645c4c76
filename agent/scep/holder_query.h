// GetCert and GetCRL, RFC 8894 sections 3.3.4 and 3.3.5. Only the holder of a certificate of the CA
// may ask. The agent does not decrypt the message of anybody else.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "agent/core/job.h"
#include "agent/enrollment/denied.h"
#include "agent/jobs/ca_registry.h"
#include "agent/scep/message.h"
#include "common/text/byte_source.h"

namespace certconnector::scep {

// Owns nothing.
struct HolderQuery {
  const jobs::CaHandle& ca;
  const MessageSigner& signer;             // it made the message's signature
  std::function<Result<Bytes>()> decrypt;  // gives the message's content
};

struct FoundCertificate {
  Bytes certificate;  // DER
};
struct FoundCrl {
  std::shared_ptr<const Bytes> crl;  // DER
};
struct NothingFound {
  core::Failed reason;
  // The message was decrypted. Every fault inside gets the same answer and counts as a guess.
  bool guess = false;
};
using HolderAnswer =
    std::variant<FoundCertificate, FoundCrl, NothingFound, enrollment::Unavailable>;

[[nodiscard]] HolderAnswer find_certificate(const HolderQuery& query);
// `crl`: the CA's last one, DER; null: none.
[[nodiscard]] HolderAnswer find_crl(const HolderQuery& query, const SharedBytes& crl);

}  // namespace certconnector::scep
