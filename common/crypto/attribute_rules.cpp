#include "common/crypto/attribute_rules.h"

#include <algorithm>
#include <array>

#include "common/crypto/attribute_types.h"
#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"

namespace certconnector::crypto {
namespace {

using Syntax = AttributeSyntax;

constexpr std::size_t kUpperBoundName = 32768;
constexpr std::string_view kName = "RFC 5280, ub-name";
constexpr std::string_view kPersonal = "RFC 3739, section 3.2.2";
constexpr std::string_view kPkcs9 = "RFC 2985, pkcs-9-ub-pkcs9String";

constexpr std::array<AttributeRule, 32> kRules{{
    {"2.5.4.3", Syntax::directory_string, 1, 64, "RFC 5280, ub-common-name"},
    {"2.5.4.4", Syntax::directory_string, 1, kUpperBoundName, kName},  // surname
    {oid::kSerialNumber, Syntax::printable_string, 1, 64, "RFC 5280, ub-serial-number"},
    {oid::kCountryName, Syntax::printable_string, 2, 2, "RFC 5280, X520countryName"},
    {"2.5.4.7", Syntax::directory_string, 1, 128, "RFC 5280, ub-locality-name"},
    {"2.5.4.8", Syntax::directory_string, 1, 128, "RFC 5280, ub-state-name"},
    {"2.5.4.9", Syntax::directory_string, 1, 128, "X.520, ub-street-address"},
    {"2.5.4.10", Syntax::directory_string, 1, 64, "RFC 5280, ub-organization-name"},
    {"2.5.4.11", Syntax::directory_string, 1, 64, "RFC 5280, ub-organizational-unit-name"},
    {"2.5.4.12", Syntax::directory_string, 1, 64, "RFC 5280, ub-title"},
    {"2.5.4.13", Syntax::directory_string, 1, 1024, "X.520, ub-description"},
    {"2.5.4.15", Syntax::directory_string, 1, 128, "X.520, ub-business-category"},
    {"2.5.4.17", Syntax::directory_string, 1, 40, "X.520, ub-postal-code"},
    {"2.5.4.18", Syntax::directory_string, 1, 40, "X.520, ub-post-office-box"},
    {"2.5.4.20", Syntax::printable_string, 1, 32, "X.520, ub-telephone-number"},
    {"2.5.4.41", Syntax::directory_string, 1, kUpperBoundName, kName},  // name
    {"2.5.4.42", Syntax::directory_string, 1, kUpperBoundName, kName},  // givenName
    {"2.5.4.43", Syntax::directory_string, 1, kUpperBoundName, kName},  // initials
    {"2.5.4.44", Syntax::directory_string, 1, kUpperBoundName, kName},  // generationQualifier
    {oid::kDnQualifier, Syntax::printable_string, 1, kUpperBoundName, kName},
    {"2.5.4.65", Syntax::directory_string, 1, 128, "RFC 5280, ub-pseudonym"},
    {"2.5.4.97", Syntax::directory_string, 1, kUpperBoundName, kName},  // organizationIdentifier
    {oid::kEmailAddress, Syntax::ia5_string, 1, 255, "RFC 5280, ub-emailaddress-length"},
    {"1.2.840.113549.1.9.2", Syntax::any_string, 1, 255, kPkcs9},        // unstructuredName
    {"1.2.840.113549.1.9.8", Syntax::directory_string, 1, 255, kPkcs9},  // unstructuredAddress
    {oid::kDomainComponent, Syntax::ia5_string, 1, 63, "RFC 4519, section 2.4"},
    {"0.9.2342.19200300.100.1.1", Syntax::directory_string, 1, 256, "RFC 4524, uid"},
    {"1.3.6.1.5.5.7.9.1", Syntax::no_string, 1, kUpperBoundName, kPersonal},  // dateOfBirth
    {"1.3.6.1.5.5.7.9.2", Syntax::directory_string, 1, 128, kPersonal},       // placeOfBirth
    {"1.3.6.1.5.5.7.9.3", Syntax::printable_string, 1, 1, kPersonal},         // gender
    {"1.3.6.1.5.5.7.9.4", Syntax::printable_string, 2, 2, kPersonal},  // countryOfCitizenship
    {"1.3.6.1.5.5.7.9.5", Syntax::printable_string, 2, 2, kPersonal},  // countryOfResidence
}};
constexpr AttributeRule kOtherRule{"", Syntax::any_string, 1, kUpperBoundName, kName};

}  // namespace

const AttributeRule& attribute_rule(std::string_view oid) {
  const auto* const found = std::find_if(
      kRules.begin(), kRules.end(), [&](const AttributeRule& rule) { return rule.oid == oid; });
  return found == kRules.end() ? kOtherRule : *found;
}

std::string_view to_string(AttributeSyntax syntax) {
  switch (syntax) {
    case Syntax::printable_string:
      return "PrintableString";
    case Syntax::ia5_string:
      return "IA5String";
    case Syntax::no_string:
      return "GeneralizedTime";
    case Syntax::directory_string:
    case Syntax::any_string:
      break;
  }
  return "UTF8String";
}

bool is_written_so(AttributeSyntax syntax, std::uint8_t tag, std::string_view text) {
  const bool printable = tag == der::kPrintableString && is_printable_string(text);
  const bool ia5 = tag == der::kIa5String;
  switch (syntax) {
    case Syntax::printable_string:
      return printable;
    case Syntax::ia5_string:
      return ia5;
    case Syntax::directory_string:
      return printable || tag == der::kUtf8String;
    case Syntax::any_string:
      return printable || ia5 || tag == der::kUtf8String;
    case Syntax::no_string:
      return false;
  }
  return false;
}

std::uint8_t string_type_for(AttributeSyntax syntax, std::string_view text) {
  switch (syntax) {
    case Syntax::printable_string:
      return is_printable_string(text) ? der::kPrintableString : 0;
    case Syntax::ia5_string:
      return is_ascii(text) ? der::kIa5String : 0;
    case Syntax::no_string:
      return 0;
    case Syntax::directory_string:
    case Syntax::any_string:
      break;
  }
  return der::kUtf8String;
}

}  // namespace certconnector::crypto
