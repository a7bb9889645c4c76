#include <utility>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kHolder[] =
    "SELECT source, instance, job.id, enrollment.transaction_id, enrollment.challenge, "
    "enrollment.device, enrollment.lineage, enrollment.renews FROM job "
    "JOIN origin ON origin.number = job.origin "
    "LEFT JOIN enrollment ON enrollment.ticket = job.ticket WHERE job.ticket = ?";

constexpr char kRenewed[] = "SELECT record FROM certificate WHERE entry = ?";

// The challenge on which a lineage rests.
Result<std::string> challenge_of(Database& database, std::int64_t entry) {
  Query query(database, kRenewed, entry);
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return std::string();
  const auto certificate = decode_certificate(query.blob(0));
  if (!certificate) return database.damaged("has a damaged certificate record");
  return certificate->holder.challenge;
}

}  // namespace

Result<RecordedCertificate> record_issued(StoreWriter& writer, const NewCertificateRow& job,
                                          core::CertificateEntry entry) {
  NewCertificateRow row = job;
  {
    Query query(writer.database(), kHolder, *job.ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    const auto source = found ? job_source(query.integer(0)) : std::nullopt;
    if (!source) return writer.database().damaged("lost a job that it has just read");
    core::CertificateHolder& holder = entry.holder;
    holder.source = *source;
    holder.instance = query.text(1);
    holder.job = query.text(2);
    holder.transaction_id = query.text(3);
    holder.challenge = query.text(4);
    holder.device = query.text(5);
    row.lineage = query.optional_integer(6);
    row.renews = query.optional_integer(7);
  }
  if (row.renews && entry.holder.challenge.empty()) {
    CC_TRY_ASSIGN(entry.holder.challenge, challenge_of(writer.database(), *row.renews));
  }
  return record_certificate(writer, row, entry);
}

}  // namespace certconnector::store
