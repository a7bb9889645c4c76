#include "common/crypto/crl.h"

#include <string>
#include <string_view>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/public_key.h"
#include "common/crypto/signature_algorithm.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kCrlNumber = "2.5.29.20";
constexpr std::string_view kReasonCode = "2.5.29.21";
constexpr std::string_view kInvalidityDate = "2.5.29.24";
constexpr std::string_view kDeltaIndicator = "2.5.29.27";
constexpr std::string_view kIssuingPoint = "2.5.29.28";
constexpr std::string_view kCertificateIssuer = "2.5.29.29";
constexpr std::string_view kAuthorityKeyId = "2.5.29.35";

Error malformed_crl(std::string_view what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the CRL " + std::string(what)};
}

Error unsupported_crl(const std::string& what) {
  return {CryptoErrc::unsupported, ErrorKind::permanent, "the CRL " + what};
}

struct CrlExtension {
  std::string id;
  bool critical = false;
  ByteView value;  // inside its OCTET STRING
};

Result<CrlExtension> next_extension(der::Reader& list) {
  auto parts = list.enter(der::kSequence);
  const auto oid = parts ? parts->read_oid() : std::nullopt;
  if (!oid) return malformed_crl("has an extension that cannot be read");
  CrlExtension extension;
  extension.id = der::oid_to_text(*oid).value_or("");
  if (parts->next_is(der::kBoolean)) {
    const auto critical = parts->read_boolean();
    if (!critical) return malformed_crl("has an extension that cannot be read");
    extension.critical = *critical;
  }
  const auto value = parts->read(der::kOctetString);
  if (!value || !parts->at_end()) return malformed_crl("has an extension that cannot be read");
  extension.value = *value;
  return extension;
}

Error malformed_scope() { return malformed_crl("has a distribution point that cannot be read"); }

Status read_scope_field(const der::Element& field, CrlScope& scope) {
  constexpr unsigned kPoint = 0;
  constexpr unsigned kUsersOnly = 1;
  constexpr unsigned kCasOnly = 2;
  constexpr unsigned kSomeReasons = 3;
  constexpr unsigned kIndirect = 4;
  constexpr unsigned kAttributesOnly = 5;
  if (field.tag == der::context(kPoint)) {
    return read_point_name(field.value, scope.point).ok() ? Status() : Status(malformed_scope());
  }
  const unsigned number = field.tag & 0x1FU;
  if (field.tag != der::context_primitive(number) || number > kAttributesOnly) {
    return malformed_scope();
  }
  if (number == kSomeReasons) {
    return unsupported_crl("is for some reasons alone; give the one for all reasons");
  }
  const bool on = field.value.size() == 1 && field.value[0] != 0;
  if (number == kIndirect && on) {
    return unsupported_crl("is an indirect one, with entries of other CAs; give the CA's own");
  }
  if (number == kUsersOnly) scope.users_only = on;
  if (number == kCasOnly) scope.cas_only = on;
  if (number == kAttributesOnly) scope.attributes_only = on;
  return {};
}

// A CRL revokes only its entries, whatever its scope.
Result<CrlScope> read_scope(ByteView value) {
  const auto contents = der::read_only(value, der::kSequence);
  if (!contents) return malformed_scope();
  CrlScope scope;
  scope.value = value;
  der::Reader fields(*contents);
  while (!fields.at_end()) {
    const auto field = fields.read_any();
    if (!field) return malformed_scope();
    CC_TRY(read_scope_field(*field, scope));
  }
  return scope;
}

Result<ByteView> read_crl_number(ByteView value) {
  der::Reader reader(value);
  const auto number = reader.read_unsigned();
  if (!number || !reader.at_end()) return malformed_crl("has a number that cannot be read");
  return *number;
}

Status read_crl_extension(const CrlExtension& extension, Crl& crl) {
  if (extension.id == kDeltaIndicator) {
    CC_TRY_ASSIGN(crl.base_number, read_crl_number(extension.value));
    return {};
  }
  if (extension.id == kIssuingPoint) {
    CC_TRY_ASSIGN(crl.scope, read_scope(extension.value));
    return {};
  }
  if (extension.id == kCrlNumber) {
    CC_TRY_ASSIGN(crl.number, read_crl_number(extension.value));
    return {};
  }
  if (extension.id == oid::kFreshestCrl) {
    crl.freshest = extension.value;
    return {};
  }
  if (!extension.critical || extension.id == kAuthorityKeyId) return {};
  return unsupported_crl("has the critical extension " + extension.id +
                         ", which the agent does not know");
}

Status read_entry_extension(const CrlExtension& extension, CrlEntry& entry) {
  der::Reader value(extension.value);
  if (extension.id == kReasonCode) {
    const auto reason = value.read_small_unsigned(der::kEnumerated);
    if (!reason || !value.at_end()) return malformed_crl("has a reason that cannot be read");
    entry.reason = *reason;
    return {};
  }
  if (extension.id == kInvalidityDate) {
    entry.invalidity_date = value.read_time();
    if (!entry.invalidity_date) return malformed_crl("has an invalidity date that cannot be read");
    return {};
  }
  if (extension.id == kCertificateIssuer) {
    return unsupported_crl("has entries of other CAs; give the CA's own");
  }
  if (!extension.critical) return {};
  return unsupported_crl("has entries with the critical extension " + extension.id +
                         ", which the agent does not know");
}

