// A version 2 CRL, RFC 5280 section 5, of any number of entries: they wait on disk until their
// number of octets, which DER wants first, is known.
#pragma once

#include <cstdint>

#include "agent/core/ports/certificate_store.h"
#include "agent/platform/file_streams.h"
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
  ByteView issuing_distribution_point;  // DER Extension; empty: the CRL is of every certificate
};

// Replaces `out` by the DER of an entry. Reason 0 omits the reason, RFC 5280 section 5.3.1. The
// revocation date is never after `this_update`, which lies before the present for slow clocks:
// verifiers take a later date for a mistake, or for a certificate that is still good.
void encode_crl_entry(const core::RevokedSerial& revoked, Timestamp this_update, Bytes& out);

class CrlBuilder {
 public:
  // Entries wait in the folder of `file`.
  [[nodiscard]] static Result<CrlBuilder> beside(const std::string& file);

  // DER. When it cannot be stored, write() fails.
  void add(ByteView entry);
  [[nodiscard]] std::uint64_t entries() const { return count_; }
  // Appends the DER of the signed CertificateList to `file`.
  [[nodiscard]] Status write(const CrlFields& fields, crypto::Signer& signer,
                             platform::NextVersion& file);

 private:
  explicit CrlBuilder(platform::SpoolFile spool) : spool_(std::move(spool)) {}

  platform::SpoolFile spool_;
  Status stored_;
  std::uint64_t count_ = 0;
};

}  // namespace certconnector::ca
