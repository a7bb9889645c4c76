// What another program knew of a CA, from messages into the port.
#include <algorithm>

#include "agent/control/ca_commands.h"
#include "agent/control/request_errors.h"
#include "agent/control/revocation_reasons.h"
#include "agent/core/certificate_rules.h"
#include "common/text/base64.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

Result<Bytes> serial_from(const std::string& hex) {
  auto octets = text::from_hex(hex.size() % 2 == 0 ? hex : "0" + hex);
  if (!octets) return bad_value("'" + hex + "' is no serial number in hexadecimal");
  const auto first =
      std::find_if(octets->begin(), octets->end(), [](auto one) { return one != 0; });
  Bytes serial(first, octets->end());
  if (core::is_serial_number(serial)) return serial;
  return bad_value("'" + hex + "' is no serial number of 1 to 20 octets");
}

Result<core::EarlierRevocation> revocation_from(const wire::EarlierRevocation& given) {
  core::EarlierRevocation revocation;
  CC_TRY_ASSIGN(revocation.serial, serial_from(given.serial));
  CC_TRY_ASSIGN(const core::RevocationReason reason, parse_reason(given.reason));
  if (reason == core::RevocationReason::remove_from_crl) {
    return bad_value("removeFromCRL is no revocation");
  }
  revocation.revocation = {given.revoked_at, reason, given.invalidity_date};
  revocation.not_after = given.not_after;
  return revocation;
}

Result<CrlPart> part_from(const wire::CaEarlierArguments& arguments) {
  CrlPart part{arguments.crl_upload, arguments.crl_offset, arguments.crl_size, {}};
  auto octets = text::from_base64(arguments.crl);
  if (!octets) return bad_value("the CRL is not base64");
  if (part.upload.empty() != octets->empty()) return bad_value("a part of a CRL has no id");
  part.octets = std::move(*octets);
  return part;
}

wire::CaEarlierResult to_wire(const std::string& name, core::EarlierTaken taken) {
  wire::CaEarlierResult result;
  result.name = name;
  result.added = taken.added;
  result.known = taken.known;
  result.expired = taken.expired;
  result.notes = std::move(taken.notes);
  result.crl_addresses = std::move(taken.crl_addresses);
  for (auto& refused : taken.refused) {
    result.refused.push_back({refused.index, std::move(refused.why)});
  }
  return result;
}

}  // namespace

Result<wire::CaEarlierResult> take_earlier(const wire::CaEarlierArguments& arguments,
                                           StatusOperations& /*agent*/, CaOperations& cas) {
  const std::size_t rows = arguments.certificates.size() + arguments.revocations.size();
  if (rows > wire::kMaxEarlier) {
    return bad_value("a message has at most " + std::to_string(wire::kMaxEarlier) +
                     " certificates and revocations");
  }
  EarlierRecords records;
  records.ca = arguments.name;
  records.certificate_pem = arguments.certificate_pem;
  CC_TRY_ASSIGN(records.crl, part_from(arguments));
  for (const std::string& base64 : arguments.certificates) {
    auto certificate = text::from_base64(base64);
    if (!certificate) return bad_value("a certificate is not base64");
    records.certificates.push_back(std::move(*certificate));
  }
  for (const wire::EarlierRevocation& given : arguments.revocations) {
    CC_TRY_ASSIGN(auto revocation, revocation_from(given));
    records.revocations.push_back(std::move(revocation));
  }
  CC_TRY_ASSIGN(auto taken, cas.take_earlier(records));
  return to_wire(arguments.name, std::move(taken));
}

}  // namespace certconnector::control
