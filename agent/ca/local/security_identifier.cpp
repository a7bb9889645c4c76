#include "agent/ca/local/security_identifier.h"

#include <array>
#include <cstdint>

#include "common/crypto/der.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxLength = 184;
constexpr std::size_t kMaxNumbers = 15;
// szOID_NTDS_OBJECTSID, 1.3.6.1.4.1.311.25.2.1
constexpr std::array<std::uint8_t, 10> kObjectSid{0x2B, 0x06, 0x01, 0x04, 0x01,
                                                  0x82, 0x37, 0x19, 0x02, 0x01};

}  // namespace

bool is_security_identifier(std::string_view text) {
  constexpr std::string_view kRevision = "S-1-";
  if (text.size() > kMaxLength || text.substr(0, kRevision.size()) != kRevision) return false;
  std::size_t numbers = 1;
  bool digit_before = false;
  for (const char c : text.substr(kRevision.size())) {
    if (c == '-') {
      if (!digit_before) return false;
      digit_before = false;
      ++numbers;
    } else if (c >= '0' && c <= '9') {
      digit_before = true;
    } else {
      return false;
    }
  }
  return digit_before && numbers >= 2 && numbers <= kMaxNumbers;
}

Bytes encode_security_identifier(std::string_view sid) {
  namespace der = crypto::der;
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.nest(der::context(0), [&] {
      writer.oid({kObjectSid.data(), kObjectSid.size()});
      writer.nest(der::context(0), [&] { writer.octet_string(as_bytes(sid)); });
    });
  });
  return out;
}

}  // namespace certconnector::ca
