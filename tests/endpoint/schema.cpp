#include "tests/endpoint/schema.h"

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

constexpr std::int64_t kVersion = 1;

// Bodies stand apart so that the many small updates of a lease do not rewrite them. Times are
// milliseconds since 1970. The partial indexes keep a lease as fast in front of a million jobs as
// in front of ten.
constexpr const char* kTables = R"sql(
CREATE TABLE tokens(
  secret_sha256 TEXT PRIMARY KEY, agent_name TEXT NOT NULL, expires_at INTEGER NOT NULL,
  agent_id TEXT, pkcs10_sha256 TEXT) WITHOUT ROWID;
CREATE TABLE agents(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER,
  last_seen INTEGER, heartbeat TEXT) WITHOUT ROWID;
CREATE TABLE certificates(
  sha256 TEXT PRIMARY KEY, agent_id TEXT NOT NULL REFERENCES agents(id), key_sha256 TEXT NOT NULL,
  not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, der_base64 TEXT NOT NULL);
CREATE INDEX certificates_by_key ON certificates(agent_id, key_sha256);
CREATE TABLE jobs(
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, ca TEXT NOT NULL,
  priority INTEGER NOT NULL, digest TEXT NOT NULL, state INTEGER NOT NULL,
  lease_number INTEGER NOT NULL DEFAULT 0, lease_agent TEXT, lease_request TEXT, lease_until INTEGER,
  available_at INTEGER, outcome TEXT, serial TEXT, finished_at INTEGER);
CREATE INDEX jobs_queued ON jobs(ca, type, priority DESC, seq) WHERE state = 0;
CREATE INDEX jobs_leased ON jobs(available_at) WHERE state = 1;
CREATE INDEX jobs_by_request ON jobs(lease_request) WHERE state = 1;
CREATE TABLE job_bodies(seq INTEGER PRIMARY KEY REFERENCES jobs(seq), body TEXT NOT NULL);
CREATE TABLE leases(
  job INTEGER NOT NULL, number INTEGER NOT NULL, agent_id TEXT NOT NULL, given_at INTEGER NOT NULL,
  PRIMARY KEY(job, number)) WITHOUT ROWID;
CREATE TABLE results(
  n INTEGER PRIMARY KEY, job INTEGER, job_id TEXT NOT NULL, agent_id TEXT NOT NULL,
  received_at INTEGER NOT NULL, verdict TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX results_by_job ON results(job);
CREATE TABLE chains(ca TEXT PRIMARY KEY, certificates TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

Result<std::int64_t> version_of(Database& db) {
  auto query = db.query("PRAGMA user_version");
  CC_TRY_ASSIGN(const bool found, query.next());
  return found ? query.integer(0) : 0;
}

}  // namespace

Status apply_schema(Database& db) {
  CC_TRY_ASSIGN(const std::int64_t version, version_of(db));
  if (version == kVersion) return {};
  if (version != 0) {
    return Error(EndpointErrc::storage, ErrorKind::permanent,
                 "the endpoint's database has schema version " + std::to_string(version) +
                     ", this program knows " + std::to_string(kVersion) +
                     ": use a new state directory");
  }
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db));
  CC_TRY(db.execute(kTables));
  return transaction.commit();
}

}  // namespace certconnector::endpoint
