#include "common/crypto/general_name.h"

#include <algorithm>
#include <array>

#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/net/address/ip_address.h"
#include "common/text/hex.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxNames = 100;

constexpr GeneralNameKind kWrittenKinds[] = {GeneralNameKind::dns, GeneralNameKind::email,
                                             GeneralNameKind::uri, GeneralNameKind::ip,
                                             GeneralNameKind::upn, GeneralNameKind::directory};

// The choices of GeneralName, RFC 5280 section 4.2.1.6.
constexpr std::uint8_t kOtherName = der::context(0);
constexpr std::uint8_t kRfc822Name = der::context_primitive(1);
constexpr std::uint8_t kDnsName = der::context_primitive(2);
constexpr std::uint8_t kDirectoryName = der::context(4);
constexpr std::uint8_t kUri = der::context_primitive(6);
constexpr std::uint8_t kIpAddress = der::context_primitive(7);

// 1.3.6.1.4.1.311.20.2.3, Microsoft's user principal name.
constexpr std::array<std::uint8_t, 10> kUpnOid{0x2B, 0x06, 0x01, 0x04, 0x01,
                                               0x82, 0x37, 0x14, 0x02, 0x03};
constexpr ByteView kUpn(kUpnOid.data(), kUpnOid.size());

Error malformed_alternative_name(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent,
          "a subject alternative name " + std::move(what)};
}

// For a message: a control character or an octet beyond ASCII is a dot.
std::string printable(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string shown(text.substr(0, kShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '.');
  return shown + (text.size() > kShown ? "..." : "");
}

Result<GeneralName> parse_ia5(GeneralNameKind kind, ByteView value) {
  const std::string_view text = as_text(value);
  // Products of device management put blanks into URIs: issuable_name.h decides about them.
  const char first = kind == GeneralNameKind::uri ? ' ' : '!';
  const bool graphic =
      std::all_of(text.begin(), text.end(), [=](char c) { return c >= first && c <= '~'; });
  if (text.empty() || !graphic) {
    return malformed_alternative_name(
        "of kind " + std::string(to_string(kind)) +
        (text.empty()
             ? " is empty"
             : ", \"" + printable(text) + "\", holds a character that is not graphic ASCII"));
  }
  return GeneralName{kind, std::string(text)};
}

Result<GeneralName> parse_other_name(const der::Element& element) {
  der::Reader reader(element.value);
  const auto type = reader.read_oid();
  const auto explicit_value = reader.read(der::context(0));
  if (!type || !explicit_value || !reader.at_end())
    return malformed_alternative_name("is a malformed otherName");
  if (*type != kUpn) return GeneralName{GeneralNameKind::other, text::to_hex(element.whole)};
  der::Reader inner(*explicit_value);
  const auto value = inner.read_any();
  auto text = value && inner.at_end() ? decode_string(value->tag, value->value) : std::nullopt;
  if (!text || text->empty())
    return malformed_alternative_name("is a user principal name that is not text");
  return GeneralName{GeneralNameKind::upn, std::move(*text)};
}

Result<GeneralName> parse_general_name(const der::Element& element) {
  switch (element.tag) {
    case kRfc822Name:
      return parse_ia5(GeneralNameKind::email, element.value);
    case kDnsName:
      return parse_ia5(GeneralNameKind::dns, element.value);
    case kUri:
      return parse_ia5(GeneralNameKind::uri, element.value);
    case kIpAddress: {
      auto text = net::ip_to_text(element.value);
      if (!text) {
        constexpr std::size_t kShown = 32;
        return malformed_alternative_name(
            "is an IP address of neither 4 nor 16 octets: it has " +
            std::to_string(element.value.size()) + ", " +
            text::to_hex(element.value.subview(0, std::min(element.value.size(), kShown))));
      }
      return GeneralName{GeneralNameKind::ip, std::move(*text)};
    }
    case kDirectoryName: {
      CC_TRY_ASSIGN(const DistinguishedName name, parse_name(element.value));
      return GeneralName{GeneralNameKind::directory, to_rfc4514(name)};
    }
    case kOtherName:
      return parse_other_name(element);
    case der::context(3):            // x400Address
    case der::context(5):            // ediPartyName
    case der::context_primitive(8):  // registeredID
      return GeneralName{GeneralNameKind::other, text::to_hex(element.whole)};
    default:
      return malformed_alternative_name("has a tag that GeneralName does not have");
  }
}

Status append_general_name(const GeneralName& name, der::Writer& writer) {
  switch (name.kind) {
    case GeneralNameKind::dns:
      writer.element(kDnsName, name.value);
      return {};
    case GeneralNameKind::email:
      writer.element(kRfc822Name, name.value);
      return {};
    case GeneralNameKind::uri:
      writer.element(kUri, name.value);
      return {};
    case GeneralNameKind::ip: {
      const auto octets = net::ip_from_text(name.value);
      if (!octets) return malformed_alternative_name("of kind ip is not an IPv4 or IPv6 address");
      writer.element(kIpAddress, *octets);
      return {};
    }
    case GeneralNameKind::upn:
      writer.nest(kOtherName, [&] {
        writer.oid(kUpn);
        writer.nest(der::context(0), [&] { writer.element(der::kUtf8String, name.value); });
      });
      return {};
    case GeneralNameKind::directory: {
      CC_TRY_ASSIGN(const DistinguishedName directory, parse_rfc4514(name.value));
      writer.element(kDirectoryName, encode_name(directory));
      return {};
    }
    case GeneralNameKind::other:
      break;
  }
  return Error(CryptoErrc::unsupported, ErrorKind::permanent,
               "a subject alternative name of kind other cannot be encoded");
}

}  // namespace

