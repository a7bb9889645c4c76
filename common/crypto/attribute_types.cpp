#include "common/crypto/attribute_types.h"

#include <algorithm>
#include <array>

#include "common/text/letter_case.h"

namespace certconnector::crypto {
namespace {

struct AttributeType {
  std::string_view name;
  std::string_view oid;
};

// The first name of an OID is the one we write; the others are read only.
constexpr std::array<AttributeType, 48> kTypes{{
    {"CN", "2.5.4.3"},
    {"O", "2.5.4.10"},
    {"OU", "2.5.4.11"},
    {"C", oid::kCountryName},
    {"L", "2.5.4.7"},
    {"ST", "2.5.4.8"},
    {"S", "2.5.4.8"},
    {"STREET", "2.5.4.9"},
    {"DC", oid::kDomainComponent},
    {"UID", "0.9.2342.19200300.100.1.1"},
    {"emailAddress", oid::kEmailAddress},
    {"E", oid::kEmailAddress},
    {"serialNumber", oid::kSerialNumber},
    {"SN", "2.5.4.4"},
    {"surname", "2.5.4.4"},
    {"GN", "2.5.4.42"},
    {"givenName", "2.5.4.42"},
    {"title", "2.5.4.12"},
    {"initials", "2.5.4.43"},
    {"generationQualifier", "2.5.4.44"},
    {"dnQualifier", oid::kDnQualifier},
    {"name", "2.5.4.41"},
    {"description", "2.5.4.13"},
    {"postalCode", "2.5.4.17"},
    {"unstructuredName", "1.2.840.113549.1.9.2"},
    {"unstructuredAddress", "1.2.840.113549.1.9.8"},
    {"businessCategory", "2.5.4.15"},
    {"postOfficeBox", "2.5.4.18"},
    {"physicalDeliveryOfficeName", "2.5.4.19"},
    {"telephoneNumber", "2.5.4.20"},
    {"x121Address", "2.5.4.24"},
    {"internationalISDNNumber", "2.5.4.25"},
    {"destinationIndicator", "2.5.4.27"},
    {"houseIdentifier", "2.5.4.51"},
    {"dmdName", "2.5.4.54"},
    {"pseudonym", "2.5.4.65"},
    {"organizationIdentifier", "2.5.4.97"},
    {"host", "0.9.2342.19200300.100.1.9"},
    {"commonName", "2.5.4.3"},
    {"organizationName", "2.5.4.10"},
    {"organizationalUnitName", "2.5.4.11"},
    {"countryName", oid::kCountryName},
    {"localityName", "2.5.4.7"},
    {"stateOrProvinceName", "2.5.4.8"},
    {"streetAddress", "2.5.4.9"},
    {"domainComponent", oid::kDomainComponent},
    {"userId", "0.9.2342.19200300.100.1.1"},
    {"mail", "0.9.2342.19200300.100.1.3"},
}};

}  // namespace

std::optional<std::string_view> short_name_of(std::string_view oid) {
  for (const AttributeType& type : kTypes) {
    if (type.oid == oid) return type.name;
  }
  return std::nullopt;
}

std::optional<std::string_view> oid_of_short_name(std::string_view name) {
  for (const AttributeType& type : kTypes) {
    if (text::equal_ignoring_case(type.name, name)) return type.oid;
  }
  return std::nullopt;
}

}  // namespace certconnector::crypto
