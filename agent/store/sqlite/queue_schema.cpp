#include "agent/store/sqlite/queue_schema.h"

namespace certconnector::store {
namespace {

// Numbers in columns are those of the enums in agent/core/job.h, which never change. Times are
// milliseconds since 1970.
//
// Every index but job_identity is partial over a column that is null outside its state, so that it
// is as small as the jobs in that state and grows at its end:
//   due          while the job can be claimed (rank: revocations first, then priority)
//   owner        while it is claimed
//   lease_watch  the lease's end, while the job is not finished
//   expires      the deadline, while the job is not finished
//   report_at    while the agent has to report it
//   closed_at    once nothing is left to do: when it may be purged counts from here; the end of its
//                certificate, once a purge has passed the job over for that
// Requests and outcomes stand in separate tables, so that the row that changes at every step is
// small. The code keeps the references on the path of every job: checking them costs a search each.
constexpr char kVersion1[] = R"sql(
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('next_ticket', 1), ('probe', 0);

CREATE TABLE authority(
  number INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE origin(
  number INTEGER PRIMARY KEY,
  source INTEGER NOT NULL,
  instance TEXT NOT NULL,
  UNIQUE (source, instance)
) STRICT;

CREATE TABLE owner(
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE job(
  ticket INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  origin INTEGER NOT NULL,
  digest BLOB NOT NULL,
  correlation TEXT NOT NULL,
  authority INTEGER NOT NULL,
  type INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  deadline INTEGER,
  received INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  state INTEGER NOT NULL,
  ended_as INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  owner INTEGER,
  claim_until INTEGER,
  lease_number INTEGER,
  lease_until INTEGER,
  lease_watch INTEGER,
  expires INTEGER,
  started INTEGER,
  finished INTEGER,
  report_at INTEGER,
  reported INTEGER,
  closed_at INTEGER,
  interrupted INTEGER NOT NULL DEFAULT 0,
  approved INTEGER NOT NULL DEFAULT 0,
  awaiting_approval INTEGER NOT NULL DEFAULT 0,
  pending_request TEXT,
  last_backoff INTEGER NOT NULL DEFAULT 0,
  last_code TEXT NOT NULL DEFAULT '',
  last_message TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX job_identity ON job(id, origin);
CREATE INDEX job_due ON job(authority, rank, due) WHERE due IS NOT NULL;
CREATE INDEX job_claimed ON job(owner) WHERE owner IS NOT NULL;
CREATE INDEX job_lease ON job(lease_watch) WHERE lease_watch IS NOT NULL;
CREATE INDEX job_deadline ON job(expires) WHERE expires IS NOT NULL;
CREATE INDEX job_outbox ON job(report_at) WHERE report_at IS NOT NULL;
CREATE INDEX job_closed ON job(closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE request(
  ticket INTEGER PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

CREATE TABLE outcome(
  ticket INTEGER PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

CREATE TABLE event(
  ticket INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (ticket, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_count(
  authority INTEGER NOT NULL,
  type INTEGER NOT NULL,
  state INTEGER NOT NULL,
  jobs INTEGER NOT NULL,
  PRIMARY KEY (authority, type, state)
) STRICT, WITHOUT ROWID;
)sql";

// Enrollments by SCEP, each under the ticket of its job, which it may outlive.
//   lookup      the head of a hash over service, transaction id and public key
//   claim       the whole hash over these and the basis of the authorization; without a challenge
//               over the request as well, and over request and template if external; of a denied
//               request over its code and its challenge instead
//   holds       the challenge is this enrollment's, unless its job has failed
//   forget_at   once its job is purged: the challenge's end
//   replaced    its job failed and it got another one: the row stays with the old job, which may
//               still have to be reported
//   outside     external: NDES carries it out; of a job: the time from which it is overdue
// The table keeps only the digest of a one-time challenge. It has challenges from elsewhere only
// when they are revoked.
constexpr char kVersion2[] = R"sql(
ALTER TABLE job ADD COLUMN reports INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN outside INTEGER;
CREATE INDEX job_unheard ON job(outside) WHERE outside IS NOT NULL AND state = 2;

CREATE TABLE enrollment(
  ticket INTEGER PRIMARY KEY,
  lookup INTEGER NOT NULL,
  claim BLOB NOT NULL,
  origin INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  challenge TEXT,
  holds INTEGER NOT NULL DEFAULT 0,
  device TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  remember_until INTEGER NOT NULL,
  forget_at INTEGER,
  withheld INTEGER NOT NULL DEFAULT 0,
  replaced INTEGER NOT NULL DEFAULT 0,
  outside INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX enrollment_lookup ON enrollment(lookup);
CREATE UNIQUE INDEX enrollment_challenge ON enrollment(challenge) WHERE holds = 1;
CREATE INDEX enrollment_forget ON enrollment(forget_at) WHERE forget_at IS NOT NULL;
CREATE INDEX enrollment_outside ON enrollment(transaction_id) WHERE outside = 1;

CREATE TABLE challenge_password(
  id TEXT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  service TEXT NOT NULL,
  device TEXT NOT NULL,
  template TEXT,
  subject TEXT,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_by TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_password_end ON challenge_password(valid_until);

CREATE TABLE challenge_revocation(
  id TEXT PRIMARY KEY,
  revoked_at INTEGER NOT NULL,
  revoked_by TEXT NOT NULL,
  forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_revocation_end ON challenge_revocation(forget_at);
)sql";

// The alternative names that a challenge password is for, beside its subject; null: none.
constexpr char kVersion3[] = R"sql(
ALTER TABLE challenge_password ADD COLUMN names BLOB;
)sql";

}  // namespace

const Schema& queue_schema() {
  static const Schema schema{0x63635131, {kVersion1, kVersion2, kVersion3}};  // "ccQ1"
  return schema;
}

const DatabaseRole& queue_role() {
  static constexpr DatabaseRole role{
      "job queue",
      "Nothing was changed. Stop the agent and restore the file from a backup, or move the file "
      "and those beside it (-wal, -shm) away and start anew: jobs that are not finished come again "
      "from the management endpoint when their leases end, and certificates that were issued are "
      "found again in the certificate store; lost are the history of jobs, jobs of the agent's "
      "own, and "
      "reports of failures that were not yet uploaded"};
  return role;
}

}  // namespace certconnector::store