std::string_view to_string(GeneralNameKind kind) {
  switch (kind) {
    case GeneralNameKind::dns:
      return "dns";
    case GeneralNameKind::email:
      return "email";
    case GeneralNameKind::uri:
      return "uri";
    case GeneralNameKind::ip:
      return "ip";
    case GeneralNameKind::upn:
      return "upn";
    case GeneralNameKind::directory:
      return "directory";
    case GeneralNameKind::other:
      return "other";
  }
  return "other";
}

Result<std::vector<GeneralName>> parse_general_names(ByteView der) {
  const auto contents = der::read_only(der, der::kSequence);
  if (!contents || contents->empty()) {
    return malformed_alternative_name("list is not a DER SEQUENCE with at least one name");
  }
  std::vector<GeneralName> names;
  der::Reader reader(*contents);
  while (!reader.at_end()) {
    if (names.size() == kMaxNames)
      return malformed_alternative_name("list has more than 100 names");
    const auto element = reader.read_any();
    if (!element) return malformed_alternative_name("is not DER");
    CC_TRY_ASSIGN(GeneralName name, parse_general_name(*element));
    names.push_back(std::move(name));
  }
  return names;
}

Result<Bytes> encode_general_names(const std::vector<GeneralName>& names) {
  Bytes out;
  der::Writer writer(out);
  Status status;
  writer.nest(der::kSequence, [&] {
    for (const GeneralName& name : names) {
      if (status.ok()) status = append_general_name(name, writer);
    }
  });
  if (!status.ok()) return status.error();
  // Writes only names that it would read.
  CC_TRY(parse_general_names(out));
  return out;
}

Result<GeneralName> canonical(const GeneralName& name) {
  if (name.kind == GeneralNameKind::other) return name;
  CC_TRY_ASSIGN(const Bytes der, encode_general_names({name}));
  CC_TRY_ASSIGN(std::vector<GeneralName> names, parse_general_names(der));
  return std::move(names.front());
}

std::string to_text(const GeneralName& name) {
  return std::string(to_string(name.kind)) + ":" + name.value;
}

Result<GeneralName> general_name_from_text(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  for (const GeneralNameKind kind : kWrittenKinds) {
    if (to_string(kind) != text.substr(0, colon)) continue;
    return canonical({kind, std::string(text.substr(std::min(colon + 1, text.size())))});
  }
  return malformed_alternative_name(
      "has to begin with dns:, email:, uri:, ip:, upn: or directory:");
}

}  // namespace certconnector::crypto
