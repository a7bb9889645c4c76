#include "common/crypto/pkcs10_challenge.h"

#include <algorithm>
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

std::vector<ByteView> challenges_in(ByteView pkcs10) {
  std::vector<ByteView> found;
  der::Reader attributes = attributes_of(pkcs10);
  while (auto attribute = attributes.enter(der::kSequence)) {
    const auto oid = attribute->read_oid();
    auto values = oid ? attribute->enter(der::kSet) : std::nullopt;
    if (!values || der::oid_to_text(*oid) != kChallenge) continue;
    while (const auto value = values->read_any()) found.push_back(value->value);
  }
  return found;
}

}  // namespace

bool blank_challenge(Bytes& pkcs10) {
  const std::vector<ByteView> found = challenges_in(pkcs10);
  for (const ByteView value : found) {
    const auto from = pkcs10.begin() + (value.data() - pkcs10.data());
    std::fill_n(from, value.size(), static_cast<std::uint8_t>('x'));
  }
  return !found.empty();
}

}  // namespace certconnector::crypto
