// Power cuts while the files of release 0.1.0 come over, and at the first changes afterwards.
#include <filesystem>
#include <set>
#include <stdexcept>

#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/first_release_schema.h"
#include "agent/store/sqlite/statement.h"
#include "tests/agent/store/sqlite/disk_recorder.h"
#include "tests/agent/store/sqlite/first_release_files.h"
#include "tests/agent/store/sqlite/powercut.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {
namespace {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::issued;
using stored_jobs::kCa;
using testing::OpenStores;
using testing::TempDirectory;

constexpr int kRevoked = 3;  // certificates without a job

// The jobs that 0.1.0 had, and those that were taken since.
struct Promises {
  std::set<std::string> old_jobs;
  std::vector<std::string> taken;
  std::size_t certificates = 0;  // of kCa
};

std::string name(const char* what, std::uint64_t number) {
  return std::string(what) + "-" + std::to_string(number);
}

// A state folder of 0.1.0: stopped, or as a kill left it, its last changes in the log.
Promises make_first_release(const std::string& folder, std::mt19937_64& random) {
  Promises promises;
  const TempDirectory work;
  FirstReleaseFiles files(work.path().string());
  const std::uint64_t jobs = 1 + random() % 30;
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const std::string id = name("old", i);
    promises.old_jobs.insert(id);
    if (random() % 2 == 0) {
      files.add_job(id, std::nullopt);
      continue;
    }
    core::Issued outcome = issued(id);
    outcome.certificate.serial = Bytes(id.begin(), id.end());
    files.add_job(id, outcome);
    ++promises.certificates;
  }
  for (std::uint64_t i = 0; i < kRevoked; ++i) {
    const std::string serial = name("alone", i);
    core::CertificateEntry entry;
    entry.key.fill(static_cast<std::uint8_t>(200 + i));
    entry.certificate = issued(serial).certificate;
    entry.certificate.serial = Bytes(serial.begin(), serial.end());
    files.add_certificate(entry, true);
    ++promises.certificates;
  }
  const bool killed = random() % 2 == 0;
  if (!killed) {
    for (Database* database : {&files.queue(), &files.certificates()}) {
      if (!database->execute("PRAGMA wal_checkpoint(TRUNCATE)").ok()) throw std::runtime_error("");
    }
  }
  for (const char* file : {"queue.db", "queue.db-wal", "inventory.db", "inventory.db-wal"}) {
    if (!killed && std::string(file).find("-wal") != std::string::npos) continue;
    std::filesystem::copy_file(work.path() / file, std::filesystem::path(folder) / file);
  }
  return promises;
}

// Starts, reads, and takes three jobs; a mark after each promise.
void live(const std::string& folder, DiskRecorder& recorder, const std::string& prefix) {
  OpenStores stores(folder + "/agent.db");
  recorder.mark();
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto taken = stores.jobs.insert({issue_job(name(prefix.c_str(), i))}, at(9));
    if (!taken.ok()) throw std::runtime_error(taken.error().message());
    recorder.mark();
  }
}

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed) : random_(seed) {}

  PowercutReport run() {
    constexpr int kCuts = 10;
    const TempDirectory folder;
    const Promises promises = make_first_release(folder.path().string(), random_);
    DiskRecorder recorder(folder.path().string());
    live(folder.path().string(), recorder, "first");
    for (int i = 0; i < kCuts && report_.violations.empty(); ++i) {
      cut(recorder.log(), promises, "first", 2);
    }
    return report_;
  }

 private:
  // One cut, the life after it, and at times another cut in that.
  void cut(const DiskLog& log, Promises promises, const std::string& life, int more) {
    const std::size_t moment = random_() % (log.size() + 1);
    const TempDirectory folder;
    log.leave(folder.path().string(), moment, random_);
    ++report_.cuts;
    const int marks = log.marks_before(moment);
    for (int i = 1; i < marks; ++i) {
      promises.taken.push_back(name(life.c_str(), static_cast<std::uint64_t>(i - 1)));
    }
    if (marks == 0 && life == "first") check_first_release(folder.path().string());
    go_on(folder.path().string(), promises, more);
  }

  void go_on(const std::string& folder, const Promises& promises, int more) {
    const std::string life = name("again", report_.cuts);
    DiskRecorder recorder(folder);
    try {
      live(folder, recorder, life);
    } catch (const std::runtime_error& error) {
      return violation(std::string("does not go on: ") + error.what());
    }
    const DiskLog log = recorder.log();
    check(folder, promises);
    if (more > 0 && random_() % 3 == 0 && report_.violations.empty()) {
      cut(log, promises, life, more - 1);
    }
  }

  // Before the first change 0.1.0 can go on with its files.
  void check_first_release(const std::string& folder) {
    const auto state = FirstRelease(folder).state();
    if (!state.ok()) return violation("0.1.0 cannot go on: " + state.error().message());
    if (*state != FirstReleaseState::present) violation("0.1.0's files are retired too early");
  }

  void check(const std::string& folder, const Promises& promises) {
    OpenStores stores(folder + "/agent.db");
    std::set<std::string> there;
    const auto jobs = stores.jobs.list({});
    if (!jobs.ok()) return violation("jobs cannot be read: " + jobs.error().message());
    for (const core::JobRecord& job : *jobs) there.insert(job.job.key.id);
    for (const std::string& id : promises.old_jobs) {
      if (there.count(id) == 0) violation("the job " + id + " is lost");
    }
    for (const std::string& id : promises.taken) {
      if (there.count(id) == 0) violation("the taken job " + id + " is lost");
    }
    const auto certificates = stores.certificates.count(kCa);
    if (!certificates.ok() || *certificates != promises.certificates) {
      violation("certificates are lost or doubled");
    }
    check_revocations(stores);
    check_retired(folder);
    if (const std::string words = integrity(folder + "/agent.db", {}); words != "ok") {
      violation(words);
    }
  }

  void check_revocations(OpenStores& stores) {
    int revoked = 0;
    const Status read = stores.certificates.for_each_revoked(
        kCa, at(0), [&](const core::RevokedSerial&) { ++revoked; });
    if (!read.ok() || revoked != kRevoked) violation("revocations are lost");
    const auto crl = stores.certificates.crl(kCa);
    if (!crl.ok() || !*crl || (*crl)->number != 40) violation("the CRL's number is lost");
  }

  // agent.db has changed: 0.1.0 must find what it refuses.
  void check_retired(const std::string& folder) {
    const auto state = FirstRelease(folder).state();
    if (!state.ok() || *state != FirstReleaseState::retired) {
      violation("0.1.0 would go on beside agent.db");
    }
    for (const char* file : {"/queue.db", "/inventory.db"}) {
      if (std::filesystem::exists(folder + file + ".before-agent.db")) {
        violation("what was moved aside stays");
      }
    }
  }

  void violation(const std::string& what) { report_.violations.push_back(what); }

  std::mt19937_64 random_;
  PowercutReport report_;
};

}  // namespace

PowercutReport cut_take_over(std::uint64_t seed) { return Campaign(seed).run(); }

}  // namespace certconnector::store
