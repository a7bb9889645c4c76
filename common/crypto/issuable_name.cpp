#include "common/crypto/issuable_name.h"

#include <algorithm>
#include <utility>

#include "common/crypto/attribute_rules.h"
#include "common/crypto/attribute_types.h"
#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/crypto/name_matching.h"
#include "common/crypto/name_syntax.h"

namespace certconnector::crypto {
namespace {

// The agent keeps names as text of at most 16 KiB. These fit, so the certificate can be renewed.
constexpr std::size_t kLongestName = 4096;  // octets of DER
constexpr std::size_t kLongestText = 8192;  // octets of an alternative name

Error not_issuable(const std::string& field, std::string_view value, const std::string& rule) {
  return {CryptoErrc::malformed, ErrorKind::permanent,
          field + " \"" + shown_text(value) + "\" " + rule};
}

std::string name_of_type(const std::string& oid) {
  const auto name = short_name_of(oid);
  return name ? std::string(*name) : oid;
}

Status check_value(const NameAttribute& attribute, const AttributeRule& rule) {
  const auto refuse = [&](const std::string& why) {
    return not_issuable(name_of_type(attribute.oid), attribute.value, why);
  };
  const std::size_t size = characters_of(attribute.value);
  if (size < rule.least || size > rule.most) {
    const std::string allowed =
        rule.least == rule.most ? std::to_string(rule.most)
                                : std::to_string(rule.least) + " to " + std::to_string(rule.most);
    return refuse("has " + std::to_string(size) + " characters; " + allowed + " are allowed (" +
                  std::string(rule.source) + ")");
  }
  if (const auto control = control_character(attribute.value)) {
    return refuse("holds the control character " + *control);
  }
  if (const auto broken = broken_matching_rule(attribute.value)) return refuse(*broken);
  if (widest_form(attribute.value).empty()) return refuse("holds nothing that can be seen");
  if (string_type_for(rule.syntax, attribute.value) != 0) return {};
  return refuse("holds a character that " + std::string(to_string(rule.syntax)) +
                " lacks, and the attribute takes no other string type (RFC 5280 appendix A)");
}

Result<Bytes> issuable_attribute(const der::Element& requested, const NameAttribute& attribute) {
  const AttributeRule& rule = attribute_rule(attribute.oid);
  der::Reader reader(requested.value);
  const auto type = reader.read_element(der::kOid);
  const auto value = reader.read_any();
  if (!type || !value) return malformed_name("holds an attribute that is not DER");
  if (const auto broken = broken_oid_rule(type->value)) {
    return malformed_name("has an attribute whose type " + attribute.oid + " " + *broken);
  }
  CC_TRY(check_value(attribute, rule));
  if (is_written_so(rule.syntax, value->tag, attribute.value)) return requested.whole.to_bytes();
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(type->whole);
    writer.element(string_type_for(rule.syntax, attribute.value), attribute.value);
  });
  return out;
}

Status refuse_type_twice(const RelativeName& relative) {
  for (std::size_t i = 1; i < relative.size(); ++i) {
    const auto end = relative.begin() + static_cast<std::ptrdiff_t>(i);
    const bool twice = std::any_of(relative.begin(), end, [&](const NameAttribute& one) {
      return one.oid == relative[i].oid;
    });
    if (twice) {
      return not_issuable(name_of_type(relative[i].oid), relative[i].value,
                          "stands beside another value of its type in one RDN (X.501)");
    }
  }
  return {};
}

// `set`: the attributes of `relative` as requested.
Status append_relative_name(der::Reader set, const RelativeName& relative, Bytes& out) {
  CC_TRY(refuse_type_twice(relative));
  std::vector<Bytes> attributes;
  attributes.reserve(relative.size());
  for (const NameAttribute& attribute : relative) {
    const auto requested = set.read_any();
    if (!requested) return malformed_name("is not DER");
    CC_TRY_ASSIGN(Bytes encoded, issuable_attribute(*requested, attribute));
    attributes.push_back(std::move(encoded));
  }
  std::sort(attributes.begin(), attributes.end());  // X.690 section 11.6
  der::Writer writer(out);
  writer.nest(der::kSet, [&] {
    for (const Bytes& attribute : attributes) writer.raw(attribute);
  });
  return {};
}

