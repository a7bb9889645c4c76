#include "agent/ca/local/extension.h"

#include <algorithm>

#include "common/crypto/digest.h"

namespace certconnector::ca {

namespace der = crypto::der;

std::array<std::uint8_t, 20> key_identifier(ByteView public_key_bits) {
  const crypto::Sha256 digest = crypto::sha256(public_key_bits);
  std::array<std::uint8_t, 20> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::array<std::uint8_t, 20> key_identifier_of(ByteView public_key_info) {
  der::Reader reader(public_key_info);
  auto info = reader.enter(der::kSequence);
  if (info && info->read_element(der::kSequence)) {
    if (const auto bits = info->read_bit_string()) return key_identifier(*bits);
  }
  return key_identifier(public_key_info);
}

void append_authority_key_id(Bytes& out, ByteView key_id) {
  append_extension(out, crypto::view(extension_id::kAuthorityKeyIdentifier), false,
                   [&](der::Writer& w) {
                     w.nest(der::kSequence, [&] { w.element(der::context_primitive(0), key_id); });
                   });
}

void append_subject_key_id(Bytes& out, ByteView key_id) {
  append_extension(out, crypto::view(extension_id::kSubjectKeyIdentifier), false,
                   [&](der::Writer& w) { w.octet_string(key_id); });
}

void append_key_usage(Bytes& out, std::uint16_t mask) {
  append_extension(out, crypto::view(extension_id::kKeyUsage), true,
                   [&](der::Writer& w) { w.bit_flags(mask); });
}

}  // namespace certconnector::ca
