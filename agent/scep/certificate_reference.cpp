#include "agent/scep/certificate_reference.h"

#include "agent/scep/message.h"
#include "common/crypto/der.h"

namespace certconnector::scep {
namespace {

namespace der = crypto::der;

constexpr std::size_t kLongestSerial = 20;  // RFC 5280 section 4.1.2.2

}  // namespace

Result<IssuerAndSerial> parse_issuer_and_serial(ByteView der) {
  der::Reader reader(der::read_only(der, der::kSequence).value_or(ByteView()));
  const auto issuer = reader.read_element(der::kSequence);
  const auto serial = issuer ? reader.read_unsigned() : std::nullopt;
  if (!serial || serial->empty() || serial->size() > kLongestSerial || !reader.at_end()) {
    return Error(ScepErrc::malformed, ErrorKind::permanent,
                 "the SCEP message does not hold an issuer and a serial number");
  }
  return IssuerAndSerial{issuer->whole, *serial};
}

}  // namespace certconnector::scep
