// What a request at the NDES service may hold. NDES hands the request to its CA as it is, and the
// CA may copy whatever is in it: nothing can be left out here. So allow-lists decide, and what an
// authorization names:
//
// | in the request | allowed |
// | --- | --- |
// | attributes, extensions | those whose content is read here, and those of the lists |
// | basicConstraints | without a CA |
// | keyCertSign, cRLSign, certificate request agent | never |
// | anyExtendedKeyUsage, 1.3.6.1.4.1.311.10.12.1 | where a signed or validated challenge names it |
// | application policies (1.3.6.1.4.1.311.21.10) | as extended key usages, within the same bounds |
// | name-value pairs (1.3.6.1.4.1.311.13.2.1) | ValidityPeriod and its units, within the template |
//
// core::check_sid has the rule for security identifiers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "agent/enrollment/authorization.h"
#include "common/crypto/pkcs10.h"
#include "common/time/clock.h"

namespace certconnector::ndes {

struct RequestRules {
  // Dotted OIDs, that ask for nothing. Their content is not read, but for basicConstraints and
  // application policies.
  std::vector<std::string> extensions;
  std::vector<std::string> attributes;
  // The longest validity that the CA gives with a template; nothing: not known, so no request
  // chooses its validity. Null: the same for all.
  std::function<std::optional<Duration>(const std::string& template_name)> longest_validity;
};

// Why NDES may not hand the request to its CA; nothing: it may. The authorization names its
// template and has been compared with the request.
[[nodiscard]] std::optional<core::Failed> check_content(
    const RequestRules& rules, const crypto::Pkcs10& request,
    const enrollment::Authorization& authorization);

}  // namespace certconnector::ndes
