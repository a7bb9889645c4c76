#include "agent/ca/local/tbs_certificate.h"

#include <algorithm>

#include "common/crypto/der.h"
#include "common/crypto/digest.h"

namespace certconnector::ca {

namespace der = crypto::der;

Bytes encode_tbs_certificate(const CertificateFields& fields) {
  constexpr std::size_t kFixedParts = 128;
  constexpr unsigned kVersion = 0;     // [0] EXPLICIT
  constexpr unsigned kExtensions = 3;  // [3] EXPLICIT
  constexpr std::uint64_t kV3 = 2;
  Bytes out;
  out.reserve(kFixedParts + fields.issuer.size() + fields.subject.size() +
              fields.public_key_info.size() + fields.extensions.size());
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.nest(der::context(kVersion), [&] { writer.integer(kV3); });
    writer.unsigned_integer(fields.serial);
    writer.raw(fields.signature_algorithm);
    writer.raw(fields.issuer);
    writer.nest(der::kSequence, [&] {
      writer.time(fields.not_before);
      writer.time(fields.not_after);
    });
    writer.raw(fields.subject);
    writer.raw(fields.public_key_info);
    writer.nest(der::context(kExtensions),
                [&] { writer.element(der::kSequence, fields.extensions); });
  });
  return out;
}

Bytes encode_unsigned_certificate(const CertificateFields& fields) {
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(encode_tbs_certificate(fields));
    writer.raw(fields.signature_algorithm);
    writer.bit_string({});
  });
  return out;
}

Result<Bytes> sign_structure(ByteView to_be_signed, ByteView signature_algorithm,
                             crypto::Signer& signer) {
  constexpr std::size_t kHeaders = 16;
  auto signature = signer.sign(to_be_signed);
  if (!signature) return signature.error().with_context("the CA's key cannot sign");
  Bytes out;
  out.reserve(to_be_signed.size() + signature_algorithm.size() + signature->size() + kHeaders);
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(to_be_signed);
    writer.raw(signature_algorithm);
    writer.bit_string(*signature);
  });
  return out;
}

Bytes new_serial(Timestamp now) {
  constexpr std::size_t kTime = 6;
  constexpr std::size_t kRandom = 10;
  const auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(to_millis(now), 1));
  Bytes serial;
  serial.reserve(kTime + kRandom);
  for (std::size_t i = kTime; i-- > 0;) {
    const auto octet = static_cast<std::uint8_t>(millis >> (8 * i));
    if (octet != 0 || !serial.empty()) serial.push_back(octet);
  }
  const Bytes random = crypto::random_bytes(kRandom);
  serial.insert(serial.end(), random.begin(), random.end());
  return serial;
}

}  // namespace certconnector::ca
