// CRLDistributionPoints, RFC 5280 section 4.2.1.13: where the CRLs of a certificate are. A freshest
// CRL extension (sections 4.2.1.15 and 5.2.6) has the same syntax for delta CRLs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

namespace oid {
inline constexpr std::string_view kCrlDistributionPoints = "2.5.29.31";
inline constexpr std::string_view kFreshestCrl = "2.5.29.46";
}  // namespace oid

// Views into the extension.
struct DistributionPoint {
  std::vector<ByteView> names;  // of its fullName, each a whole DER GeneralName; at most 20
  bool relative = false;        // a name relative to the CRL's issuer instead
  bool some_reasons = false;    // its CRL shows revocations for some reasons alone
  bool other_issuer = false;    // another CA makes its CRL
};

// `value` is the inside of the extension. At most 20 points. Errors: malformed.
[[nodiscard]] Result<std::vector<DistributionPoint>> parse_distribution_points(ByteView value);

// The point's name, the contents of its [0]; for IssuingDistributionPoint as well. Malformed.
[[nodiscard]] Status read_point_name(ByteView name, DistributionPoint& point);

// The URIs among the names, in order, each once.
[[nodiscard]] std::vector<std::string> uris_of(const std::vector<DistributionPoint>& points);

}  // namespace certconnector::crypto
