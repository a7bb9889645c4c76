#include "tests/agent/store/sqlite/first_release_files.h"

#include <stdexcept>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/record_bytes.h"
#include "agent/store/sqlite/statement.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::store {
namespace {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::issued;
using stored_jobs::kCa;
using stored_jobs::kOtherCa;

constexpr DatabaseRole kOldRole{"file of release 0.1.0", ""};

// The schemas as release 0.1.0 had them.
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

void require(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message());
}

Database open_old_file(const std::string& path, const Schema& schema) {
  DatabaseOptions options;
  options.path = path;
  options.role = kOldRole;
  auto opened = open_writer(options, schema);
  if (!opened.ok()) throw std::runtime_error(opened.error().message());
  return std::move(opened).value();
}

Bytes old_outcome(const core::Outcome& outcome) {
  const auto* issued = std::get_if<core::Issued>(&outcome);
  if (issued == nullptr) return encode_outcome(outcome);
  RecordWriter out(1);
  out.number(0);
  out.bytes(issued->certificate.certificate);
  out.bytes(issued->certificate.serial);
  out.signed_number(to_millis(issued->certificate.not_before));
  out.signed_number(to_millis(issued->certificate.not_after));
  out.text(issued->note);
  return std::move(out).seal();
}

}  // namespace

const Schema& first_release_queue() {
  static const Schema schema{0x63635131, {{kQueue1}, {kQueue2}, {kQueue3}}};
  return schema;
}

const Schema& first_release_certificates() {
  static const Schema schema{0x63634931, {{kCertificates1}}};
  return schema;
}

FirstReleaseFiles::FirstReleaseFiles(const std::string& folder)
    : queue_(open_old_file(folder + "/queue.db", first_release_queue())),
      certificates_(open_old_file(folder + "/inventory.db", first_release_certificates())) {
  require(run(queue_, "INSERT INTO authority(number, fingerprint) VALUES (1, ?), (2, ?)", kOtherCa,
              kCa));
  require(run(queue_, "INSERT INTO origin(number, source, instance) VALUES (1, 0, 'default')"));
  require(run(certificates_,
              "INSERT INTO authority(number, fingerprint, certificates, generation, "
              "last_crl_number, crl_number, crl_this_update, crl_next_update, crl_entries) "
              "VALUES (1, ?, 0, 5, 41, 40, 1000, 2000, 1)",
              kCa));
}

core::CertificateLabel FirstReleaseFiles::add_job(const std::string& id,
                                                  const std::optional<core::Outcome>& outcome,
                                                  bool of_other_ca) {
  const core::NewJob job = issue_job(id);
  const std::int64_t ticket = ++jobs_;
  const std::int64_t state = outcome ? 4 : 0;
  require(run(queue_,
              "INSERT INTO job(ticket, id, origin, digest, correlation, authority, type, priority, "
              "rank, received, rejected, state, due, finished, report_at) "
              "VALUES (?, ?, 1, ?, '', ?, 0, 0, 1100, ?, 0, ?, ?, ?, ?)",
              ticket, id, job.job.key.digest, of_other_ca ? 1 : 2, at(0), state,
              outcome ? std::nullopt : std::make_optional(at(0)),
              outcome ? std::make_optional(at(1)) : std::nullopt,
              outcome ? std::make_optional(at(1)) : std::nullopt));
  require(run(queue_, "INSERT INTO request(ticket, record) VALUES (?, ?)", ticket,
              encode_request(job.job.request).value()));
  require(run(queue_,
              "INSERT INTO job_count(authority, type, state, jobs) VALUES (?, 0, ?, 1) "
              "ON CONFLICT DO UPDATE SET jobs = jobs + 1",
              of_other_ca ? 1 : 2, state));
  require(run(queue_, "UPDATE meta SET value = ? WHERE name = 'next_ticket'", ticket + 1));
  if (outcome) {
    require(run(queue_, "INSERT INTO outcome(ticket, record) VALUES (?, ?)", ticket,
                old_outcome(*outcome)));
  }
  return core::label_of(job.job);
}

void FirstReleaseFiles::add_certificate(const core::CertificateEntry& entry, bool revoked) {
  const std::int64_t number = ++entries_;
  require(run(certificates_,
              "INSERT INTO certificate(entry, authority, not_after, recorded, record) "
              "VALUES (?, 1, ?, ?, ?)",
              number, entry.certificate.not_after, at(1), encode_certificate(entry).value()));
  require(run(certificates_, "UPDATE authority SET certificates = certificates + 1"));
  require(run(certificates_, "UPDATE meta SET value = ? WHERE name = 'next_entry'", number + 1));
  if (!revoked) return;
  const core::RevokedSerial revocation{entry.certificate.serial,
                                       {at(5), core::RevocationReason::key_compromise, {}}};
  require(run(certificates_,
              "INSERT INTO revocation(entry, authority, not_after, record) VALUES (?, 1, ?, ?)",
              number, entry.certificate.not_after, encode_revocation(revocation)));
}

}  // namespace certconnector::store
