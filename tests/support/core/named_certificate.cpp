#include "tests/support/core/named_certificate.h"

#include <stdexcept>

#include "common/crypto/der.h"
#include "common/crypto/digest.h"
#include "common/crypto/name.h"

namespace certconnector::testing {
namespace {

constexpr std::size_t kKey = 294;        // octets, of RSA-2048 with its algorithm
constexpr std::size_t kSignature = 256;  // of RSA-2048
constexpr std::size_t kExtensions = 330;

}  // namespace

core::IssuedCertificate named_certificate(const std::string& subject, Timestamp not_after) {
  namespace der = crypto::der;
  const auto name = crypto::parse_rfc4514(subject);
  if (!name.ok()) throw std::invalid_argument("no subject: " + subject);
  const Bytes encoded = crypto::encode_name(*name);
  const crypto::Sha1 digest = crypto::sha1(as_bytes(subject));
  core::IssuedCertificate issued;
  issued.serial.assign(digest.begin(), digest.begin() + 16);
  issued.serial[0] &= 0x7FU;
  issued.serial[0] |= 0x40U;
  issued.not_before = not_after - std::chrono::hours(24 * 365);
  issued.not_after = not_after;
  der::Writer out(issued.certificate);
  out.nest(der::kSequence, [&] {
    out.nest(der::kSequence, [&] {
      out.unsigned_integer(issued.serial);
      out.element(der::kSequence, ByteView());
      out.raw(crypto::encode_name(*crypto::parse_rfc4514("CN=Test CA,O=Example")));
      out.nest(der::kSequence, [&] {
        out.time(issued.not_before);
        out.time(not_after);
      });
      out.raw(encoded);
      out.element(der::kSequence, Bytes(kKey, 0));
      out.element(der::context_primitive(2), Bytes(kExtensions, 0));
    });
    out.element(der::kSequence, ByteView());
    out.bit_string(Bytes(kSignature, 0));
  });
  return issued;
}

}  // namespace certconnector::testing
