#include "agent/store/sqlite/first_release_lineages.h"

#include <algorithm>

#include "agent/enrollment/rules/enrollment_identity.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::store {
namespace {

constexpr char kCertificatesInOrder[] = "SELECT entry, record FROM certificate";
constexpr char kUnproved[] =
    "SELECT claim, public_key, transaction_id, request.record, "
    "(SELECT instance FROM origin WHERE number = enrollment.origin) "
    "FROM enrollment JOIN request USING (ticket) WHERE ticket = ?";
constexpr char kJoin[] =
    "UPDATE certificate SET lineage = ?2, renews = ?3, "
    "device = coalesce(device, (SELECT device FROM certificate WHERE entry = ?2)), "
    "device_head = coalesce(device_head, "
    "(SELECT device_head FROM certificate WHERE entry = ?2)) "
    "WHERE entry = ?1";
constexpr char kJoinEnrollment[] =
    "UPDATE enrollment SET lineage = ?2, renews = ?3 "
    "WHERE ticket = (SELECT ticket FROM certificate WHERE entry = ?1)";

constexpr std::int64_t kHeadOctets = 8;

}  // namespace

void FirstReleaseLineages::add(ByteView public_key, std::int64_t ticket, std::int64_t entry) {
  if (public_key.size() < kHeadOctets) return;
  unproved_.push_back({head_of(public_key), ticket, entry});
}

Status FirstReleaseLineages::write(const std::function<Status()>& row_done) {
  if (unproved_.empty()) return {};
  std::sort(unproved_.begin(), unproved_.end());
  {
    Query query(to_, kCertificatesInOrder);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      CC_TRY(look_at(query.integer(0), query.blob(1)));
      CC_TRY(row_done());
    }
  }
  for (const auto& [entry, renewed] : renewed_) {
    const std::int64_t first = first_of(entry);
    CC_TRY(run(to_, kJoin, entry, first, renewed));
    CC_TRY(run(to_, kJoinEnrollment, entry, first, renewed));
  }
  return {};
}

// Whether one of the enrollments renewed this certificate.
Status FirstReleaseLineages::look_at(std::int64_t entry, ByteView record) {
  const auto certificate = decode_certificate(record);
  if (!certificate) return to_.damaged("has a damaged certificate record");
  const Bytes& der = certificate->certificate.certificate;
  const auto fields = crypto::parse_certificate_fields(der);
  if (!fields.ok()) return {};
  const std::int64_t key = head_of(crypto::view(crypto::sha256(fields->public_key_info)));
  const auto [from, to] = std::equal_range(unproved_.begin(), unproved_.end(), Unproved{key, 0, 0});
  for (auto one = from; one != to; ++one) {
    if (one->entry == entry || renewed_.count(one->entry) != 0) continue;
    CC_TRY_ASSIGN(const bool is, is_renewal_of(*one, der));
    if (is) renewed_.emplace(one->entry, entry);
  }
  return {};
}

Result<bool> FirstReleaseLineages::is_renewal_of(const Unproved& renewal, ByteView certificate) {
  Query query(to_, kUnproved, renewal.ticket);
  CC_TRY_ASSIGN(const bool row, query.next());
  const auto request = row ? decode_request(query.blob(3)) : std::nullopt;
  const auto* issue = request ? std::get_if<core::IssueRequest>(&*request) : nullptr;
  if (issue == nullptr) return false;
  const auto pkcs10 = crypto::Pkcs10::parse(issue->pkcs10, crypto::ProofOfPossession::known);
  core::NewEnrollment enrollment;
  const ByteView public_key = query.blob(1);
  if (!pkcs10.ok() || public_key.size() != enrollment.key.public_key.size()) return false;
  std::copy(public_key.begin(), public_key.end(), enrollment.key.public_key.begin());
  enrollment.key.service = query.text(4);
  enrollment.key.transaction_id = query.text(2);
  Bytes right = certificate.to_bytes();
  const ByteView new_key = pkcs10->public_key_info();
  right.insert(right.end(), new_key.begin(), new_key.end());
  enrollment.right = crypto::sha256(right);
  enrollment.request = crypto::sha256(pkcs10->certification_request_info());
  enrollment.job.job.request = core::IssueRequest();
  return query.blob(0) == crypto::view(enrollment::identity_of(enrollment).claim);
}

std::int64_t FirstReleaseLineages::first_of(std::int64_t entry) const {
  std::size_t steps = 0;
  for (auto at = renewed_.find(entry); at != renewed_.end() && steps <= renewed_.size();
       at = renewed_.find(entry), ++steps) {
    entry = at->second;
  }
  return entry;
}

}  // namespace certconnector::store
