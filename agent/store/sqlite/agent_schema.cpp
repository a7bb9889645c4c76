#include "agent/store/sqlite/agent_schema.h"

#include "agent/platform/words.h"

namespace certconnector::store {
namespace {

// Numbers in columns are those of the enums in agent/core, which never change. Times are
// milliseconds since 1970.
//
// Every index of `job` but job_identity and job_arrival is partial over a column that is null
// outside its state, so that it is as small as the jobs in that state and grows at its end:
//   due          while the job can be claimed (rank: revocations first, then priority)
//   owner        while it is claimed
//   lease_watch  the lease's end, while the job is not finished
//   expires      the deadline, while the job is not finished
//   report_at    while the agent has to report it
//   closed_at    once nothing is left to do: when it may be purged counts from here
//   outside      external: NDES carries it out; the time from which it is overdue
//   state        while it waits or is held, and `ended_as` and `type` of what has not succeeded and
//                of revocations: for lists, of what is rare
// Requests and outcomes stand in separate tables, so that the row that changes at every step is
// small. The code keeps the references on the path of every job: checking them costs a search each.
// An outcome with a certificate holds the entry of the certificate, which stands once.
// `ca_key` of an authority is that of name and key of the CA. Its certificate may change, and its
// fingerprint with it. `issued_more`: it may have issued certificates that are not in this file.
// `same_as`: the fingerprint is that of a former certificate of this authority.
constexpr char kJobs[] = R"sql(
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('next_ticket', 1), ('next_entry', 1), ('probe', 0), ('next_block', 0);

CREATE TABLE identity(
  id BLOB NOT NULL
) STRICT;
INSERT INTO identity VALUES (randomblob(16));

CREATE TABLE authority(
  number INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  certificates INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  last_crl_number INTEGER NOT NULL DEFAULT 0,
  crl_number INTEGER,
  crl_this_update INTEGER,
  crl_next_update INTEGER,
  crl_entries INTEGER,
  ca_key BLOB,
  issued_more INTEGER NOT NULL DEFAULT 0,
  same_as INTEGER
) STRICT;
CREATE INDEX authority_key ON authority(ca_key) WHERE ca_key IS NOT NULL;

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
  last_message TEXT NOT NULL DEFAULT '',
  reports INTEGER NOT NULL DEFAULT 1,
  outside INTEGER
) STRICT;
CREATE UNIQUE INDEX job_identity ON job(id, origin);
CREATE INDEX job_due ON job(authority, rank, due) WHERE due IS NOT NULL;
CREATE INDEX job_claimed ON job(owner) WHERE owner IS NOT NULL;
CREATE INDEX job_lease ON job(lease_watch) WHERE lease_watch IS NOT NULL;
CREATE INDEX job_deadline ON job(expires) WHERE expires IS NOT NULL;
CREATE INDEX job_outbox ON job(report_at) WHERE report_at IS NOT NULL;
CREATE INDEX job_closed ON job(closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX job_arrival ON job(received);
CREATE INDEX job_resting ON job(state) WHERE state IN (2, 3);
CREATE INDEX job_failed ON job(ended_as) WHERE ended_as > 4;
CREATE INDEX job_revocation ON job(type) WHERE type = 1;
CREATE INDEX job_unheard ON job(outside) WHERE outside IS NOT NULL AND state = 2;

CREATE TABLE request(
  ticket INTEGER PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

CREATE TABLE outcome(
  ticket INTEGER PRIMARY KEY,
  record BLOB NOT NULL,
  certificate INTEGER
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
//   outside     external: NDES carries it out
//   transaction_head, device_head  for their indexes (certificate_codec.h); null: of none
//   lineage     of the certificate that it renews; `renews` is that certificate's entry
//   signer      the key that signed the request first, where that is not `public_key`
//   last_signer another key that signed it last; null: there is none
//   signer_lookup, last_signer_lookup  as `lookup`, with that key instead
//   signers     how many keys signed it, the first one and all that came after
//   given       of a renewal: when the agent last gave its certificate to the device
// The table keeps only the digest of a one-time challenge. It has challenges from elsewhere only
// when they are revoked.
// `names`: the alternative names that a challenge password is for, beside its subject; null: none.
constexpr char kEnrollments[] = R"sql(
CREATE TABLE enrollment(
  ticket INTEGER PRIMARY KEY,
  lookup INTEGER NOT NULL,
  claim BLOB NOT NULL,
  origin INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  transaction_head INTEGER,
  public_key BLOB NOT NULL,
  challenge TEXT,
  holds INTEGER NOT NULL DEFAULT 0,
  device TEXT NOT NULL,
  device_head INTEGER,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  remember_until INTEGER NOT NULL,
  forget_at INTEGER,
  withheld INTEGER NOT NULL DEFAULT 0,
  replaced INTEGER NOT NULL DEFAULT 0,
  outside INTEGER NOT NULL DEFAULT 0,
  lineage INTEGER,
  renews INTEGER,
  given INTEGER,
  signer BLOB,
  signer_lookup INTEGER,
  last_signer BLOB,
  last_signer_lookup INTEGER,
  signers INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX enrollment_lookup ON enrollment(lookup);
CREATE UNIQUE INDEX enrollment_challenge ON enrollment(challenge) WHERE holds = 1;
CREATE INDEX enrollment_forget ON enrollment(forget_at) WHERE forget_at IS NOT NULL;
CREATE INDEX enrollment_transaction ON enrollment(transaction_head);
CREATE INDEX enrollment_device ON enrollment(device_head) WHERE device_head IS NOT NULL;
CREATE INDEX enrollment_signer ON enrollment(signer_lookup) WHERE signer_lookup IS NOT NULL;
CREATE INDEX enrollment_last_signer ON enrollment(last_signer_lookup)
  WHERE last_signer_lookup IS NOT NULL;
CREATE INDEX enrollment_lineage ON enrollment(lineage) WHERE lineage IS NOT NULL;

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
  revoked_by TEXT NOT NULL DEFAULT '',
  names BLOB
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

// Certificates of every CA. The numbers `key`, `serial`, `sha1` and `sha256` are heads of what a
// certificate is found by (certificate_codec.h): few rows have the same one, and the reader
// compares the record. A revocation holds all that a CRL shows, so that a CRL is made without the
// certificates. Its `entry` is null where the certificate is not known.
// So are `device_head`, and `transaction_head` of its enrollment's transaction id.
//   renews      the entry that it renewed
//   used        1: it renewed one, and its key has signed a message since
//   superseded  it was renewed: when the agent looks next whether nobody needs it any more
constexpr char kCertificates[] = R"sql(
CREATE TABLE certificate(
  entry INTEGER PRIMARY KEY,
  authority INTEGER NOT NULL,
  ticket INTEGER,
  lineage INTEGER,
  renews INTEGER,
  used INTEGER,
  superseded INTEGER,
  not_after INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  key INTEGER NOT NULL,
  serial BLOB NOT NULL,
  sha1 INTEGER NOT NULL,
  sha256 INTEGER NOT NULL,
  device TEXT,
  device_head INTEGER,
  transaction_head INTEGER,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX certificate_key ON certificate(key);
CREATE INDEX certificate_serial ON certificate(serial);
CREATE INDEX certificate_sha1 ON certificate(sha1);
CREATE INDEX certificate_sha256 ON certificate(sha256);
CREATE INDEX certificate_expiry ON certificate(not_after);
CREATE INDEX certificate_arrival ON certificate(recorded);
CREATE INDEX certificate_device ON certificate(device_head) WHERE device_head IS NOT NULL;
CREATE INDEX certificate_transaction ON certificate(transaction_head)
  WHERE transaction_head IS NOT NULL;
CREATE INDEX certificate_lineage ON certificate(lineage) WHERE lineage IS NOT NULL;
CREATE INDEX certificate_renews ON certificate(renews) WHERE renews IS NOT NULL;
CREATE INDEX certificate_superseded ON certificate(superseded) WHERE superseded IS NOT NULL;

CREATE TABLE lineage(
  first INTEGER PRIMARY KEY,
  compromised INTEGER NOT NULL DEFAULT 0,
  allowed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE revocation(
  authority INTEGER NOT NULL,
  serial BLOB NOT NULL,
  entry INTEGER,
  not_after INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (authority, serial)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX revocation_entry ON revocation(entry) WHERE entry IS NOT NULL;
CREATE INDEX revocation_end ON revocation(not_after) WHERE entry IS NULL;
)sql";

// The index for searches by a part of the subject (subject_blocks.h): certificates in blocks by
// their entries, and for each block and each three octets of a subject those that hold them.
// `next_block` in meta: the blocks from there on are not in the index yet.
//   oldest, newest  when its certificates were recorded
//   gone            its certificates are purged, its rows may go
constexpr char kSubjects[] = R"sql(
CREATE TABLE subject_block(
  block INTEGER PRIMARY KEY,
  oldest INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX subject_block_gone ON subject_block(block) WHERE gone = 1;

CREATE TABLE subject_gram(
  block INTEGER NOT NULL,
  gram INTEGER NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY (block, gram)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

const Schema& agent_schema() {
  static const Schema schema{0x63634131,
                             {{kJobs, kEnrollments, kCertificates, kSubjects}}};  // "ccA1"
  return schema;
}

const DatabaseRole& agent_role() {
  static const DatabaseRole role{
      "agent database",
      "Nothing was changed. Stop the agent and save what can be read: `" +
          platform::service_commands().agent_as_its_user +
          " --salvage`. It keeps this file and says what is lost. If that is too much, restore the "
          "last backup. Do not start anew without the file unless the CA is given up as well: "
          "without it an embedded CA does not know what it issued and revoked, revoked "
          "certificates would be missing in the next CRL, and CRL numbers would start again"};
  return role;
}

}  // namespace certconnector::store