bool has_name(const std::vector<GeneralName>& names, const GeneralName& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::string> broken_rule(const GeneralName& name) {
  switch (name.kind) {
    case GeneralNameKind::dns:
      return broken_dns_rule(name.value);
    case GeneralNameKind::email:
      return broken_email_rule(name.value);
    case GeneralNameKind::uri:
      return broken_uri_rule(name.value);
    case GeneralNameKind::upn:
      return broken_upn_rule(name.value);
    case GeneralNameKind::directory:
      if (name.value.empty()) return "is an empty name (RFC 5280 section 4.1.2.6)";
      return std::nullopt;
    case GeneralNameKind::ip:
    case GeneralNameKind::other:
      return std::nullopt;
  }
  return std::nullopt;
}

Status append_directory_name(const der::Element& requested, Bytes& out) {
  auto inner = issuable_name(requested.value);
  if (!inner.ok()) return inner.error().with_context("directory");
  der::Writer(out).element(requested.tag, *inner);
  return {};
}

Status append_alternative_name(const der::Element& requested, const GeneralName& name, Bytes& out) {
  if (name.kind == GeneralNameKind::directory) return append_directory_name(requested, out);
  if (name.kind != GeneralNameKind::upn) {
    der::Writer(out).raw(requested.whole);
    return {};
  }
  CC_TRY_ASSIGN(const Bytes list, encode_general_names({name}));
  der::Writer(out).raw(der::read_only(list, der::kSequence).value_or(ByteView()));
  return {};
}

Status check_alternative_name(const GeneralName& name, bool named, IssuableNames& issuable) {
  const std::string kind(to_string(name.kind));
  if (name.value.size() > kLongestText) {
    return not_issuable(kind, name.value,
                        "is longer than " + std::to_string(kLongestText) + " octets");
  }
  const auto broken = broken_rule(name);
  if (!broken) return {};
  if (name.kind != GeneralNameKind::uri || !named) return not_issuable(kind, name.value, *broken);
  issuable.as_they_are.push_back(name.value);
  return {};
}

// The names that a job names, to be found by their meaning.
class NamedNames {
 public:
  explicit NamedNames(const std::vector<GeneralName>& named) : named_(named) {
    forms_.reserve(named.size());
    for (const GeneralName& name : named) forms_.push_back(matching_form(name));
  }

  [[nodiscard]] bool has(const GeneralName& name) const { return has_name(named_, name); }
  // The name in other letters; nothing: it is named as it is, or not at all.
  [[nodiscard]] std::optional<GeneralName> spelling_of(const GeneralName& name) const {
    if (named_.empty() || has(name)) return std::nullopt;
    const auto found = std::find(forms_.begin(), forms_.end(), matching_form(name));
    if (found == forms_.end()) return std::nullopt;
    const GeneralName& spelled = named_[static_cast<std::size_t>(found - forms_.begin())];
    auto canonical_one = canonical(spelled);
    if (!canonical_one.ok() || *canonical_one == name) return std::nullopt;
    return std::move(canonical_one).value();
  }

 private:
  const std::vector<GeneralName>& named_;
  std::vector<GeneralName> forms_;
};

// The octets of the type stand in every name that has such an attribute.
bool may_have_address(ByteView name) {
  static const Bytes kType = der::oid_from_text(oid::kEmailAddress).value_or(Bytes());
  return std::search(name.begin(), name.end(), kType.begin(), kType.end()) != name.end();
}

}  // namespace

Result<Bytes> issuable_name(ByteView name) {
  CC_TRY_ASSIGN(const DistinguishedName parsed, parse_name(name));
  der::Reader sequence(der::read_only(name, der::kSequence).value_or(ByteView()));
  Bytes contents;
  contents.reserve(name.size());
  for (const RelativeName& relative : parsed) {
    const auto set = sequence.enter(der::kSet);
    if (!set) return malformed_name("is not DER");
    CC_TRY(append_relative_name(*set, relative, contents));
  }
  if (contents.size() > kLongestName) {
    return malformed_name("has " + std::to_string(contents.size()) + " octets; at most " +
                          std::to_string(kLongestName) + " are issued");
  }
  Bytes out;
  der::Writer(out).element(der::kSequence, contents);
  return out;
}

Result<IssuableNames> issuable_alternative_names(ByteView names,
                                                 const std::vector<GeneralName>& named) {
  CC_TRY_ASSIGN(const std::vector<GeneralName> parsed, parse_general_names(names));
  der::Reader sequence(der::read_only(names, der::kSequence).value_or(ByteView()));
  const NamedNames known(named);
  IssuableNames issuable;
  std::vector<GeneralName> issued;
  Bytes contents;
  for (const GeneralName& asked : parsed) {
    const auto requested = sequence.read_any();
    if (!requested) return malformed_name("is not DER");
    const auto spelled = known.spelling_of(asked);
    const GeneralName& name = spelled ? *spelled : asked;
    // One spelling of two may be there already.
    if (spelled && has_name(issued, name)) continue;
    issued.push_back(name);
    CC_TRY(check_alternative_name(name, known.has(name), issuable));
    if (!spelled) {
      CC_TRY(append_alternative_name(*requested, name, contents));
      continue;
    }
    CC_TRY_ASSIGN(const Bytes list, encode_general_names({name}));
    der::Reader inner(der::read_only(list, der::kSequence).value_or(ByteView()));
    CC_TRY(append_alternative_name(inner.read_any().value_or(der::Element{}), name, contents));
  }
  der::Writer(issuable.der).element(der::kSequence, contents);
  return issuable;
}

Result<Bytes> with_subject_addresses(ByteView subject, ByteView names,
                                     const std::function<bool(const GeneralName&)>& may) {
  if (!may_have_address(subject)) return names.to_bytes();
  CC_TRY_ASSIGN(const DistinguishedName parsed, parse_name(subject));
  std::vector<GeneralName> present;
  if (!names.empty()) {
    CC_TRY_ASSIGN(present, parse_general_names(names));
  }
  Bytes more;
  for (const RelativeName& relative : parsed) {
    for (const NameAttribute& attribute : relative) {
      const GeneralName address{GeneralNameKind::email, attribute.value};
      if (attribute.oid != oid::kEmailAddress || broken_email_rule(address.value)) continue;
      if (has_name(present, address) || !may(address)) continue;
      present.push_back(address);
      CC_TRY_ASSIGN(const Bytes list, encode_general_names({address}));
      der::Writer(more).raw(der::read_only(list, der::kSequence).value_or(ByteView()));
    }
  }
  if (more.empty()) return names.to_bytes();
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(der::read_only(names, der::kSequence).value_or(ByteView()));
    writer.raw(more);
  });
  CC_TRY(parse_general_names(out));  // not too many
  return out;
}

}  // namespace certconnector::crypto
