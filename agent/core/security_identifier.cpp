#include "agent/core/security_identifier.h"

#include <array>

#include "common/crypto/der.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::core {
namespace {

// 1.3.6.1.4.1.311.25.2.1 as a DER OBJECT IDENTIFIER.
constexpr std::array<std::uint8_t, 12> kSidOid{0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04,
                                               0x01, 0x82, 0x37, 0x19, 0x02, 0x01};

// OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT }, with its implicit tag [0].
std::optional<std::string> sid_of_other_name(const Bytes& other_name) {
  namespace der = crypto::der;
  const auto contents = der::read_only(other_name, der::context(0));
  der::Reader reader(contents.value_or(ByteView()));
  const auto type = reader.read_any();
  if (!type || type->whole != ByteView(kSidOid.data(), kSidOid.size())) return std::nullopt;
  auto value = reader.enter(der::context(0));
  const auto text = value ? value->read_any() : std::nullopt;
  const bool plain = text && value->at_end() && reader.at_end() &&
                     (text->tag == der::kOctetString || text->tag == der::kUtf8String);
  return plain ? std::string(as_text(text->value)) : std::string("unreadable");
}

Bytes tagged(std::uint8_t tag, const Bytes& content) {
  Bytes out{tag};
  if (content.size() >= 0x80) {
    if (content.size() > 0xFF) {
      out.push_back(0x82);
      out.push_back(static_cast<std::uint8_t>(content.size() >> 8U));
    } else {
      out.push_back(0x81);
    }
  }
  out.push_back(static_cast<std::uint8_t>(content.size() & 0xFFU));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

}  // namespace

bool is_security_identifier(std::string_view text) {
  constexpr std::string_view kRevision = "S-1-";
  constexpr std::size_t kMaxLength = 184;
  constexpr std::size_t kMaxNumbers = 15;
  if (text.size() > kMaxLength || text.substr(0, kRevision.size()) != kRevision) return false;
  std::size_t numbers = 1;
  bool digit_before = false;
  for (const char c : text.substr(kRevision.size())) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c != '-' || !digit_before)) return false;
    if (!digit) ++numbers;
    digit_before = digit;
  }
  return digit_before && numbers >= 2 && numbers <= kMaxNumbers;
}

Bytes encode_security_identifier(std::string_view sid) {
  const Bytes octets = tagged(0x04, Bytes(sid.begin(), sid.end()));
  const Bytes value = tagged(0xA0, octets);
  Bytes other_name(kSidOid.begin(), kSidOid.end());
  other_name.insert(other_name.end(), value.begin(), value.end());
  return tagged(0x30, tagged(0xA0, other_name));
}

std::optional<std::string> parse_security_identifier(ByteView extension_value) {
  // Only one encoding is possible for each SID, so the candidate is read from the end and encoded
  // again.
  const std::string_view text = as_text(extension_value);
  const std::size_t start = text.find("S-1-");
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view sid = text.substr(start);
  if (sid.size() > 184 || sid.find_first_not_of("S-0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  if (encode_security_identifier(sid) != extension_value.to_bytes()) return std::nullopt;
  return std::string(sid);
}

std::optional<std::string_view> sid_of_uri(std::string_view uri) {
  // Readers of the certificate may ignore case, so this ignores it too.
  if (!text::equal_ignoring_case(uri.substr(0, kSidUriPrefix.size()), kSidUriPrefix)) {
    return std::nullopt;
  }
  return uri.substr(kSidUriPrefix.size());
}

std::optional<std::string> sid_of_name(const crypto::GeneralName& name) {
  if (name.kind == crypto::GeneralNameKind::uri) {
    const auto sid = sid_of_uri(name.value);
    return sid ? std::make_optional(std::string(*sid)) : std::nullopt;
  }
  if (name.kind != crypto::GeneralNameKind::other) return std::nullopt;
  const auto other_name = text::from_hex(name.value);
  return other_name ? sid_of_other_name(*other_name) : std::nullopt;
}

}  // namespace certconnector::core
