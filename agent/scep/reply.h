// SCEP's CertRep, RFC 8894 section 3.3.2: the answer to a client.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/scep/message.h"
#include "common/crypto/key.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::scep {

// RFC 8894 section 3.2.1.4.
enum class FailInfo : std::uint8_t {
  bad_alg = 0,
  bad_message_check = 1,
  bad_request = 2,
  bad_time = 3,
  bad_cert_id = 4
};
[[nodiscard]] std::string_view to_string(FailInfo info);  // "badAlg"

// The signer of the answer: the RA certificate that the request was addressed to. Outlives the
// call.
struct Signatory {
  const crypto::PrivateKey& key;  // RSA
  ByteView certificate;           // DER
  ByteView issuer;                // DER Name
  ByteView serial;                // big-endian magnitude
};

// The values of a request that its answer repeats.
struct Reference {
  std::string transaction_id;
  Bytes nonce;  // the request's sender nonce
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
};
// With SHA-256 if the request's hash is unknown.
[[nodiscard]] Reference reference_to(const Message& request);

// The recipient of a success and the encryption: the request's signer, with the request's
// algorithms.
struct Addressee {
  crypto::EnvelopedDataSpec envelope;
  const crypto::PublicKey& key;  // RSA
};

// All give the DER of the pkiMessage.
// SUCCESS with certificates, the requested one first; or with a CRL.
[[nodiscard]] Result<Bytes> make_success(const Reference& reference, const Signatory& signatory,
                                         const Addressee& addressee,
                                         const std::vector<ByteView>& certificates,
                                         const std::vector<ByteView>& crls = {});
struct FailureWords {
  FailInfo info = FailInfo::bad_request;
  // For the client's log. Says nothing that helps to guess a challenge. May be empty.
  std::string text;
  // Set: as NDES puts it, with one octet of content, SHA-1 and the HRESULT as an attribute.
  std::optional<std::int32_t> ndes_hresult;
};
[[nodiscard]] Result<Bytes> make_failure(const Reference& reference, const Signatory& signatory,
                                         const FailureWords& words);
[[nodiscard]] Result<Bytes> make_pending(const Reference& reference, const Signatory& signatory);

}  // namespace certconnector::scep
