#include "agent/store/sqlite/first_release_rows.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/ended_requests.h"
#include "agent/store/sqlite/first_release_lineages.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/digest.h"

namespace certconnector::store {
namespace {

constexpr std::uint64_t kReportEvery = 2000;  // rows

// Tables that go over as they are.
struct CopiedTable {
  const char* name;
  const char* columns;
  const char* heads = "";  // columns that are new
  // The numbers of the columns whose heads these are.
  std::array<int, 2> ids = {};
};
constexpr CopiedTable kQueueTables[] = {
    {"origin", "number, source, instance"},
    {"owner", "number, name"},
    {"job",
     "ticket, id, origin, digest, correlation, authority, type, priority, rank, deadline, "
     "received, rejected, state, ended_as, attempts, due, owner, claim_until, lease_number, "
     "lease_until, lease_watch, expires, started, finished, report_at, reported, closed_at, "
     "interrupted, approved, awaiting_approval, pending_request, last_backoff, last_code, "
     "last_message, reports, outside"},
    {"request", "ticket, record"},
    {"event", "ticket, number, at, kind, message"},
    {"job_count", "authority, type, state, jobs"},
    {"enrollment",
     "ticket, lookup, claim, origin, transaction_id, public_key, challenge, holds, device, "
     "subject, at, attempts, remember_until, forget_at, withheld, replaced, outside",
     ", transaction_head, device_head",
     {4, 8}},
    {"challenge_password",
     "id, digest, service, device, template, subject, made_by, made_at, valid_until, revoked_at, "
     "revoked_by, names"},
    {"challenge_revocation", "id, revoked_at, revoked_by, forget_at"},
};

using RawStatement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

Result<RawStatement> prepare_raw(Database& database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return database.failure(code);
  return RawStatement(statement, sqlite3_finalize);
}

class FirstReleaseCopy {
 public:
  FirstReleaseCopy(Database& queue, Database& certificates, StoreWriter& to,
                   const ReportTakeOver& report)
      : queue_(queue), certificates_(certificates), writer_(to), report_(report) {}

  Status run() {
    CC_TRY(count_rows());
    CC_TRY(copy_numbers());
    CC_TRY(copy_authorities());
    for (const CopiedTable& table : kQueueTables) CC_TRY(copy_table(table));
    CC_TRY(file_kept_jobs());
    CC_TRY(copy_certificates());
    CC_TRY(copy_revocations());
    CC_TRY(copy_outcomes());
    CC_TRY(lineages_.write(
        [this] { return ++looked_at_ % kReportEvery == 0 ? report_(progress_) : Status(); }));
    // Lineages are proved by the requests as they came.
    CC_TRY(forget_challenges(to()));
    return report_({progress_.total, progress_.total});
  }

 private:
  Database& to() { return writer_.database(); }

  Status count_rows() {
    for (const CopiedTable& table : kQueueTables) {
      CC_TRY_ASSIGN(const auto count,
                    prepare_raw(queue_, std::string("SELECT count(*) FROM ") + table.name));
      if (sqlite3_step(count.get()) != SQLITE_ROW) return queue_.failure(SQLITE_CORRUPT);
      progress_.total += static_cast<std::uint64_t>(sqlite3_column_int64(count.get(), 0));
    }
    CC_TRY_ASSIGN(const std::int64_t outcomes, queue_.integer("SELECT count(*) FROM outcome"));
    CC_TRY_ASSIGN(const std::int64_t certificates,
                  certificates_.integer("SELECT count(*) FROM certificate"));
    CC_TRY_ASSIGN(const std::int64_t revocations,
                  certificates_.integer("SELECT count(*) FROM revocation"));
    progress_.total += static_cast<std::uint64_t>(outcomes + certificates + revocations);
    return {};
  }

  Status row_done() { return ++progress_.done % kReportEvery == 0 ? report_(progress_) : Status(); }

