#include "agent/store/sqlite/certificate_codec.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "agent/store/sqlite/record_bytes.h"
#include "common/crypto/der.h"
#include "common/crypto/digest.h"
#include "common/text/clip.h"
#include "common/text/hex.h"

namespace certconnector::store {
namespace {

// Records of version 1, of release 0.1.0, have no holder.
constexpr std::uint8_t kFirstVersion = 1;
constexpr std::uint8_t kCertificateVersion = 2;
constexpr std::uint8_t kRevocationVersion = 1;
constexpr std::size_t kMaxText = 1024;
constexpr std::size_t kMaxTemplateName = 1024;
constexpr std::size_t kMaxSerialOctets = 64;
constexpr std::size_t kMaxDer = std::size_t{256} * 1024;
constexpr std::size_t kHead = sizeof(std::int64_t);

std::int64_t word_of(ByteView octets) {
  std::uint64_t word = 0;
  for (const std::uint8_t octet : octets) word = word << 8U | octet;
  return static_cast<std::int64_t>(word);
}

// How a text is written: ids are mostly hexadecimal, and take half the room as octets.
enum class TextForm : std::uint8_t { plain = 0, lower_hex = 1, upper_hex = 2, uuid = 3 };

constexpr std::size_t kUuid = 36;
constexpr std::array<std::size_t, 4> kDashes{8, 13, 18, 23};

std::string without_dashes(const std::string& text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::find(kDashes.begin(), kDashes.end(), i) != kDashes.end();
    if (!dash) digits.push_back(text[i]);
    if (dash && text[i] != '-') return {};
  }
  return digits;
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string text_of(TextForm form, ByteView octets) {
  if (form == TextForm::plain) return std::string(as_text(octets));
  std::string text = text::to_hex(octets);
  if (form == TextForm::upper_hex) return upper_case(std::move(text));
  if (form != TextForm::uuid || text.size() + kDashes.size() != kUuid) return text;
  for (const std::size_t at : kDashes) text.insert(at, "-");
  return text;
}

void write_id(RecordWriter& out, const std::string& text) {
  const auto octets = text::from_hex(text.size() == kUuid ? without_dashes(text) : text);
  for (const TextForm form : {TextForm::uuid, TextForm::lower_hex, TextForm::upper_hex}) {
    if (!octets || octets->empty() || text_of(form, *octets) != text) continue;
    out.number(static_cast<std::uint64_t>(form));
    return out.bytes(*octets);
  }
  out.number(static_cast<std::uint64_t>(TextForm::plain));
  out.text(text);
}

std::string read_id(RecordReader& in, std::size_t max) {
  const auto form =
      static_cast<TextForm>(in.number_up_to(static_cast<std::uint64_t>(TextForm::uuid)));
  return text_of(form, in.bytes(max));
}

// Nothing: it is not DER of a certificate.
std::optional<ByteView> serial_in(ByteView certificate) {
  namespace der = crypto::der;
  der::Reader reader(certificate);
  auto outer = reader.enter(der::kSequence);
  auto fields = outer ? outer->enter(der::kSequence) : std::nullopt;
  if (!fields) return std::nullopt;
  constexpr std::uint8_t kVersion = 0xA0;
  if (fields->next_is(kVersion) && !fields->read(kVersion)) return std::nullopt;
  return fields->read_unsigned();
}

// The one in the certificate is not written again.
void write_serial(RecordWriter& out, const core::IssuedCertificate& issued) {
  const auto known = serial_in(issued.certificate);
  const bool differs = !known || *known != ByteView(issued.serial);
  out.flag(differs);
  if (differs) out.bytes(issued.serial);
}

// Nothing: none is in the certificate, though it should be.
std::optional<Bytes> read_serial(RecordReader& in, ByteView certificate) {
  if (in.flag()) return in.bytes(kMaxSerialOctets).to_bytes();
  const auto known = serial_in(certificate);
  return known && known->size() <= kMaxSerialOctets ? std::make_optional(known->to_bytes())
                                                    : std::nullopt;
}

}  // namespace

std::int64_t head_of(ByteView value) {
  return word_of(value.subview(0, std::min(value.size(), kHead)));
}

std::optional<std::int64_t> head_of_id(std::string_view id) {
  if (id.empty()) return std::nullopt;
  return head_of(crypto::view(crypto::sha256(as_bytes(id))));
}

std::optional<Bytes> encode_certificate(const core::CertificateEntry& entry) {
  const core::IssuedCertificate& certificate = entry.certificate;
  const core::CertificateHolder& holder = entry.holder;
  if (certificate.certificate.size() > kMaxDer || certificate.serial.size() > kMaxSerialOctets ||
      entry.template_name.size() > kMaxTemplateName) {
    return std::nullopt;
  }
  RecordWriter out(kCertificateVersion);
  out.reserve(certificate.certificate.size() + 256);
  out.bytes({entry.key.data(), entry.key.size()});
  out.text(entry.template_name);
  out.signed_number(to_millis(certificate.not_before));
  out.signed_number(to_millis(certificate.not_after));
  out.bytes(certificate.certificate);
  write_serial(out, certificate);
  out.number(static_cast<std::uint64_t>(holder.source));
  out.text(clip(holder.instance, kMaxText));
  for (const std::string* id : {&holder.job, &holder.transaction_id, &holder.challenge}) {
    write_id(out, std::string(clip(*id, kMaxText)));
  }
  return std::move(out).seal();
}

std::optional<core::CertificateEntry> decode_certificate(ByteView record) {
  const bool first = !record.empty() && record[0] == kFirstVersion;
  RecordReader in(record, first ? kFirstVersion : kCertificateVersion);
  core::CertificateEntry entry;
  const ByteView key = in.bytes(entry.key.size());
  entry.template_name = in.text(kMaxTemplateName);
  if (first) entry.certificate.serial = in.bytes(kMaxSerialOctets).to_bytes();
  entry.certificate.not_before = from_millis(in.signed_number());
  entry.certificate.not_after = from_millis(in.signed_number());
  entry.certificate.certificate = in.bytes(kMaxDer).to_bytes();
  if (!first) {
    auto serial = read_serial(in, entry.certificate.certificate);
    if (!serial) return std::nullopt;
    entry.certificate.serial = std::move(*serial);
    core::CertificateHolder& holder = entry.holder;
    holder.source = static_cast<core::JobSource>(
        in.number_up_to(static_cast<std::uint64_t>(core::JobSource::scep)));
    holder.instance = in.text(kMaxText);
    for (std::string* id : {&holder.job, &holder.transaction_id, &holder.challenge}) {
      *id = read_id(in, kMaxText);
    }
  }
  if (!in.finished() || key.size() != entry.key.size()) return std::nullopt;
  std::copy(key.begin(), key.end(), entry.key.begin());
  return entry;
}

Bytes encode_revocation(const core::RevokedSerial& revoked) {
  RecordWriter out(kRevocationVersion);
  out.bytes(revoked.serial);
  out.signed_number(to_millis(revoked.revocation.at));
  out.number(static_cast<std::uint64_t>(revoked.revocation.reason));
  out.flag(revoked.revocation.invalidity_date.has_value());
  if (revoked.revocation.invalidity_date) {
    out.signed_number(to_millis(*revoked.revocation.invalidity_date));
  }
  return std::move(out).seal();
}

std::optional<core::RevokedSerial> decode_revocation(ByteView record) {
  RecordReader in(record, kRevocationVersion);
  core::RevokedSerial revoked;
  revoked.serial = in.bytes(kMaxSerialOctets).to_bytes();
  revoked.revocation.at = from_millis(in.signed_number());
  const std::uint64_t reason = in.number_up_to(10);
  revoked.revocation.reason = static_cast<core::RevocationReason>(reason);
  if (in.flag()) revoked.revocation.invalidity_date = from_millis(in.signed_number());
  if (!in.finished() || reason == 7) return std::nullopt;
  return revoked;
}

}  // namespace certconnector::store
