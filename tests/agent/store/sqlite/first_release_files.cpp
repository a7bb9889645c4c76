#include "tests/agent/store/sqlite/first_release_files.h"

#include <stdexcept>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/first_release_schema.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/record_bytes.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/pkcs10.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::store {
namespace {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::kCa;
using stored_jobs::kOtherCa;

const DatabaseRole kOldRole{"file of release 0.1.0", ""};

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

FirstReleaseFiles::FirstReleaseFiles(const std::string& folder)
    : queue_(open_old_file(folder + "/queue.db", first_release_queue_schema())),
      certificates_(open_old_file(folder + "/inventory.db", first_release_certificates_schema())) {
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

void FirstReleaseFiles::add_device_job(const std::string& id,
                                       const std::optional<core::Outcome>& outcome) {
  add_job(id, outcome);
  crypto::Pkcs10Spec spec;
  spec.challenge_password = "laboratory";
  core::IssueRequest request;
  request.pkcs10 =
      crypto::make_pkcs10(crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value(), spec)
          .value();
  require(run(queue_, "UPDATE request SET record = ?2 WHERE ticket = ?1", jobs_,
              encode_request(request).value()));
  require(run(queue_, "UPDATE origin SET source = ?", core::JobSource::scep));
}

void FirstReleaseFiles::add_enrollment(std::int64_t ticket, const std::string& transaction_id,
                                       const std::string& device) {
  require(run(queue_,
              "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, "
              "device, subject, at, attempts, remember_until, outside) "
              "VALUES (?, 1, zeroblob(32), 1, ?, zeroblob(32), ?, 'CN=phone', 1, 1, 9, 0)",
              ticket, transaction_id, device));
}

void FirstReleaseFiles::keep_job(const std::string& id, Timestamp reported, Timestamp kept_until) {
  require(run(queue_,
              "UPDATE job SET state = 8, ended_as = 4, report_at = NULL, reported = ?2, "
              "closed_at = ?3 WHERE id = ?1",
              id, reported, kept_until));
  require(run(queue_,
              "INSERT OR REPLACE INTO job_count(authority, type, state, jobs) "
              "SELECT authority, 0, state, count(*) FROM job GROUP BY authority, state"));
  require(run(queue_,
              "DELETE FROM job_count WHERE NOT EXISTS (SELECT 1 FROM job "
              "WHERE job.authority = job_count.authority AND job.state = job_count.state)"));
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

bool holds_challenge(core::JobStore& jobs, const std::string& id) {
  const auto found = jobs.find(id).value();
  const auto& request = std::get<core::IssueRequest>(found.at(0).job.request);
  return as_text(request.pkcs10).find("laboratory") != std::string_view::npos;
}

}  // namespace certconnector::store
