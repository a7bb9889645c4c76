#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <tuple>

#include "agent/store/sqlite/sqlite_job_store.h"
#include "tests/agent/store/sqlite/lossy_vfs.h"
#include "tests/agent/store/sqlite/powercut.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::store {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::issued;
using stored_jobs::kCa;
namespace {

using core::JobState;

constexpr char kPath[] = "agent.db";

// The expected state of a job.
struct Expected {
  std::int64_t ticket = 0;  // 0: not known yet
  JobState state = JobState::queued;
  int attempts = 0;
  std::int64_t due = 0;
  std::string certificate;  // of the outcome

  friend bool operator==(const Expected& a, const Expected& b) {
    return std::tie(a.state, a.attempts, a.certificate) ==
           std::tie(b.state, b.attempts, b.certificate);
  }
};
using Model = std::map<std::string, Expected>;

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed)
      : random_(seed), disk_("lossy-" + std::to_string(seed), seed) {}

  PowercutReport run() {
    constexpr int kLives = 6;
    for (int life = 0; life < kLives && report_.violations.empty(); ++life) {
      live(life);
      disk_.restore_power();
      ++report_.cuts;
    }
    return report_;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void violation(const std::string& what) { report_.violations.push_back(what); }
  void close() {
    store_.reset();
    file_.reset();
  }

  void live(int life) {
    owner_ = "life-" + std::to_string(life);
    AgentDatabaseOptions options;
    options.path = kPath;
    options.vfs = disk_.name();
    auto opened = AgentDatabase::open(options);
    if (!opened.ok()) return violation("does not open: " + opened.error().message());
    file_ = std::move(opened).value();
    store_.emplace(*file_);
    compare();
    if (const std::string words = integrity(kPath, disk_.name()); words != "ok") violation(words);
    if (report_.violations.empty()) work();
    disk_.cut_now();
    close();
  }

  void work() {
    const auto recovered = store_->recover(owner_, time());
    if (!recovered.ok()) return violation("does not recover: " + recovered.error().message());
    for (auto& [id, job] : model_) {
      if (job.state != JobState::running) continue;
      job.state = JobState::queued;
      job.due = now_;
    }
    disk_.cut_after(1 + below(400));
    while (step()) ++report_.calls;
    // Some lives end by closing, with the cut on the way.
    if (!disk_.is_off()) close();
  }

  Timestamp time() { return from_millis(++now_); }

  // One call. False: the power is gone, or the life is over.
  bool step() {
    after_ = model_;
    const Timestamp now = time();
    bool ok = false;
    switch (below(8)) {
      case 0:
      case 1:
        ok = insert(now);
        break;
      case 2:
      case 3:
        ok = claim(now);
        break;
      case 4:
        ok = settle(now);
        break;
      case 5:
        ok = acknowledge(now);
        break;
      case 6:
        ok = purge(now);
        break;
      default:
        checkpoint(kPath, disk_.name());
        ok = !disk_.is_off() && below(40) != 0;
        break;
    }
    if (ok) model_ = after_;
    if (!ok && !disk_.is_off() && report_.violations.empty()) after_ = model_;
    return ok;
  }

  // The call failed; only a cut may be the reason.
  bool failed(const char* what, const Error& error) {
    if (!disk_.is_off()) violation(std::string(what) + ": " + error.message());
    return false;
  }

  bool insert(Timestamp now) {
    std::vector<core::NewJob> jobs;
    for (std::uint64_t i = 0; i <= below(6); ++i) {
      const std::string id = "job-" + std::to_string(next_id_++);
      jobs.push_back(issue_job(id));
      after_[id].due = to_millis(now);
    }
    const auto inserted = store_->insert(jobs, now);
    if (!inserted.ok()) return failed("insert", inserted.error());
    for (const core::NewJob& job : jobs) {
      const auto found = store_->find(job.job.key.id);
      if (!found.ok()) return failed("find", found.error());
      after_[job.job.key.id].ticket = found->front().ticket.value;
    }
    return true;
  }

  bool claim(Timestamp now) {
    const std::uint64_t max = 1 + below(8);
    std::vector<std::pair<std::int64_t, std::string>> queued;
    for (const auto& [id, job] : model_) {
      if (job.state == JobState::queued) queued.emplace_back(job.due, id);
    }
    std::sort(queued.begin(), queued.end(), [&](const auto& a, const auto& b) {
      return std::make_pair(a.first, model_.at(a.second).ticket) <
             std::make_pair(b.first, model_.at(b.second).ticket);
    });
    queued.resize(std::min<std::size_t>(queued.size(), max));
    for (const auto& [due, id] : queued) {
      after_[id].state = JobState::running;
      ++after_[id].attempts;
    }
    const auto claimed = store_->claim({kCa, max, owner_, now, now});
    if (!claimed.ok()) return failed("claim", claimed.error());
    if (claimed->size() != queued.size()) violation("a claim gave another number of jobs");
    return true;
  }

  bool settle(Timestamp now) {
    std::vector<core::Settlement> settlements;
    for (auto& [id, job] : after_) {
      if (job.state != JobState::running || below(2) == 0) continue;
      core::Verdict verdict = core::Finish{issued(id)};
      switch (below(4)) {
        case 0:
          verdict = core::RetryLater{now, {}, "code", "words"};
          job.state = JobState::queued;
          job.due = to_millis(now);
          break;
        case 1:
          verdict = core::Hold{"in doubt"};
          job.state = JobState::held;
          break;
        default:
          job.state = JobState::succeeded;
          job.certificate = id;
      }
      settlements.push_back(stored_jobs::settlement({job.ticket}, std::move(verdict)));
    }
    const auto settled = store_->settle(settlements, owner_, now);
    return settled.ok() || failed("settle", settled.error());
  }

  bool acknowledge(Timestamp now) {
    const auto reports = store_->unreported({}, 1 + below(10));
    if (!reports.ok()) return failed("unreported", reports.error());
    std::vector<core::ReportAcknowledgement> acks;
    for (const core::Report& report : *reports) {
      acks.push_back({report.ticket, core::ReportVerdict::accepted, "", {}});
      after_[report.key.id].state = JobState::reported;
    }
    const Status done = store_->acknowledge(acks, now);
    return done.ok() || failed("acknowledge", done.error());
  }

  // At the beginning of time nothing goes; long after it all that is over does.
  bool purge(Timestamp now) {
    const bool ended = below(2) == 0;
    for (auto job = after_.begin(); ended && job != after_.end();) {
      job = job->second.state == JobState::reported ? after_.erase(job) : std::next(job);
    }
    const auto purged = store_->purge(ended ? at(100000) : at(0), now, 10000);
    return purged.ok() || failed("purge", purged.error());
  }

  // Compares the store after a cut with the allowed contents.
  void compare() {
    core::JobFilter filter;
    filter.limit = 1000;
    Model found;
    std::map<JobState, std::uint64_t> states;
    const auto records = store_->list(filter);
    if (!records.ok()) return violation("cannot be listed: " + records.error().message());
    for (const core::JobRecord& record : *records) {
      Expected job{record.ticket.value, record.state, record.attempts, to_millis(record.due), ""};
      if (record.outcome) {
        const Bytes& der = std::get<core::Issued>(*record.outcome).certificate.certificate;
        job.certificate = std::string(as_text(der));
      }
      ++states[record.state];
      found.emplace(record.job.key.id, std::move(job));
    }
    if (found != model_ && found != after_) violation(difference(found));
    model_ = found;
    after_ = found;
    compare_counts(states);
  }

  void compare_counts(const std::map<JobState, std::uint64_t>& states) {
    const auto counts = store_->counts();
    if (!counts.ok()) return violation("cannot be counted: " + counts.error().message());
    std::map<JobState, std::uint64_t> counted;
    for (const core::JobCount& count : *counts) counted[count.state] += count.count;
    if (counted != states) violation("the counters do not match the jobs");
  }

  std::string difference(const Model& found) {
    for (const auto& [id, job] : model_) {
      const auto there = found.find(id);
      if (there == found.end() && after_.count(id) != 0) return id + " is lost";
      if (there != found.end() && !(there->second == job) && !(there->second == after_[id])) {
        return id + " is " + std::string(core::to_string(there->second.state)) + ", not " +
               std::string(core::to_string(job.state));
      }
    }
    return "a call stands in part";
  }

  std::mt19937_64 random_;
  LossyDisk disk_;
  std::unique_ptr<AgentDatabase> file_;
  std::optional<SqliteJobStore> store_;
  PowercutReport report_;
  Model model_;  // after the last call that returned
  Model after_;  // if the call that was cut off stands
  std::string owner_;
  std::int64_t now_ = 1'790'000'000'000;
  std::uint64_t next_id_ = 0;
};

}  // namespace

PowercutReport cut_queue(std::uint64_t seed) { return Campaign(seed).run(); }

std::string integrity(const std::string& path, const std::string& vfs) {
  sqlite3* handle = nullptr;
  std::string words = "cannot be opened";
  if (sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE,
                      vfs.empty() ? nullptr : vfs.c_str()) == SQLITE_OK) {
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<std::string*>(into) = values[0];
      return 0;
    };
    if (sqlite3_exec(handle, "PRAGMA integrity_check(1)", keep, &words, nullptr) != SQLITE_OK) {
      words = sqlite3_errmsg(handle);
    }
  }
  sqlite3_close(handle);
  return words;
}

void checkpoint(const std::string& path, const std::string& vfs) {
  sqlite3* handle = nullptr;
  if (sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE,
                      vfs.empty() ? nullptr : vfs.c_str()) == SQLITE_OK) {
    sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  }
  sqlite3_close(handle);
}

}  // namespace certconnector::store
