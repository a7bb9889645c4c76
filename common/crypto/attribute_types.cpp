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
constexpr std::array<AttributeType, 24> kTypes{{
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