Result<CrlEntry> read_entry(der::Reader& list) {
  auto parts = list.enter(der::kSequence);
  const auto serial = parts ? parts->read_integer() : std::nullopt;
  const auto at = serial ? parts->read_time() : std::nullopt;
  if (!at) return malformed_crl("has an entry that cannot be read");
  CrlEntry entry;
  entry.at = *at;
  constexpr unsigned kSign = 0x80;
  const bool negative = ((*serial)[0] & kSign) != 0;
  const bool padded = (*serial)[0] == 0;
  const ByteView magnitude = padded ? serial->subview(1, serial->size() - 1) : *serial;
  if (!negative) entry.serial = magnitude;
  if (parts->at_end()) return entry;
  auto extensions = parts->enter(der::kSequence);
  if (!extensions || !parts->at_end()) return malformed_crl("has an entry that cannot be read");
  while (!extensions->at_end()) {
    CC_TRY_ASSIGN(const CrlExtension extension, next_extension(*extensions));
    CC_TRY(read_entry_extension(extension, entry));
  }
  return entry;
}

Status read_extensions(der::Reader& list, Crl& crl) {
  constexpr unsigned kTag = 0;  // [0] EXPLICIT
  if (list.at_end()) return {};
  auto tagged = list.enter(der::context(kTag));
  auto extensions = tagged ? tagged->enter(der::kSequence) : std::nullopt;
  if (!extensions || !tagged->at_end() || !list.at_end()) {
    return malformed_crl("has extensions that cannot be read");
  }
  while (!extensions->at_end()) {
    CC_TRY_ASSIGN(const CrlExtension extension, next_extension(*extensions));
    CC_TRY(read_crl_extension(extension, crl));
  }
  return {};
}

// TBSCertList. Version 1 has no version field.
Status read_list(der::Reader list, Crl& crl) {
  constexpr std::uint64_t kV2 = 1;
  if (list.next_is(der::kInteger) && list.read_small_unsigned() != kV2) {
    return malformed_crl("is of an unknown version");
  }
  const auto algorithm = list.read(der::kSequence);
  const auto issuer = list.read_element(der::kSequence);
  const auto this_update = list.read_time();
  if (!algorithm || !issuer || !this_update) return malformed_crl("cannot be read");
  if (*algorithm != crl.signature_algorithm) return malformed_crl("names two algorithms");
  crl.issuer = issuer->whole;
  crl.this_update = *this_update;
  if (list.next_is(der::kUtcTime) || list.next_is(der::kGeneralizedTime)) {
    crl.next_update = list.read_time();
    if (!crl.next_update) return malformed_crl("has an end that cannot be read");
  }
  if (list.next_is(der::kSequence)) {
    const auto entries = list.read(der::kSequence);
    if (!entries) return malformed_crl("is cut off");
    crl.entries = *entries;
  }
  return read_extensions(list, crl);
}

}  // namespace

Result<Crl> parse_crl(ByteView der_octets, CrlKind kind) {
  const auto contents = der::read_only(der_octets, der::kSequence);
  if (!contents) return malformed_crl("is not DER, or is cut off");
  der::Reader parts(*contents);
  const auto list = parts.read_element(der::kSequence);
  const auto algorithm = list ? parts.read(der::kSequence) : std::nullopt;
  const auto signature = algorithm ? parts.read_bit_string() : std::nullopt;
  if (!signature || !parts.at_end()) return malformed_crl("cannot be read");
  Crl crl;
  crl.tbs = list->whole;
  crl.signature_algorithm = *algorithm;
  crl.signature = *signature;
  CC_TRY(read_list(der::Reader(list->value), crl));
  if (kind == CrlKind::full && crl.base_number) {
    return unsupported_crl("is a delta CRL, which shows changes alone; give the full one");
  }
  if (kind == CrlKind::delta && !crl.base_number) {
    return unsupported_crl("is a full one where a delta CRL is expected");
  }
  return crl;
}

Status verify_crl(const Crl& crl, const Certificate& ca) {
  if (crl.issuer != ByteView(ca.subject())) {
    const auto name = parse_name(crl.issuer);
    return Error(CryptoErrc::mismatch, ErrorKind::permanent,
                 "the CRL is of another issuer" +
                     (name.ok() ? ", " + to_rfc4514(*name) : std::string()) + ", not of " +
                     ca.subject_text());
  }
  CC_TRY_ASSIGN(const auto algorithm,
                parse_signature_algorithm(crl.signature_algorithm, WeakHashes::sha1));
  CC_TRY_ASSIGN(const auto key, PublicKey::from_info(ca.public_key_info()));
  if (key.verify(algorithm, crl.tbs, crl.signature).ok()) return {};
  return Error(CryptoErrc::bad_signature, ErrorKind::permanent,
               "the signature of the CRL is not of the key of " + ca.subject_text());
}

Status for_each_entry(const Crl& crl, const std::function<Status(const CrlEntry&)>& visit) {
  der::Reader list(crl.entries);
  while (!list.at_end()) {
    CC_TRY_ASSIGN(const CrlEntry entry, read_entry(list));
    CC_TRY(visit(entry));
  }
  return {};
}

}  // namespace certconnector::crypto
