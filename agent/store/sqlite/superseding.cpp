// Loads what enrollment::supersede_step() looks at, and does what it says.
#include "agent/enrollment/rules/supersede_rules.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kDueForLook[] =
    "SELECT entry, authority, serial, not_after, coalesce(lineage, entry) "
    "FROM certificate INDEXED BY certificate_superseded "
    "WHERE superseded IS NOT NULL AND superseded <= ? ORDER BY superseded LIMIT ?";
constexpr char kSuccessors[] =
    "SELECT c.serial, c.not_after, c.used, enrollment.given, coalesce(enrollment.withheld, 0), "
    "coalesce(enrollment.outside, 0), "
    "(SELECT instance FROM origin WHERE number = enrollment.origin), c.authority "
    "FROM certificate AS c INDEXED BY certificate_renews "
    "LEFT JOIN enrollment ON enrollment.ticket = c.ticket WHERE c.renews = ? ORDER BY c.entry";
// As jobs::is_finished(): the states before it.
constexpr char kRenewalUnderWay[] =
    "SELECT 1 FROM enrollment INDEXED BY enrollment_lineage "
    "JOIN job ON job.ticket = enrollment.ticket "
    "WHERE lineage = ? AND renews = ? AND job.state < ? LIMIT 1";
constexpr char kLookAgain[] = "UPDATE certificate SET superseded = ?2 WHERE entry = ?1";
constexpr char kTicketOfJob[] = "SELECT ticket FROM job WHERE id = ? AND origin = ?";
constexpr char kEntryOfSerial[] =
    "SELECT entry FROM certificate INDEXED BY certificate_serial WHERE serial = ? "
    "AND authority = (SELECT number FROM authority WHERE fingerprint = ?) "
    "ORDER BY entry DESC LIMIT 1";

struct Replaced {
  std::int64_t entry = 0;
  std::int64_t authority = 0;
  Bytes serial;
  Timestamp not_after;
  std::int64_t lineage = 0;
};

Result<std::vector<Replaced>> due_for_look(Database& database, Timestamp now, std::size_t max) {
  std::vector<Replaced> due;
  Query query(database, kDueForLook, now, max);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return due;
    due.push_back({query.integer(0), query.integer(1), query.blob(2).to_bytes(), query.time(3),
                   query.integer(4)});
  }
}

// Looks at one certificate inside the transaction of all.
class Superseding {
 public:
  Superseding(StoreWriter& writer, const std::vector<core::SupersedeTerms>& terms, Timestamp now)
      : writer_(writer), terms_(terms), now_(now) {}

  Status look_at(const Replaced& one, core::SupersedeLook& look) {
    CC_TRY_ASSIGN(const core::CaFingerprint ca, writer_.authority_name(one.authority));
    CC_TRY_ASSIGN(const auto facts, load_facts(one, ca));
    const enrollment::SupersedeStep step = enrollment::supersede_step(facts, now_);
    std::optional<Timestamp> again;
    if (step.choice == enrollment::SupersedeStep::Choice::look_again) again = step.again;
    CC_TRY(run(writer_.database(), kLookAgain, one.entry, again));
    ++look.looked_at;
    if (step.choice != enrollment::SupersedeStep::Choice::revoke) return {};
    const core::NewJob job = enrollment::superseding_job(ca, one.serial);
    CC_TRY(revoke(job, step.why));
    look.revoked.push_back({ca, one.serial, job.job.key.id});
    return {};
  }

 private:
  Result<enrollment::Standing> standing(std::int64_t authority, const Bytes& serial,
                                        Timestamp not_after) {
    CC_TRY_ASSIGN(const auto revoked, find_revocation(writer_.database(), authority, serial));
    return enrollment::standing_of(not_after, revoked, now_);
  }

  Result<enrollment::SupersededFacts> load_facts(const Replaced& one,
                                                 const core::CaFingerprint& ca) {
    enrollment::SupersededFacts facts;
    CC_TRY_ASSIGN(facts.standing, standing(one.authority, one.serial, one.not_after));
    {
      Query query(writer_.database(), kRenewalUnderWay, one.lineage, one.entry,
                  core::JobState::succeeded);
      CC_TRY_ASSIGN(facts.under_way, query.next());
    }
    Query query(writer_.database(), kSuccessors, one.entry);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return facts;
      CC_TRY_ASSIGN(auto successor, read_successor(query, ca));
      facts.successors.push_back(std::move(successor));
    }
  }

  // It may be of the CA after `ca`, which issued the old one.
  Result<enrollment::Successor> read_successor(const Query& row, const core::CaFingerprint& ca) {
    enrollment::Successor successor;
    successor.serial = row.blob(0).to_bytes();
    CC_TRY_ASSIGN(successor.standing, standing(row.integer(7), successor.serial, row.time(1)));
    const bool withheld = row.integer(4) != 0;
    if (withheld) successor.standing = enrollment::Standing::over;
    successor.used = row.integer(2) != 0;
    successor.given = row.optional_time(3);
    const bool external = row.integer(5) != 0;
    if (!external && !row.is_null(6)) {
      successor.terms = enrollment::terms_of(terms_, row.text(6), ca);
    }
    return successor;
  }

  Status revoke(const core::NewJob& job, const std::string& why) {
    CC_TRY(insert_job(writer_, job, now_));
    const core::JobKey& key = job.job.key;
    CC_TRY_ASSIGN(const std::int64_t origin, writer_.origin({key.source, key.instance}));
    std::int64_t ticket = 0;
    {
      Query query(writer_.database(), kTicketOfJob, key.id, origin);
      CC_TRY_ASSIGN(const bool found, query.next());
      if (!found) return writer_.database().damaged("lost a job that it has just taken");
      ticket = query.integer(0);
    }
    return writer_.note(ticket, now_, "renewed", why);
  }

  StoreWriter& writer_;
  const std::vector<core::SupersedeTerms>& terms_;
  Timestamp now_;
};

}  // namespace

Result<core::SupersedeLook> supersede_certificates(StoreWriter& writer,
                                                   const std::vector<core::SupersedeTerms>& terms,
                                                   Timestamp now, std::size_t max) {
  core::SupersedeLook look;
  CC_TRY_ASSIGN(const auto due, due_for_look(writer.database(), now, max));
  Superseding superseding(writer, terms, now);
  for (const Replaced& one : due) CC_TRY(superseding.look_at(one, look));
  return look;
}

Status note_uses(StoreWriter& writer, const std::vector<core::CertificateOfCa>& used) {
  for (const core::CertificateOfCa& one : used) {
    std::optional<std::int64_t> entry;
    {
      Query query(writer.database(), kEntryOfSerial, one.serial, one.ca);
      CC_TRY_ASSIGN(const bool found, query.next());
      if (found) entry = query.integer(0);
    }
    if (entry) CC_TRY(note_use(writer.database(), *entry));
  }
  return {};
}

}  // namespace certconnector::store
