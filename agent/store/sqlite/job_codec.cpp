#include "agent/store/sqlite/job_codec.h"

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/name_list.h"
#include "agent/store/sqlite/record_bytes.h"

namespace certconnector::store {
namespace {

constexpr std::uint8_t kVersion = 1;

constexpr std::size_t kMaxPkcs10 = std::size_t{64} * 1024;
constexpr std::size_t kMaxName = 1024;                       // template, SID, OID
constexpr std::size_t kMaxSubject = std::size_t{16} * 1024;  // RFC 4514 texts
constexpr std::size_t kMaxListed = 1000;                     // names or OIDs in a list
constexpr std::size_t kMaxSerial = 64;                       // also thumbprints
constexpr std::size_t kMaxCertificate = std::size_t{256} * 1024;
constexpr std::size_t kMaxWords = 4096;

// A bounded one has its UsageBound at its end. A renewal has it too, then the subject of the old
// certificate, and whether the request may have fewer names.
enum RequestKind : std::uint8_t {
  kIssue = 0,
  kRevoke = 1,
  kVerifiedIssue = 2,
  kBoundedIssue = 3,
  kVerifiedBoundedIssue = 4,
  kRenewal = 5,
  kVerifiedRenewal = 6
};
// kIssuedInFull, with its certificate, is of the queue.db of 0.1.0 alone.
enum OutcomeKind : std::uint8_t { kIssuedInFull = 0, kRevoked = 1, kFailed = 2, kIssued = 3 };

bool fits(const std::optional<std::string>& text, std::size_t max) {
  return !text || text->size() <= max;
}

bool fits(const std::optional<std::vector<std::string>>& oids) {
  if (!oids) return true;
  return oids->size() <= kMaxListed &&
         std::all_of(oids->begin(), oids->end(),
                     [](const std::string& oid) { return oid.size() <= kMaxName; });
}

bool fits(const core::ExpectedContent& expected) {
  if (!fits(expected.subject, kMaxSubject)) return false;
  if (expected.subject_alt_names && !names_fit(*expected.subject_alt_names)) return false;
  return fits(expected.extended_key_usage);
}

bool is_bounded(const core::UsageBound& bound) {
  return bound.key_usage.has_value() || bound.extended_key_usage.has_value();
}

bool is_renewal(const core::IssueRequest& request) {
  return !request.renewed_subject.empty() || request.expected.fewer_names;
}

RequestKind kind_of(const core::IssueRequest& request) {
  if (is_renewal(request)) return request.proof_verified ? kVerifiedRenewal : kRenewal;
  if (is_bounded(request.at_most)) {
    return request.proof_verified ? kVerifiedBoundedIssue : kBoundedIssue;
  }
  return request.proof_verified ? kVerifiedIssue : kIssue;
}

void write_usages(RecordWriter& out, const std::optional<std::uint16_t>& key_usage,
                  const std::optional<std::vector<std::string>>& extended) {
  out.flag(key_usage.has_value());
  if (key_usage) out.number(*key_usage);
  out.flag(extended.has_value());
  if (!extended) return;
  out.number(extended->size());
  for (const auto& oid : *extended) out.text(oid);
}

void read_usages(RecordReader& in, std::optional<std::uint16_t>& key_usage,
                 std::optional<std::vector<std::string>>& extended) {
  if (in.flag()) key_usage = static_cast<std::uint16_t>(in.number_up_to(0xFFFF));
  if (!in.flag()) return;
  auto& oids = extended.emplace();
  const std::uint64_t count = in.number_up_to(kMaxListed);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) oids.push_back(in.text(kMaxName));
}

void write(RecordWriter& out, const core::ExpectedContent& expected) {
  out.optional_text(expected.subject);
  out.flag(expected.subject_alt_names.has_value());
  if (expected.subject_alt_names) write_names(out, *expected.subject_alt_names);
  write_usages(out, expected.key_usage, expected.extended_key_usage);
}

core::ExpectedContent read_expected(RecordReader& in) {
  core::ExpectedContent expected;
  expected.subject = in.optional_text(kMaxSubject);
  if (in.flag()) expected.subject_alt_names = read_names(in);
  read_usages(in, expected.key_usage, expected.extended_key_usage);
  return expected;
}

std::optional<Bytes> encode(const core::IssueRequest& request) {
  if (request.pkcs10.size() > kMaxPkcs10 || request.template_name.size() > kMaxName ||
      request.renewed_subject.size() > kMaxPkcs10 || !fits(request.sid, kMaxName) ||
      !fits(request.expected) || !fits(request.at_most.extended_key_usage)) {
    return std::nullopt;
  }
  RecordWriter out(kVersion);
  out.reserve(request.pkcs10.size() + 128);
  out.number(kind_of(request));
  out.text(request.template_name);
  out.bytes(request.pkcs10);
  write(out, request.expected);
  out.optional_text(request.sid);
  out.flag(request.validity.has_value());
  if (request.validity) out.signed_number(request.validity->count());
  if (is_bounded(request.at_most) || is_renewal(request)) {
    write_usages(out, request.at_most.key_usage, request.at_most.extended_key_usage);
  }
  if (is_renewal(request)) {
    out.bytes(request.renewed_subject);
    out.flag(request.expected.fewer_names);
  }
  return std::move(out).seal();
}

std::optional<Bytes> encode(const core::RevokeRequest& request) {
  if (request.serial.size() > kMaxSerial || request.thumbprint.size() > kMaxSerial ||
      !fits(request.issuer, kMaxSubject)) {
    return std::nullopt;
  }
  RecordWriter out(kVersion);
  out.number(kRevoke);
  out.bytes(request.serial);
  out.bytes(request.thumbprint);
  out.optional_text(request.issuer);
  out.number(static_cast<std::uint64_t>(request.reason));
  out.flag(request.invalidity_date.has_value());
  if (request.invalidity_date) out.signed_number(to_millis(*request.invalidity_date));
  return std::move(out).seal();
}

core::IssueRequest read_issue(RecordReader& in, std::uint64_t kind) {
  core::IssueRequest request;
  request.proof_verified =
      kind == kVerifiedIssue || kind == kVerifiedBoundedIssue || kind == kVerifiedRenewal;
  const bool renewal = kind == kRenewal || kind == kVerifiedRenewal;
  request.template_name = in.text(kMaxName);
  request.pkcs10 = in.bytes(kMaxPkcs10).to_bytes();
  request.expected = read_expected(in);
  request.sid = in.optional_text(kMaxName);
  if (in.flag()) request.validity = std::chrono::seconds(in.signed_number());
  if (renewal || kind == kBoundedIssue || kind == kVerifiedBoundedIssue) {
    read_usages(in, request.at_most.key_usage, request.at_most.extended_key_usage);
  }
  if (renewal) {
    request.renewed_subject = in.bytes(kMaxPkcs10).to_bytes();
    request.expected.fewer_names = in.flag();
  }
  return request;
}

std::optional<core::RevokeRequest> read_revoke(RecordReader& in) {
  core::RevokeRequest request;
  request.serial = in.bytes(kMaxSerial).to_bytes();
  request.thumbprint = in.bytes(kMaxSerial).to_bytes();
  request.issuer = in.optional_text(kMaxSubject);
  const std::uint64_t reason = in.number_up_to(10);
  if (reason == 7) return std::nullopt;
  request.reason = static_cast<core::RevocationReason>(reason);
  if (in.flag()) request.invalidity_date = from_millis(in.signed_number());
  return request;
}

Bytes encode(const core::Issued& issued) {
  RecordWriter out(kVersion);
  out.number(kIssued);
  out.text(clip(issued.note, kMaxWords));
  return std::move(out).seal();
}

Bytes encode(const core::Revoked& revoked) {
  RecordWriter out(kVersion);
  out.number(kRevoked);
  out.signed_number(to_millis(revoked.at));
  out.flag(revoked.already);
  return std::move(out).seal();
}

Bytes encode(const core::Failed& failed) {
  RecordWriter out(kVersion);
  out.number(kFailed);
  out.text(clip(failed.code, kMaxName));
  out.signed_number(failed.hresult);
  out.text(clip(failed.message, kMaxWords));
  return std::move(out).seal();
}

core::Issued read_issued_in_full(RecordReader& in) {
  core::Issued issued;
  issued.certificate.certificate = in.bytes(kMaxCertificate).to_bytes();
  issued.certificate.serial = in.bytes(kMaxSerial).to_bytes();
  issued.certificate.not_before = from_millis(in.signed_number());
  issued.certificate.not_after = from_millis(in.signed_number());
  issued.note = in.text(kMaxWords);
  return issued;
}

core::Revoked read_revoked(RecordReader& in) {
  core::Revoked revoked;
  revoked.at = from_millis(in.signed_number());
  revoked.already = in.flag();
  return revoked;
}

core::Failed read_failed(RecordReader& in) {
  core::Failed failed;
  failed.code = in.text(kMaxName);
  failed.hresult = static_cast<std::int32_t>(in.signed_number());
  failed.message = in.text(kMaxWords);
  return failed;
}

}  // namespace

