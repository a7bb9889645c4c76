#include "agent/ca/local/crl_builder.h"

#include <array>

#include "agent/ca/local/extension.h"
#include "agent/ca/local/tbs_certificate.h"
#include "common/crypto/der.h"
#include "common/crypto/digest.h"

namespace certconnector::ca {

namespace der = crypto::der;

void CrlBuilder::add(const core::RevokedSerial& revoked) {
  const auto& revocation = revoked.revocation;
  const bool has_reason = revocation.reason != core::RevocationReason::unspecified;
  der::Writer writer(entries_);
  writer.nest(der::kSequence, [&] {
    writer.unsigned_integer(revoked.serial);
    writer.time(revocation.at);
    if (!has_reason && !revocation.invalidity_date) return;
    writer.nest(der::kSequence, [&] {
      if (has_reason) {
        append_extension(entries_, crypto::view(extension_id::kReasonCode), false,
                         [&](der::Writer& w) {
                           const std::array reason{static_cast<std::uint8_t>(revocation.reason)};
                           w.element(der::kEnumerated, crypto::view(reason));
                         });
      }
      if (revocation.invalidity_date) {
        append_extension(entries_, crypto::view(extension_id::kInvalidityDate), false,
                         [&](der::Writer& w) { w.generalized_time(*revocation.invalidity_date); });
      }
    });
  });
  ++count_;
}

Result<Bytes> CrlBuilder::finish(const CrlFields& fields, crypto::Signer& signer) const {
  constexpr std::size_t kFixedParts = 256;
  constexpr std::uint64_t kV2 = 1;
  constexpr unsigned kExtensions = 0;  // [0] EXPLICIT
  Bytes extensions;
  append_authority_key_id(extensions, fields.authority_key_id);
  append_extension(extensions, crypto::view(extension_id::kCrlNumber), false,
                   [&](der::Writer& w) { w.integer(fields.number); });

  Bytes tbs;
  tbs.reserve(kFixedParts + fields.issuer.size() + extensions.size() + entries_.size());
  der::Writer writer(tbs);
  writer.nest(der::kSequence, [&] {
    writer.integer(kV2);
    writer.raw(fields.signature_algorithm);
    writer.raw(fields.issuer);
    writer.time(fields.this_update);
    writer.time(fields.next_update);
    if (count_ != 0) writer.element(der::kSequence, entries_);  // an empty list is left out
    writer.nest(der::context(kExtensions), [&] { writer.element(der::kSequence, extensions); });
  });
  return sign_structure(tbs, fields.signature_algorithm, signer);
}

}  // namespace certconnector::ca
