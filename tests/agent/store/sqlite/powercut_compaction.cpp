// Power cuts while a database is compacted, and at the start afterwards.
#include <filesystem>
#include <set>
#include <stdexcept>

#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/compaction.h"
#include "agent/store/sqlite/salvage_files.h"
#include "tests/agent/store/sqlite/disk_recorder.h"
#include "tests/agent/store/sqlite/powercut.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {
namespace {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::leased;
using testing::OpenStores;
using testing::TempDirectory;

// Jobs that were over and are purged: their pages are free.
void leave_free_pages(OpenStores& stores, std::uint64_t count) {
  std::vector<core::NewJob> jobs;
  for (std::uint64_t i = 0; i < count; ++i) {
    jobs.push_back(leased(issue_job("over-" + std::to_string(i)), 1, at(900)));
    jobs.back().rejection = core::failed(core::failure::kBadJob, "no");
  }
  if (!stores.jobs.insert(jobs, at(0)).ok()) throw std::runtime_error("no jobs");
  const auto reports = stores.jobs.unreported({}, count);
  if (!reports.ok()) throw std::runtime_error(reports.error().message());
  std::vector<core::ReportAcknowledgement> acknowledged;
  for (const core::Report& report : *reports) {
    acknowledged.push_back({report.ticket, {}, {}, {}});
  }
  if (!stores.jobs.acknowledge(acknowledged, at(1)).ok()) throw std::runtime_error("no answer");
  for (;;) {
    const auto purged = stores.jobs.purge(at(2), at(2), 1000);
    if (!purged.ok()) throw std::runtime_error(purged.error().message());
    if (*purged == 0) return;
  }
}

class CompactionCampaign {
 public:
  explicit CompactionCampaign(std::uint64_t seed) : random_(seed) {}

  PowercutReport run() {
    constexpr int kCuts = 20;
    const TempDirectory folder;
    make_database(folder.path().string());
    DiskRecorder recorder(folder.path().string());
    const auto compacted = compact(folder.path().string(), [](const auto&) { return Status(); });
    if (!compacted.ok()) throw std::runtime_error(compacted.error().message());
    recorder.mark();
    const DiskLog log = recorder.log();
    for (int i = 0; i < kCuts && report_.violations.empty(); ++i) cut(log, 2);
    return report_;
  }

 private:
  void make_database(const std::string& folder) {
    OpenStores stores(folder + "/agent.db");
    const std::uint64_t jobs = 1 + random_() % 50;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      kept_.insert("kept-" + std::to_string(i));
      const auto taken = stores.jobs.insert({issue_job("kept-" + std::to_string(i))}, at(9));
      if (!taken.ok()) throw std::runtime_error(taken.error().message());
    }
    leave_free_pages(stores, 50 + random_() % 200);
  }

  // One cut, and at times another one at the start or the compaction after it.
  void cut(const DiskLog& log, int more) {
    const std::size_t moment = random_() % (log.size() + 1);
    const TempDirectory folder;
    log.leave(folder.path().string(), moment, random_);
    ++report_.cuts;
    DiskRecorder recorder(folder.path().string());
    const bool again = random_() % 2 == 0;
    if (again) {
      const auto compacted = compact(folder.path().string(), [](const auto&) { return Status(); });
      if (!compacted.ok()) return violation("no second try: " + compacted.error().message());
    }
    check(folder.path().string());
    const DiskLog next = recorder.log();
    if (more > 0 && random_() % 3 == 0 && report_.violations.empty()) cut(next, more - 1);
  }

  void check(const std::string& folder) {
    try {
      OpenStores stores(folder + "/agent.db");
      const auto jobs = stores.jobs.list({});
      if (!jobs.ok()) return violation("jobs cannot be read: " + jobs.error().message());
      std::set<std::string> there;
      for (const core::JobRecord& job : *jobs) there.insert(job.job.key.id);
      if (there != kept_) violation("jobs are lost or come back");
      ++report_.calls;
    } catch (const std::runtime_error& error) {
      return violation(std::string("does not go on: ") + error.what());
    }
    for (const char* name : {kCompactedName, kReplacingName}) {
      if (std::filesystem::exists(folder + "/" + name)) violation(std::string(name) + " stays");
    }
    if (const std::string words = integrity(folder + "/agent.db", {}); words != "ok") {
      violation(words);
    }
  }

  void violation(const std::string& what) { report_.violations.push_back(what); }

  std::mt19937_64 random_;
  std::set<std::string> kept_;
  PowercutReport report_;
};

}  // namespace

PowercutReport cut_compaction(std::uint64_t seed) { return CompactionCampaign(seed).run(); }

}  // namespace certconnector::store
