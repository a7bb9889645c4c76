#include <utility>

#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

const core::Issued* issued_by(const core::Settlement& settlement) {
  const auto* finish = std::get_if<core::Finish>(&settlement.verdict);
  return finish == nullptr ? nullptr : std::get_if<core::Issued>(&finish->outcome);
}

// The outcome's certificate goes in first, so that the outcome can name it.
Result<RecordedCertificate> record_outcome(StoreWriter& writer, const JobRow& row,
                                           const core::Finish& finish, Timestamp now) {
  if (!finish.label) {
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "an issued certificate has no label under which it is recorded");
  }
  core::CertificateEntry entry;
  entry.key = finish.label->key;
  entry.template_name = finish.label->template_name;
  entry.certificate = std::get<core::Issued>(finish.outcome).certificate;
  NewCertificateRow job;
  job.authority = row.authority;
  job.ticket = row.ticket;
  job.recorded = now;
  return record_issued(writer, job, std::move(entry));
}

// A CA that is not embedded does not revoke in the certificate store.
Status note_stolen_key(StoreWriter& writer, const JobRow& row) {
  Database& database = writer.database();
  std::optional<JobRequest> request;
  {
    Query query(database, "SELECT record FROM request WHERE ticket = ?", row.ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (found) request = decode_request(query.blob(0));
  }
  const auto* revoke = request ? std::get_if<core::RevokeRequest>(&*request) : nullptr;
  if (revoke == nullptr || revoke->reason != core::RevocationReason::key_compromise) return {};
  CC_TRY_ASSIGN(const auto certificate,
                find_certificate(database, row.authority, {revoke->serial, revoke->thumbprint}));
  return certificate ? compromise_lineage(database, certificate->lineage) : Status();
}

Result<core::Settled> settle_one(StoreWriter& writer, const core::Settlement& settlement,
                                 std::int64_t self, Timestamp now) {
  core::Settled settled;
  CC_TRY_ASSIGN(const auto row, load_row(writer, settlement.ticket.value));
  settled.taken = row && jobs::holds_claim(*row) && row->owner == self;
  if (!settled.taken) return settled;
  const auto change = jobs::settle(*row, settlement.verdict, now);
  if (!change) {
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "a running job cannot take this verdict");
  }
  std::optional<std::int64_t> certificate;
  if (issued_by(settlement) != nullptr) {
    CC_TRY_ASSIGN(auto recorded,
                  record_outcome(writer, *row, std::get<core::Finish>(settlement.verdict), now));
    certificate = recorded.entry;
    settled.before = std::move(recorded.before);
  }
  const auto* finish = std::get_if<core::Finish>(&settlement.verdict);
  if (finish != nullptr && std::holds_alternative<core::Revoked>(finish->outcome)) {
    CC_TRY(note_stolen_key(writer, *row));
  }
  CC_TRY(save_change(writer, *row, *change, certificate));
  return settled;
}

}  // namespace

Result<std::vector<core::Settled>> settle_jobs(StoreWriter& writer,
                                               const std::vector<core::Settlement>& settlements,
                                               const core::ClaimOwner& owner, Timestamp now) {
  CC_TRY_ASSIGN(const std::int64_t self, writer.owner(owner));
  std::vector<core::Settled> all;
  all.reserve(settlements.size());
  for (const core::Settlement& settlement : settlements) {
    CC_TRY_ASSIGN(auto settled, settle_one(writer, settlement, self, now));
    all.push_back(std::move(settled));
  }
  return all;
}

}  // namespace certconnector::store
