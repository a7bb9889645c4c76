#include "agent/cloud/reference/request_id.h"

#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::cloud {

std::string make_request_id() {
  Bytes octets = crypto::random_bytes(16);
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0FU) | 0x40U);  // version 4
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3FU) | 0x80U);  // variant of the RFC
  const std::string hex = text::to_hex(octets);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace certconnector::cloud
