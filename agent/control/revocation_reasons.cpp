#include "agent/control/revocation_reasons.h"

#include "agent/control/request_errors.h"

namespace certconnector::control {

Result<core::RevocationReason> parse_reason(const std::string& name) {
  if (name.empty()) return core::RevocationReason::unspecified;
  constexpr std::int64_t kHighestReason = 10;
  std::string known;
  for (std::int64_t value = 0; value <= kHighestReason; ++value) {
    const auto reason = core::revocation_reason(value);
    if (!reason) continue;
    if (core::to_string(*reason) == name) return *reason;
    known += (known.empty() ? "" : ", ") + std::string(core::to_string(*reason));
  }
  return bad_value("no revocation reason '" + name + "'; there are " + known);
}

}  // namespace certconnector::control