  Status copy_numbers() {
    CC_TRY_ASSIGN(const std::int64_t ticket,
                  queue_.integer("SELECT value FROM meta WHERE name = 'next_ticket'"));
    CC_TRY_ASSIGN(const std::int64_t entry,
                  certificates_.integer("SELECT value FROM meta WHERE name = 'next_entry'"));
    CC_TRY(store::run(to(), "UPDATE meta SET value = ? WHERE name = 'next_ticket'", ticket));
    return store::run(to(), "UPDATE meta SET value = ? WHERE name = 'next_entry'", entry);
  }

  // Those of the queue keep their numbers, so that its tables go over as they are.
  Status copy_authorities() {
    {
      Query query(queue_, "SELECT number, fingerprint FROM authority");
      for (;;) {
        CC_TRY_ASSIGN(const bool row, query.next());
        if (!row) break;
        CC_TRY(store::run(to(), "INSERT INTO authority(number, fingerprint) VALUES (?, ?)",
                          query.integer(0), query.text(1)));
      }
    }
    Query query(certificates_,
                "SELECT number, fingerprint, certificates, generation, last_crl_number, "
                "crl_number, crl_this_update, crl_next_update, crl_entries FROM authority");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      CC_TRY_ASSIGN(const std::int64_t number, writer_.authority(std::string(query.text(1))));
      CC_TRY(store::run(to(),
                        "UPDATE authority SET certificates = ?2, generation = ?3, "
                        "last_crl_number = ?4, crl_number = ?5, crl_this_update = ?6, "
                        "crl_next_update = ?7, crl_entries = ?8 WHERE number = ?1",
                        number, query.integer(2), query.integer(3), query.integer(4),
                        query.optional_integer(5), query.optional_integer(6),
                        query.optional_integer(7), query.optional_integer(8)));
      authorities_[query.integer(0)] = number;
    }
  }

  Status copy_table(const CopiedTable& table) {
    const std::string columns = table.columns;
    const auto count = static_cast<int>(std::count(columns.begin(), columns.end(), ',')) + 1;
    std::string values = "?";
    for (int i = 1; i < count; ++i) values += ", ?";
    const bool has_heads = *table.heads != 0;
    for (std::size_t i = 0; has_heads && i < table.ids.size(); ++i) values += ", ?";
    CC_TRY_ASSIGN(const auto read,
                  prepare_raw(queue_, "SELECT " + columns + " FROM " + table.name));
    CC_TRY_ASSIGN(const auto write,
                  prepare_raw(to(), std::string("INSERT INTO ") + table.name + "(" + columns +
                                        table.heads + ") VALUES (" + values + ")"));
    for (;;) {
      const int code = sqlite3_step(read.get());
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return queue_.failure(code);
      for (int i = 0; i < count; ++i) {
        sqlite3_bind_value(write.get(), i + 1, sqlite3_column_value(read.get(), i));
      }
      if (has_heads) bind_heads(read.get(), table.ids, write.get(), count);
      const int written = sqlite3_step(write.get());
      if (written != SQLITE_DONE) return to().failure(written);
      sqlite3_reset(write.get());
      CC_TRY(row_done());
    }
  }

  template <std::size_t N>
  static void bind_heads(sqlite3_stmt* read, const std::array<int, N>& ids, sqlite3_stmt* write,
                         int bound) {
    for (const int column : ids) {
      const void* text = sqlite3_column_text(read, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(read, column));
      const auto head = head_of_id({static_cast<const char*>(text), size});
      ++bound;
      if (head) {
        sqlite3_bind_int64(write, bound, *head);
      } else {
        sqlite3_bind_null(write, bound);
      }
    }
  }

  // 0.1.0 kept jobs for their certificates, filed under the ends of these.
  Status file_kept_jobs() {
    return store::run(to(),
                      "UPDATE job SET closed_at = coalesce(reported, finished) "
                      "WHERE closed_at > coalesce(reported, finished)");
  }

  Result<std::int64_t> authority_of(std::int64_t number) {
    const auto known = authorities_.find(number);
    if (known == authorities_.end()) {
      return certificates_.damaged("has a certificate of a CA that it does not name");
    }
    return known->second;
  }

