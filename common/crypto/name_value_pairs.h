// Microsoft's enrollment name-value pairs, the PKCS#10 attribute 1.3.6.1.4.1.311.13.2.1:
//
//   EnrollmentNameValuePair ::= SEQUENCE { name BMPString, value BMPString }
//
// Through them a request chooses what an AD CS puts into the certificate: names ("SAN"), a template
// ("CertificateTemplate"), or its validity ("ValidityPeriod" and "ValidityPeriodUnits"). The agent
// understands the validity alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/pkcs10.h"
#include "common/result/result.h"

namespace certconnector::crypto {

struct NameValuePair {
  std::string name;  // UTF-8; names compare without regard to letter case
  std::string value;
};

// Of all such attributes, in order; none: the request has none. Errors: malformed.
[[nodiscard]] Result<std::vector<NameValuePair>> name_value_pairs(const Pkcs10& request);

// A validity that the request asks for: "30" and "Days".
struct RequestedPeriod {
  std::uint32_t count = 0;  // 1 to 1,000,000
  std::string unit;         // "seconds", "minutes", "hours", "days", "weeks", "months", "years"

  // A year has 365 days here and a month a twelfth of it, as people write templates; a calendar has
  // up to a day more.
  [[nodiscard]] std::chrono::seconds length() const;
};

[[nodiscard]] bool names_a_period(const NameValuePair& pair);
// From the pairs ValidityPeriod and ValidityPeriodUnits, in both orders: whichever comes first, and
// whichever of the two has the number. Nothing: neither is there. Errors, malformed: only one is,
// one is there twice, or they are no period.
[[nodiscard]] Result<std::optional<RequestedPeriod>> requested_period(
    const std::vector<NameValuePair>& pairs);

}  // namespace certconnector::crypto
