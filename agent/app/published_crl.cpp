#include "agent/app/published_crl.h"

#include "common/crypto/der.h"
#include "common/crypto/public_key.h"
#include "common/crypto/signature_algorithm.h"

namespace certconnector::app {
namespace {

namespace der = crypto::der;

constexpr unsigned kExtensions = 0;  // [0] EXPLICIT
constexpr const char* kCrlNumber = "2.5.29.20";
constexpr const char* kReasonCode = "2.5.29.21";
constexpr const char* kInvalidityDate = "2.5.29.24";

// Each extension's id and value.
template <typename Visit>
bool for_each_extension(der::Reader list, const Visit& visit) {
  while (!list.at_end()) {
    auto extension = list.enter(der::kSequence);
    const auto oid = extension ? extension->read_oid() : std::nullopt;
    if (!oid) return false;
    if (extension->next_is(der::kBoolean) && !extension->read_boolean()) return false;
    const auto value = extension->read(der::kOctetString);
    if (!value || !visit(der::oid_to_text(*oid).value_or(""), der::Reader(*value))) return false;
  }
  return true;
}

bool read_entry_extension(const std::string& id, der::Reader value,
                          core::RevocationRecord& revocation) {
  if (id == kReasonCode) {
    const auto reason = value.read_small_unsigned(der::kEnumerated);
    if (!reason || *reason > 10 || *reason == 7) return false;
    revocation.reason = static_cast<core::RevocationReason>(*reason);
  }
  if (id == kInvalidityDate) {
    revocation.invalidity_date = value.read_time();
    return revocation.invalidity_date.has_value();
  }
  return true;
}

std::optional<core::RevokedSerial> read_entry(der::Reader entry) {
  const auto serial = entry.read_unsigned();
  const auto at = entry.read_time();
  if (!serial || !at) return std::nullopt;
  core::RevokedSerial revoked{serial->to_bytes(), {*at, {}, {}}};
  if (entry.at_end()) return revoked;
  const auto extensions = entry.enter(der::kSequence);
  const bool read = extensions && for_each_extension(*extensions, [&](const auto& id, auto value) {
                      return read_entry_extension(id, value, revoked.revocation);
                    });
  return read ? std::make_optional(std::move(revoked)) : std::nullopt;
}

bool read_entries(der::Reader list, store::PublishedCrl& crl) {
  while (!list.at_end()) {
    const auto entry = list.enter(der::kSequence);
    auto revoked = entry ? read_entry(*entry) : std::nullopt;
    if (!revoked) return false;
    crl.revoked.push_back(std::move(*revoked));
  }
  return true;
}

// TBSCertList of version 2.
std::optional<store::PublishedCrl> read_list(ByteView whole, const Bytes& issuer) {
  store::PublishedCrl crl;
  const auto contents = der::read_only(whole, der::kSequence);
  if (!contents) return std::nullopt;
  der::Reader list(*contents);
  if (list.read_small_unsigned() != 1U || !list.read(der::kSequence)) return std::nullopt;
  const auto name = list.read_element(der::kSequence);
  if (!name || name->whole != ByteView(issuer) || !list.read_time()) return std::nullopt;
  if (!list.next_is(der::kSequence) && !list.next_is(der::context(kExtensions)) &&
      !list.read_time()) {
    return std::nullopt;
  }
  if (list.next_is(der::kSequence)) {
    const auto entries = list.enter(der::kSequence);
    if (!entries || !read_entries(*entries, crl)) return std::nullopt;
  }
  auto tagged = list.enter(der::context(kExtensions));
  const auto extensions = tagged ? tagged->enter(der::kSequence) : std::nullopt;
  const bool read = extensions && for_each_extension(*extensions, [&](const auto& id, auto value) {
                      if (id == kCrlNumber) crl.number = value.read_small_unsigned().value_or(0);
                      return true;
                    });
  return read ? std::make_optional(std::move(crl)) : std::nullopt;
}

}  // namespace

std::optional<store::PublishedCrl> read_published_crl(ByteView der_octets,
                                                      const crypto::Certificate& ca) {
  const auto contents = der::read_only(der_octets, der::kSequence);
  if (!contents) return std::nullopt;
  der::Reader parts(*contents);
  const auto list = parts.read_element(der::kSequence);
  const auto algorithm = parts.read(der::kSequence);
  const auto signature = parts.read_bit_string();
  if (!list || !algorithm || !signature) return std::nullopt;
  const auto scheme = crypto::parse_signature_algorithm(*algorithm);
  const auto key = crypto::PublicKey::from_info(ca.public_key_info());
  const bool signed_by_it =
      scheme.ok() && key.ok() && key->verify(*scheme, list->whole, *signature).ok();
  return signed_by_it ? read_list(list->whole, ca.subject()) : std::nullopt;
}

}  // namespace certconnector::app
