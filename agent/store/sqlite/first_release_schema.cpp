#include "agent/store/sqlite/first_release_schema.h"

namespace certconnector::store {
namespace {

constexpr char kQueue1[] = R"sql(
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
constexpr char kQueue2[] = R"sql(
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
constexpr char kQueue3[] = R"sql(
ALTER TABLE challenge_password ADD COLUMN names BLOB;
)sql";
constexpr char kCertificates1[] = R"sql(
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('next_entry', 1), ('indexed_up_to', 0);

CREATE TABLE authority(
  number INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  certificates INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  last_crl_number INTEGER NOT NULL DEFAULT 0,
  crl_number INTEGER,
  crl_this_update INTEGER,
  crl_next_update INTEGER,
  crl_entries INTEGER
) STRICT;

CREATE TABLE certificate(
  entry INTEGER PRIMARY KEY,
  authority INTEGER NOT NULL REFERENCES authority,
  not_after INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX certificate_expiry ON certificate(not_after);

CREATE TABLE lookup(
  hash INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (hash, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation(
  entry INTEGER PRIMARY KEY REFERENCES certificate ON DELETE CASCADE,
  authority INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
)sql";

}  // namespace

const Schema& first_release_queue_schema() {
  static const Schema schema{0x63635131, {{kQueue1}, {kQueue2}, {kQueue3}}};  // "ccQ1"
  return schema;
}

const Schema& first_release_certificates_schema() {
  static const Schema schema{0x63634931, {{kCertificates1}}};  // "ccI1"
  return schema;
}

}  // namespace certconnector::store
