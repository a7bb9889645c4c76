#include "common/crypto/name.h"

#include <algorithm>

#include "common/crypto/attribute_rules.h"
#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxRelativeNames = 100;
constexpr std::size_t kMaxAttributesOfOne = 16;

Result<NameAttribute> parse_attribute(der::Reader& set) {
  auto attribute = set.enter(der::kSequence);
  if (!attribute) return malformed_name("holds an attribute that is not a SEQUENCE");
  const auto type = attribute->read_oid();
  auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  if (!oid) return malformed_name("holds an attribute without a valid type");
  const auto value = attribute->read_any();
  if (!value || !attribute->at_end()) return malformed_name("holds a bad value for " + *oid);
  auto text = decode_string(value->tag, value->value);
  if (!text) return malformed_name("holds text that its string type does not allow, in " + *oid);
  return NameAttribute{std::move(*oid), std::move(*text)};
}

Result<RelativeName> parse_relative_name(der::Reader& sequence) {
  auto set = sequence.enter(der::kSet);
  if (!set || set->at_end()) return malformed_name("is not a SEQUENCE of SETs of attributes");
  RelativeName relative;
  while (!set->at_end()) {
    if (relative.size() == kMaxAttributesOfOne)
      return malformed_name("has too many attributes in one SET");
    CC_TRY_ASSIGN(NameAttribute attribute, parse_attribute(*set));
    relative.push_back(std::move(attribute));
  }
  return relative;
}

std::uint8_t string_tag(const NameAttribute& attribute) {
  const std::uint8_t tag = string_type_for(attribute_rule(attribute.oid).syntax, attribute.value);
  return tag == 0 ? static_cast<std::uint8_t>(der::kUtf8String) : tag;
}

Bytes encode_attribute(const NameAttribute& attribute) {
  Bytes out;
  der::Writer writer(out);
  const auto type = der::oid_from_text(attribute.oid);
  writer.nest(der::kSequence, [&] {
    writer.oid(type ? ByteView(*type) : ByteView());
    writer.element(string_tag(attribute), attribute.value);
  });
  return out;
}

}  // namespace

Result<DistinguishedName> parse_name(ByteView der) {
  const auto contents = der::read_only(der, der::kSequence);
  if (!contents) return malformed_name("is not a DER SEQUENCE");
  DistinguishedName name;
  der::Reader sequence(*contents);
  while (!sequence.at_end()) {
    if (name.size() == kMaxRelativeNames) return malformed_name("has more than 100 parts");
    CC_TRY_ASSIGN(RelativeName relative, parse_relative_name(sequence));
    name.push_back(std::move(relative));
  }
  return name;
}

Bytes encode_name(const DistinguishedName& name) {
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    for (const RelativeName& relative : name) {
      std::vector<Bytes> attributes;
      for (const NameAttribute& attribute : relative) {
        attributes.push_back(encode_attribute(attribute));
      }
      std::sort(attributes.begin(), attributes.end());  // X.690 section 11.6
      writer.nest(der::kSet, [&] {
        for (const Bytes& attribute : attributes) writer.raw(attribute);
      });
    }
  });
  return out;
}

std::string name_for_people(ByteView der) {
  const auto name = parse_name(der);
  return name.ok() ? to_rfc4514(*name) : std::string();
}

}  // namespace certconnector::crypto
