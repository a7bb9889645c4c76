#include "agent/store/sqlite/certificate_codec.h"

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/record_bytes.h"

namespace certconnector::store {
namespace {

constexpr std::uint8_t kCertificateVersion = 1;
constexpr std::size_t kMaxTemplateName = 1024;
constexpr std::size_t kMaxSerialOctets = 64;
constexpr std::size_t kMaxDer = std::size_t{256} * 1024;
constexpr std::size_t kHead = sizeof(std::int64_t);

std::int64_t word_of(ByteView octets) {
  std::uint64_t word = 0;
  for (const std::uint8_t octet : octets) word = word << 8U | octet;
  return static_cast<std::int64_t>(word);
}

}  // namespace

std::int64_t head_of(ByteView value) {
  return word_of(value.subview(0, std::min(value.size(), kHead)));
}

std::int64_t tail_of(ByteView value) {
  const std::size_t used = std::min(value.size(), kHead);
  return word_of(value.subview(value.size() - used, used));
}

std::optional<Bytes> encode_certificate(const core::CertificateEntry& entry) {
  const core::IssuedCertificate& certificate = entry.certificate;
  if (certificate.certificate.size() > kMaxDer || certificate.serial.size() > kMaxSerialOctets ||
      entry.template_name.size() > kMaxTemplateName) {
    return std::nullopt;
  }
  RecordWriter out(kCertificateVersion);
  out.reserve(certificate.certificate.size() + 96);
  out.bytes({entry.key.data(), entry.key.size()});
  out.text(entry.template_name);
  out.bytes(certificate.serial);
  out.signed_number(to_millis(certificate.not_before));
  out.signed_number(to_millis(certificate.not_after));
  out.bytes(certificate.certificate);
  return std::move(out).seal();
}

std::optional<core::CertificateEntry> decode_certificate(ByteView record) {
  RecordReader in(record, kCertificateVersion);
  core::CertificateEntry entry;
  const ByteView key = in.bytes(entry.key.size());
  entry.template_name = in.text(kMaxTemplateName);
  entry.certificate.serial = in.bytes(kMaxSerialOctets).to_bytes();
  entry.certificate.not_before = from_millis(in.signed_number());
  entry.certificate.not_after = from_millis(in.signed_number());
  entry.certificate.certificate = in.bytes(kMaxDer).to_bytes();
  if (!in.finished() || key.size() != entry.key.size()) return std::nullopt;
  std::copy(key.begin(), key.end(), entry.key.begin());
  return entry;
}

Bytes encode_revocation(const core::RevokedSerial& revoked) {
  RecordWriter out(kCertificateVersion);
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
  RecordReader in(record, kCertificateVersion);
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
