#include "agent/ca/adcs/request_attributes.h"

#include <algorithm>

#include "agent/ca/adcs/hresult.h"
#include "common/crypto/digest.h"
#include "common/text/characters.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::ca {
namespace {

// The CA only ever shortens a template's validity by this, so that what does not fit the unit is
// left away.
std::string validity_lines(std::chrono::seconds validity) {
  using std::chrono::hours;
  constexpr hours kDay{24};
  const auto days = validity / kDay;
  if (days > 0) {
    return "\nValidityPeriod:Days\nValidityPeriodUnits:" + std::to_string(days);
  }
  const auto whole = std::max<std::int64_t>(validity / hours(1), 1);
  return "\nValidityPeriod:Hours\nValidityPeriodUnits:" + std::to_string(whole);
}

}  // namespace

bool fits_attribute(const std::string& value) {
  if (value.empty()) return false;
  for (std::string_view rest = value; !rest.empty();) {
    const text::Character one = text::first_character(rest);
    if (one.size == 0 || text::is_misleading(one.code)) return false;
    rest.remove_prefix(one.size);
  }
  return true;
}

std::string job_attribute(const core::IdempotencyKey& key) {
  return "CertificateConnectorJob:" + text::to_hex(crypto::view(key));
}

bool names_job(const std::string& attributes, const core::IdempotencyKey& key) {
  return text::to_lower(attributes).find(text::to_hex(crypto::view(key))) != std::string::npos;
}

Result<std::string> request_attributes(const AttributesWanted& wanted) {
  if (!fits_attribute(wanted.template_name)) {
    return Error(AdcsErrc::refused, ErrorKind::permanent,
                 "the name of the template at the CA has characters that no attribute may have");
  }
  std::string text =
      "CertificateTemplate:" + wanted.template_name + "\n" + job_attribute(wanted.key);
  if (wanted.validity) text += validity_lines(*wanted.validity);
  return text;
}

}  // namespace certconnector::ca
