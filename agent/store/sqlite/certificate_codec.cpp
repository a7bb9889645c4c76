#include "agent/store/sqlite/certificate_codec.h"

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/record_bytes.h"
#include "common/crypto/digest.h"
#include "common/text/clip.h"

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

}  // namespace

std::int64_t head_of(ByteView value) {
  return word_of(value.subview(0, std::min(value.size(), kHead)));
}

std::optional<std::int64_t> head_of_transaction(const std::string& id) {
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
  out.bytes(certificate.serial);
  out.signed_number(to_millis(certificate.not_before));
  out.signed_number(to_millis(certificate.not_after));
  out.bytes(certificate.certificate);
  out.number(static_cast<std::uint64_t>(holder.source));
  for (const std::string* text :
       {&holder.instance, &holder.job, &holder.transaction_id, &holder.challenge}) {
    out.text(clip(*text, kMaxText));
  }
  return std::move(out).seal();
}

std::optional<core::CertificateEntry> decode_certificate(ByteView record) {
  const bool first = !record.empty() && record[0] == kFirstVersion;
  RecordReader in(record, first ? kFirstVersion : kCertificateVersion);
  core::CertificateEntry entry;
  const ByteView key = in.bytes(entry.key.size());
  entry.template_name = in.text(kMaxTemplateName);
  entry.certificate.serial = in.bytes(kMaxSerialOctets).to_bytes();
  entry.certificate.not_before = from_millis(in.signed_number());
  entry.certificate.not_after = from_millis(in.signed_number());
  entry.certificate.certificate = in.bytes(kMaxDer).to_bytes();
  if (!first) {
    entry.holder.source = static_cast<core::JobSource>(
        in.number_up_to(static_cast<std::uint64_t>(core::JobSource::scep)));
    for (std::string* text : {&entry.holder.instance, &entry.holder.job,
                              &entry.holder.transaction_id, &entry.holder.challenge}) {
      *text = in.text(kMaxText);
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
