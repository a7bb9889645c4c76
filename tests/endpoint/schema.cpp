#include "tests/endpoint/schema.h"

#include <array>

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

// Bodies stand apart so that the many small updates of a lease do not rewrite them. Times are
// milliseconds since 1970. The partial indexes keep a lease as fast in front of a million jobs as
// in front of ten.
constexpr const char* kVersion1 = R"sql(
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

// Challenges by the id that enrollments name; enrollments with the verdict on their last report.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE challenges(
  id TEXT PRIMARY KEY, service TEXT NOT NULL, device TEXT NOT NULL, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE enrollments(
  n INTEGER PRIMARY KEY, job_id TEXT NOT NULL, digest TEXT NOT NULL, agent_id TEXT NOT NULL,
  service TEXT NOT NULL, transaction_id TEXT NOT NULL, public_key_sha256 TEXT NOT NULL,
  challenge TEXT NOT NULL, device TEXT NOT NULL, subject TEXT NOT NULL,
  requested_at INTEGER NOT NULL, ca TEXT NOT NULL, status TEXT NOT NULL, serial TEXT NOT NULL,
  code TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL, received_at INTEGER NOT NULL,
  UNIQUE(job_id, digest));
CREATE UNIQUE INDEX enrollments_by_challenge ON enrollments(challenge)
  WHERE challenge != '' AND status = 'issued' AND verdict = 'accepted';
PRAGMA user_version = 2;
)sql";

constexpr std::array<const char*, 2> kSteps{kVersion1, kVersion2};

Result<std::int64_t> version_of(Database& db) {
  auto query = db.query("PRAGMA user_version");
  CC_TRY_ASSIGN(const bool found, query.next());
  return found ? query.integer(0) : 0;
}

}  // namespace

Status apply_schema(Database& db) {
  CC_TRY_ASSIGN(const std::int64_t version, version_of(db));
  constexpr auto kKnown = static_cast<std::int64_t>(kSteps.size());
  if (version > kKnown) {
    return Error(EndpointErrc::storage, ErrorKind::permanent,
                 "the endpoint's database has schema version " + std::to_string(version) +
                     ", this program knows " + std::to_string(kKnown) +
                     ": use a new state directory");
  }
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db));
  for (std::int64_t step = version; step < kKnown; ++step) {
    CC_TRY(db.execute(kSteps.at(static_cast<std::size_t>(step))));
  }
  return transaction.commit();
}

}  // namespace certconnector::endpoint
