#include "common/crypto/pkcs10_challenge.h"

#include <vector>

#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kChallenge = "1.2.840.113549.1.9.7";

// The attributes of a CertificationRequestInfo, RFC 2986 section 4.1; empty: there are none.
der::Reader attributes_of(ByteView pkcs10) {
  const der::Reader none{ByteView()};
  const auto request = der::read_only(pkcs10, der::kSequence);
  auto info = request ? der::Reader(*request).enter(der::kSequence) : std::nullopt;
  const bool has_fields = info && info->read_any() && info->read_any() && info->read_any();
  const auto attributes = has_fields ? info->enter(der::context(0)) : std::nullopt;
  return attributes.value_or(none);
}

std::vector<der::Element> challenges_in(ByteView pkcs10) {
  std::vector<der::Element> found;
  der::Reader attributes = attributes_of(pkcs10);
  while (auto attribute = attributes.enter(der::kSequence)) {
    const auto oid = attribute->read_oid();
    auto values = oid ? attribute->enter(der::kSet) : std::nullopt;
    if (!values || der::oid_to_text(*oid) != kChallenge) continue;
    while (const auto value = values->read_any()) found.push_back(*value);
  }
  return found;
}

// The octets of "x" in a string of this type, or of "0" where no letter is allowed.
std::uint8_t blank_at(std::uint8_t tag, std::size_t index) {
  constexpr std::size_t kUniversalSize = 4;
  if (tag == der::kNumericString) return '0';
  if (tag == der::kUniversalString && index % kUniversalSize != kUniversalSize - 1) return 0;
  return 'x';
}

}  // namespace

bool blank_challenge(Bytes& pkcs10) {
  const std::vector<der::Element> found = challenges_in(pkcs10);
  for (const der::Element& value : found) {
    auto octet = pkcs10.begin() + (value.value.data() - pkcs10.data());
    for (std::size_t i = 0; i < value.value.size(); ++i) *octet++ = blank_at(value.tag, i);
  }
  return !found.empty();
}

}  // namespace certconnector::crypto