std::optional<Bytes> encode_request(const JobRequest& request) {
  return std::visit([](const auto& kind) { return encode(kind); }, request);
}

std::optional<JobRequest> decode_request(ByteView record) {
  RecordReader in(record, kVersion);
  std::optional<JobRequest> request;
  const std::uint64_t kind = in.number_up_to(kVerifiedRenewal);
  if (kind != kRevoke) {
    request = read_issue(in, kind);
  } else if (auto revoke = read_revoke(in)) {
    request = std::move(*revoke);
  }
  if (!in.finished()) return std::nullopt;
  return request;
}

Bytes encode_outcome(const core::Outcome& outcome) {
  return std::visit([](const auto& kind) { return encode(kind); }, outcome);
}

std::optional<core::Outcome> decode_outcome(ByteView record, ByteView certificate) {
  RecordReader in(record, kVersion);
  core::Outcome outcome;
  switch (in.number_up_to(kIssued)) {
    case kIssued: {
      auto entry = decode_certificate(certificate);
      if (!entry) return std::nullopt;
      outcome = core::Issued{std::move(entry->certificate), in.text(kMaxWords)};
      break;
    }
    case kIssuedInFull:
      outcome = read_issued_in_full(in);
      break;
    case kRevoked:
      outcome = read_revoked(in);
      break;
    default:
      outcome = read_failed(in);
      break;
  }
  if (!in.finished()) return std::nullopt;
  return outcome;
}

}  // namespace certconnector::store
