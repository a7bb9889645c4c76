#include "agent/store/sqlite/sqlite_job_store.h"

#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
Result<std::vector<core::InsertResult>> SqliteJobStore::insert(
    const std::vector<core::NewJob>& jobs, Timestamp now) {
  return file_.write([&](StoreWriter& writer) { return insert_jobs(writer, jobs, now); });
}

Result<std::vector<core::ClaimedJob>> SqliteJobStore::claim(const core::ClaimQuery& query) {
  return file_.write([&](StoreWriter& writer) { return claim_jobs(writer, query); });
}

Result<std::optional<Timestamp>> SqliteJobStore::next_due(const core::CaFingerprint& ca) {
  return file_.peek([&](StoreWriter& writer) { return store::next_due(writer, ca); });
}

std::size_t SqliteJobStore::settle_at_once() {
  constexpr std::size_t kAmongMany = 16;
  constexpr std::size_t kAmongFew = 64;
  return file_.has_many_certificates() ? kAmongMany : kAmongFew;
}

Result<std::vector<core::Settled>> SqliteJobStore::settle(
    const std::vector<core::Settlement>& settlements, const core::ClaimOwner& owner,
    Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return settle_jobs(writer, settlements, owner, now); });
}

Result<std::uint64_t> SqliteJobStore::recover(const core::ClaimOwner& owner, Timestamp now) {
  return file_.write([&](StoreWriter& writer) -> Result<std::uint64_t> {
    CC_TRY(correct_times(writer, now));
    return recover_claims(writer, owner, now);
  });
}

Result<std::vector<core::LeaseHolding>> SqliteJobStore::leases_ending(
    const core::CloudShare& share, Timestamp before, const std::vector<core::CaFingerprint>& served,
    std::size_t max) {
  return file_.peek([&](StoreWriter& writer) {
    return store::leases_ending(writer, share, before, served, max);
  });
}

Status SqliteJobStore::renew_leases(const std::vector<core::LeaseHolding>& renewed) {
  return file_.write([&](StoreWriter& writer) { return store::renew_leases(writer, renewed); });
}

Status SqliteJobStore::lose_leases(const std::vector<core::JobTicket>& lost, Timestamp now) {
  return file_.write([&](StoreWriter& writer) { return store::lose_leases(writer, lost, now); });
}

Result<std::uint64_t> SqliteJobStore::expire(Timestamp now, std::size_t max) {
  return file_.write([&](StoreWriter& writer) { return expire_jobs(writer, now, max); });
}

Result<std::vector<core::Report>> SqliteJobStore::unreported(const core::CloudShare& share,
                                                             std::size_t max) {
  return file_.peek([&](StoreWriter& writer) { return unreported_jobs(writer, share, max); });
}

Status SqliteJobStore::acknowledge(const std::vector<core::ReportAcknowledgement>& acks,
                                   Timestamp now) {
  return file_.write([&](StoreWriter& writer) { return acknowledge_reports(writer, acks, now); });
}

Result<std::vector<core::JobCount>> SqliteJobStore::counts() {
  return file_.read([](Database& database) { return job_counts(database); });
}

Result<core::JobOutcomes> SqliteJobStore::outcomes(Timestamp since, Timestamp now,
                                                   std::size_t max) {
  return file_.browse([&](Database& database) { return job_outcomes(database, since, now, max); });
}

Result<core::JobPage> SqliteJobStore::page(const core::JobFilter& filter) {
  return file_.browse([&](Database& database) { return list_jobs(database, filter); });
}

Result<std::vector<core::JobRecord>> SqliteJobStore::find(const std::string& id) {
  return file_.read([&](Database& database) { return find_jobs(database, id); });
}

Result<std::vector<std::string>> SqliteJobStore::ids_with_beginning(const std::string& beginning,
                                                                    std::size_t max) {
  return file_.read([&](Database& database) { return job_ids(database, beginning, max); });
}

Result<std::optional<core::JobRecord>> SqliteJobStore::find(const core::JobKey& key) {
  return file_.read([&](Database& database) { return find_job(database, key); });
}

Result<std::vector<core::JobEvent>> SqliteJobStore::history(core::JobTicket ticket) {
  return file_.browse([&](Database& database) { return job_history(database, ticket); });
}

Status SqliteJobStore::retry(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return file_.write([&](StoreWriter& writer) { return retry_job(writer, ticket, now, who); });
}

Status SqliteJobStore::cancel(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return file_.write([&](StoreWriter& writer) { return cancel_job(writer, ticket, now, who); });
}

Status SqliteJobStore::approve(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return file_.write([&](StoreWriter& writer) { return approve_job(writer, ticket, now, who); });
}

Status SqliteJobStore::deny(core::JobTicket ticket, Timestamp now, const std::string& who,
                            const std::string& why) {
  return file_.write([&](StoreWriter& writer) { return deny_job(writer, ticket, now, who, why); });
}

Result<std::uint64_t> SqliteJobStore::purge(Timestamp before, Timestamp now, std::size_t max) {
  return file_.write([&](StoreWriter& writer) { return purge_jobs(writer, before, now, max); });
}

Status SqliteJobStore::probe() {
  return file_.write([](StoreWriter& writer) {
    return run(writer.database(), "UPDATE meta SET value = value + 1 WHERE name = 'probe'");
  });
}

Status SqliteJobStore::check_in_place() { return file_.check_in_place(); }

}  // namespace certconnector::store
