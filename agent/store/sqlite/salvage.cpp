#include "agent/store/sqlite/salvage.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/store/sqlite/agent_database.h"
#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/ended_requests.h"
#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/first_release_schema.h"
#include "agent/store/sqlite/lost_state.h"
#include "agent/store/sqlite/salvage_context.h"
#include "agent/store/sqlite/salvage_files.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/transaction.h"
#include "common/time/rfc3339.h"

namespace certconnector::store {
namespace {

// Numbers that were given out and are lost are passed over.
constexpr std::int64_t kLostNumbers = 1'000'000;
constexpr char kLastTicket[] =
    "SELECT max(coalesce((SELECT max(ticket) FROM job), 0), "
    "coalesce((SELECT max(ticket) FROM enrollment), 0), "
    "coalesce((SELECT max(ticket) FROM certificate), 0))";
constexpr char kLastEntry[] = "SELECT coalesce(max(entry), 0) FROM certificate";

// The number of `name` in the new file, above every one that was given out.
Status save_number(Database& to, StoredTables* from, StaticSql last, std::string_view name) {
  std::optional<std::int64_t> next;
  if (from != nullptr) {
    CC_TRY(from->for_each("meta", [&](const NamedRow& row) {
      if (row.text("name") == name) next = std::max(next.value_or(1), row.integer("value"));
      return Status();
    }));
  }
  CC_TRY_ASSIGN(const std::int64_t used, to.integer(last));
  const std::int64_t least = used + 1 + (next ? 0 : kLostNumbers);
  return run(to, "UPDATE meta SET value = ? WHERE name = ?", std::max(next.value_or(1), least),
             name);
}

// The file is whole as far as this tells, and still a CA knows of a later state.
Status account_for_loss(SalvageContext& context) {
  CC_TRY_ASSIGN(const LostState lost, go_on_without(context.writer(), context.options().cas, {},
                                                    context.options().now, "salvage"));
  context.report().details_lost = true;
  context.note(
      "A CA has issued with a later state of this database, or with another one: what was "
      "done since " +
      to_rfc3339(lost.known_until) + " is lost");
  context.note(
      "Certificates issued since are unknown. They can be revoked by their serial numbers");
  context.note("Revocations made since count no more, unless a published CRL has them: " +
               std::to_string(lost.published_revocations) +
               " came from there. Compare with the last CRL that was published elsewhere");
  context.note(std::to_string(lost.withdrawn_challenges) +
               " open one-time challenges are withdrawn, since they may have been used; withdraw "
               "signed ones that must not count: `certconnector challenge revoke KEY:ID`");
  context.note("CRL numbers go on above every one that can have been used");
  return {};
}

Result<SalvageReport> copy_all(StoreWriter& writer, const SalvageSources& sources,
                               const SalvageOptions& options) {
  SalvageContext context(sources, writer, options);
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(writer.database()));
  CC_TRY(salvage_certificates(context));
  CC_TRY(save_number(writer.database(), sources.certificates, kLastEntry, "next_entry"));
  CC_TRY(salvage_ledgers(context));
  CC_TRY(salvage_jobs(context));
  CC_TRY(save_number(writer.database(), sources.queue, kLastTicket, "next_ticket"));
  if (context.is_behind()) CC_TRY(account_for_loss(context));
  CC_TRY(forget_challenges(writer.database()));
  CC_TRY(writer.database().execute(
      "UPDATE authority SET certificates = "
      "(SELECT count(*) FROM certificate WHERE certificate.authority = authority.number)"));
  CC_TRY(transaction.commit());
  return std::move(context.report());
}

class Sources {
 public:
  Sources(const SalvageFiles& files, const ReportSalvage& report)
      : files_(files), report_(report) {}

  Result<SalvageSources> open() {
    SalvageSources sources;
    sources.first_release = files_.first_release;
    if (files_.first_release) {
      CC_TRY(open_one(first_, files_.queue, first_release_queue_schema()));
      CC_TRY(open_one(second_, files_.certificates, first_release_certificates_schema()));
      sources.queue = first_ ? &*first_ : nullptr;
      sources.certificates = second_ ? &*second_ : nullptr;
    } else {
      CC_TRY(open_one(first_, files_.queue, agent_schema()));
      sources.queue = first_ ? &*first_ : nullptr;
      sources.certificates = sources.queue;
    }
    return sources;
  }

 private:
  Status open_one(std::optional<StoredTables>& tables, const std::string& path,
                  const Schema& schema) {
    if (path.empty()) return {};
    CC_TRY_ASSIGN(auto opened, StoredTables::open(path, schema, [&](auto done, auto of) {
                    return report_({"pages", done, of});
                  }));
    tables.emplace(std::move(opened));
    return {};
  }

  const SalvageFiles& files_;
  const ReportSalvage& report_;
  std::optional<StoredTables> first_;
  std::optional<StoredTables> second_;
};

bool has_rows(const SalvageSources& sources) {
  return (sources.queue != nullptr && sources.queue->has_rows()) ||
         (sources.certificates != nullptr && sources.certificates->has_rows());
}

Result<SalvageReport> salvage_into(const std::string& draft, const SalvageFiles& files,
                                   const SalvageOptions& options) {
  Sources sources(files, options.report);
  CC_TRY_ASSIGN(const SalvageSources opened, sources.open());
  if (!has_rows(opened)) {
    return damaged_error("has nothing in it that can be read",
                         {agent_role().title, "Nothing was changed. Restore the last backup"},
                         files.queue.empty() ? files.certificates : files.queue);
  }
  SalvageReport report;
  CC_TRY(make_draft(draft, [&](StoreWriter& writer) -> Status {
    CC_TRY_ASSIGN(report, copy_all(writer, opened, options));
    return {};
  }));
  CC_TRY(options.report({"checking", 0, 0}));
  CC_TRY(AgentDatabase::check_file(draft));
  return report;
}

}  // namespace

bool SalvageReport::complete() const {
  return !details_lost && std::none_of(counts.begin(), counts.end(), [](const SalvageCount& count) {
    return count.lost != 0 || count.more_lost;
  });
}

Result<SalvageReport> salvage_to(const std::string& target, const SalvageOptions& options) {
  CC_TRY_ASSIGN(const SalvageFiles files, find_files(options.state_dir));
  auto report = salvage_into(target, files, options);
  if (!report.ok()) remove_draft(target);
  return report;
}

Result<SalvageReport> salvage(const SalvageOptions& options) {
  CC_TRY_ASSIGN(const bool went_on, finish_replacement(options.state_dir));
  if (went_on) {
    SalvageReport report;
    report.notes.emplace_back(
        "An earlier salvage was ended while it replaced agent.db; this one "
        "has finished that");
    return report;
  }
  CC_TRY_ASSIGN(const SalvageFiles files, find_files(options.state_dir));
  CC_TRY(check_room(files));
  const std::string salvaged = options.state_dir + "/" + kSalvagedName;
  const std::string draft = salvaged + ".new";
  remove_file(salvaged);
  auto report = salvage_into(draft, files, options);
  if (!report.ok()) {
    remove_draft(draft);
    return report;
  }
  CC_TRY(publish_file(draft, salvaged));
  CC_TRY_ASSIGN(report->damaged, replace_files(options.state_dir, options.now));
  return report;
}

}  // namespace certconnector::store
