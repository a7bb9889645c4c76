// A version 2 CRL, RFC 5280 section 5, written entry by entry: 100,000 of them cost little beside
// the signature.
#pragma once

#include <cstdint>

#include "agent/core/ports/certificate_store.h"
#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ca {

struct CrlFields {
  ByteView issuer;               // DER Name
  ByteView signature_algorithm;  // DER AlgorithmIdentifier
  ByteView authority_key_id;     // octets
  std::uint64_t number = 0;
  Timestamp this_update;
  Timestamp next_update;
};

class CrlBuilder {
 public:
  // Reason 0 omits the reason, RFC 5280 section 5.3.1.
  void add(const core::RevokedSerial& revoked);
  [[nodiscard]] std::uint64_t entries() const { return count_; }
  // DER of the signed CertificateList.
  [[nodiscard]] Result<Bytes> finish(const CrlFields& fields, crypto::Signer& signer) const;

 private:
  Bytes entries_;
  std::uint64_t count_ = 0;
};

}  // namespace certconnector::ca
