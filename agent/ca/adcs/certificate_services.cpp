#include "agent/ca/adcs/certificate_services.h"

#include "common/text/hex.h"

namespace certconnector::ca {

RequestDisposition disposition_of_row(std::int64_t number) {
  constexpr std::int64_t kActive = 8;
  constexpr std::int64_t kPending = 9;
  constexpr std::int64_t kIssued = 20;
  constexpr std::int64_t kRevoked = 21;
  constexpr std::int64_t kDenied = 31;
  switch (number) {
    case kActive:
      return RequestDisposition::incomplete;
    case kPending:
      return RequestDisposition::under_submission;
    case kIssued:
      return RequestDisposition::issued;
    case kRevoked:
      return RequestDisposition::revoked;
    case kDenied:
      return RequestDisposition::denied;
    default:
      return RequestDisposition::error;
  }
}

std::string serial_text(ByteView serial) {
  std::size_t zeros = 0;
  while (zeros + 1 < serial.size() && serial[zeros] == 0) ++zeros;
  return text::to_hex(serial.subview(zeros, serial.size() - zeros));
}

}  // namespace certconnector::ca