  Status copy_certificates() {
    Query query(certificates_, "SELECT entry, authority, recorded, record FROM certificate");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      const auto certificate = decode_certificate(query.blob(3));
      if (!certificate) return certificates_.damaged("has a damaged certificate record");
      CC_TRY_ASSIGN(const std::int64_t authority, authority_of(query.integer(1)));
      CC_TRY(insert_certificate(to(), {query.integer(0), authority, std::nullopt, query.time(2)},
                                *certificate));
      CC_TRY(row_done());
    }
  }

  Status copy_revocations() {
    Query query(certificates_, "SELECT entry, authority, not_after, record FROM revocation");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      const auto revoked = decode_revocation(query.blob(3));
      if (!revoked) return certificates_.damaged("has a damaged revocation record");
      CC_TRY_ASSIGN(const std::int64_t authority, authority_of(query.integer(1)));
      CC_TRY(store::run(to(),
                        "INSERT INTO revocation(authority, serial, entry, not_after, record) "
                        "VALUES (?, ?, ?, ?, ?)",
                        authority, revoked->serial, query.integer(0), query.integer(2),
                        query.blob(3)));
      CC_TRY(row_done());
    }
  }

  Status copy_outcomes() {
    Query query(queue_,
                "SELECT job.ticket, id, job.origin, digest, authority, finished, "
                "outcome.record, request.record, transaction_id, challenge, device, public_key, "
                "enrollment.outside "
                "FROM outcome JOIN job USING (ticket) JOIN request USING (ticket) "
                "LEFT JOIN enrollment USING (ticket)");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      const auto outcome = decode_outcome(query.blob(6), {});
      if (!outcome) {
        return queue_.damaged("has a damaged outcome of job " + std::string(query.text(1)));
      }
      std::optional<std::int64_t> certificate;
      if (const auto* issued = std::get_if<core::Issued>(&*outcome)) {
        CC_TRY_ASSIGN(certificate, certificate_of(query, *issued));
        // NDES names the new key alone.
        const bool by_device = !query.is_null(11) && query.integer(12) == 0;
        if (by_device && query.text(9).empty()) {
          lineages_.add(query.blob(11), query.integer(0), *certificate);
        }
      }
      CC_TRY(save_outcome(writer_, query.integer(0), *outcome, certificate));
      CC_TRY(row_done());
    }
  }

  // The entry of the certificate that the job of this row brought.
  Result<std::int64_t> certificate_of(const Query& row, const core::Issued& issued) {
    core::Job job;
    CC_TRY_ASSIGN(const Origin origin, writer_.origin_name(row.integer(2)));
    job.key.source = origin.source;
    job.key.instance = origin.instance;
    job.key.id = row.text(1);
    const ByteView digest = row.blob(3);
    const auto request = decode_request(row.blob(7));
    if (digest.size() != job.key.digest.size() || !request) {
      return queue_.damaged("has a damaged record of job " + job.key.id);
    }
    std::copy(digest.begin(), digest.end(), job.key.digest.begin());
    job.request = *request;
    core::CertificateLabel label = core::label_of(job);
    core::CertificateEntry entry{label.key, std::move(label.template_name), issued.certificate};
    entry.holder = {job.key.source,           job.key.instance,         job.key.id,
                    std::string(row.text(8)), std::string(row.text(9)), std::string(row.text(10))};
    NewCertificateRow recording;
    recording.authority = row.integer(4);
    recording.ticket = row.integer(0);
    recording.recorded = row.time(5);
    CC_TRY_ASSIGN(const auto recorded, record_certificate(writer_, recording, entry));
    if (recorded.before) {
      entry.certificate = *recorded.before;
      CC_TRY(update_certificate(to(), recording, recorded.entry, entry));
    }
    return recorded.entry;
  }

  Database& queue_;
  Database& certificates_;
  StoreWriter& writer_;
  const ReportTakeOver& report_;
  TakeOverProgress progress_;
  FirstReleaseLineages lineages_{writer_.database()};
  std::uint64_t looked_at_ = 0;                                 // certificates, for lineages
  std::unordered_map<std::int64_t, std::int64_t> authorities_;  // of inventory.db: the new numbers
};

}  // namespace

Status copy_first_release(Database& queue, Database& certificates, StoreWriter& to,
                          const ReportTakeOver& report) {
  return FirstReleaseCopy(queue, certificates, to, report).run();
}

}  // namespace certconnector::store
