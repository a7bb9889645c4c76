#include "agent/store/sqlite/sqlite_job_store.h"

#include <utility>

#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/queue_connections.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/queue_schema.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

DatabaseOptions database_options(const JobStoreOptions& options) {
  DatabaseOptions database;
  database.path = options.path;
  database.role = queue_role();
  database.cache_kib = options.cache_kib;
  database.vfs = options.vfs;
  database.max_pages = options.max_pages;
  return database;
}

}  // namespace

SqliteJobStore::SqliteJobStore(std::unique_ptr<QueueConnections> parts)
    : parts_(std::move(parts)) {}
SqliteJobStore::~SqliteJobStore() = default;

Result<std::unique_ptr<SqliteJobStore>> SqliteJobStore::open(const JobStoreOptions& options) {
  const DatabaseOptions database = database_options(options);
  CC_TRY_ASSIGN(OpenedPair opened, open_pair(database, queue_schema()));
  CC_TRY_ASSIGN(Database browser, open_reader(database));
  auto parts = std::make_unique<QueueConnections>(std::move(opened), std::move(browser), database);
  return std::unique_ptr<SqliteJobStore>(new SqliteJobStore(std::move(parts)));
}

Status SqliteJobStore::check_file(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.role = queue_role();
  return check_database(options, queue_schema());
}

Result<std::vector<core::InsertResult>> SqliteJobStore::insert(
    const std::vector<core::NewJob>& jobs, Timestamp now) {
  return parts_->write([&](QueueWriter& writer) { return insert_jobs(writer, jobs, now); });
}

Result<std::vector<core::ClaimedJob>> SqliteJobStore::claim(const core::ClaimQuery& query) {
  return parts_->write([&](QueueWriter& writer) { return claim_jobs(writer, query); });
}

Result<std::optional<Timestamp>> SqliteJobStore::next_due(const core::CaFingerprint& ca) {
  return parts_->peek([&](QueueWriter& writer) { return store::next_due(writer, ca); });
}

Status SqliteJobStore::settle(const std::vector<core::Settlement>& settlements,
                              const core::ClaimOwner& owner, Timestamp now) {
  return parts_->write(
      [&](QueueWriter& writer) { return settle_jobs(writer, settlements, owner, now); });
}

Result<std::uint64_t> SqliteJobStore::recover(const core::ClaimOwner& owner, Timestamp now) {
  return parts_->write([&](QueueWriter& writer) -> Result<std::uint64_t> {
    CC_TRY(correct_times(writer, now));
    return recover_claims(writer, owner, now);
  });
}

Result<std::vector<core::LeaseHolding>> SqliteJobStore::leases_ending(
    const core::CloudShare& share, Timestamp before, const std::vector<core::CaFingerprint>& served,
    std::size_t max) {
  return parts_->peek([&](QueueWriter& writer) {
    return store::leases_ending(writer, share, before, served, max);
  });
}

Status SqliteJobStore::renew_leases(const std::vector<core::LeaseHolding>& renewed) {
  return parts_->write([&](QueueWriter& writer) { return store::renew_leases(writer, renewed); });
}

Status SqliteJobStore::lose_leases(const std::vector<core::JobTicket>& lost, Timestamp now) {
  return parts_->write([&](QueueWriter& writer) { return store::lose_leases(writer, lost, now); });
}

Result<std::uint64_t> SqliteJobStore::expire(Timestamp now, std::size_t max) {
  return parts_->write([&](QueueWriter& writer) { return expire_jobs(writer, now, max); });
}

Result<std::vector<core::Report>> SqliteJobStore::unreported(const core::CloudShare& share,
                                                             std::size_t max) {
  return parts_->peek([&](QueueWriter& writer) { return unreported_jobs(writer, share, max); });
}

Status SqliteJobStore::acknowledge(const std::vector<core::ReportAcknowledgement>& acks,
                                   Timestamp now) {
  return parts_->write([&](QueueWriter& writer) { return acknowledge_reports(writer, acks, now); });
}

Result<std::vector<core::JobCount>> SqliteJobStore::counts() {
  return parts_->read([](Database& database) { return job_counts(database); });
}

Result<core::JobOutcomes> SqliteJobStore::outcomes(Timestamp since, Timestamp now,
                                                   std::size_t max) {
  return parts_->browse(
      [&](Database& database) { return job_outcomes(database, since, now, max); });
}

Result<std::vector<core::JobRecord>> SqliteJobStore::list(const core::JobFilter& filter) {
  return parts_->browse([&](Database& database) { return list_jobs(database, filter); });
}

Result<std::vector<core::JobRecord>> SqliteJobStore::find(const std::string& id) {
  return parts_->read([&](Database& database) { return find_jobs(database, id); });
}

Result<std::optional<core::JobRecord>> SqliteJobStore::find(const core::JobKey& key) {
  return parts_->read([&](Database& database) { return find_job(database, key); });
}

Result<std::vector<core::JobEvent>> SqliteJobStore::history(core::JobTicket ticket) {
  return parts_->browse([&](Database& database) { return job_history(database, ticket); });
}

Status SqliteJobStore::retry(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return parts_->write([&](QueueWriter& writer) { return retry_job(writer, ticket, now, who); });
}

Status SqliteJobStore::cancel(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return parts_->write([&](QueueWriter& writer) { return cancel_job(writer, ticket, now, who); });
}

Status SqliteJobStore::approve(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return parts_->write([&](QueueWriter& writer) { return approve_job(writer, ticket, now, who); });
}

Status SqliteJobStore::deny(core::JobTicket ticket, Timestamp now, const std::string& who,
                            const std::string& why) {
  return parts_->write(
      [&](QueueWriter& writer) { return deny_job(writer, ticket, now, who, why); });
}

Result<std::uint64_t> SqliteJobStore::purge(Timestamp before, std::size_t max) {
  return parts_->write([&](QueueWriter& writer) { return purge_jobs(writer, before, max); });
}

Status SqliteJobStore::probe() {
  return parts_->write([](QueueWriter& writer) {
    return run(writer.database(), "UPDATE meta SET value = value + 1 WHERE name = 'probe'");
  });
}

Status SqliteJobStore::backup_to(const std::string& path) {
  return copy_database(parts_->options(), path);
}

}  // namespace certconnector::store
