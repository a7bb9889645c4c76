// The attribute types of names that have a name: RFC 4514 section 3, RFC 4519, PKCS#9 (RFC 2985)
// and RFC 3739.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certconnector::crypto {

// "CN" for "2.5.4.3"; nothing for a type without a name.
[[nodiscard]] std::optional<std::string_view> short_name_of(std::string_view oid);
// The dotted OID of a name, short or long, whatever its case.
[[nodiscard]] std::optional<std::string_view> oid_of_short_name(std::string_view name);

namespace oid {
inline constexpr std::string_view kCountryName = "2.5.4.6";
inline constexpr std::string_view kSerialNumber = "2.5.4.5";
inline constexpr std::string_view kDnQualifier = "2.5.4.46";
inline constexpr std::string_view kEmailAddress = "1.2.840.113549.1.9.1";
inline constexpr std::string_view kDomainComponent = "0.9.2342.19200300.100.1.25";
}  // namespace oid

}  // namespace certconnector::crypto
