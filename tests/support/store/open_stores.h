// agent.db, and every store and ledger on it, for tests.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "agent/store/sqlite/agent_database.h"
#include "agent/store/sqlite/sqlite_certificate_store.h"
#include "agent/store/sqlite/sqlite_challenge_ledger.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "agent/store/sqlite/sqlite_job_store.h"

namespace certconnector::testing {

[[nodiscard]] inline store::AgentDatabaseOptions database_at(std::string path) {
  store::AgentDatabaseOptions options;
  options.path = std::move(path);
  return options;
}

class OpenStores {
 public:
  // Throws std::runtime_error when the file does not open.
  explicit OpenStores(const store::AgentDatabaseOptions& options)
      : file_(open(options)),
        jobs(*file_),
        certificates(*file_),
        enrollments(*file_),
        challenges(*file_) {}
  explicit OpenStores(std::string path) : OpenStores(database_at(std::move(path))) {}

  [[nodiscard]] store::AgentDatabase& file() { return *file_; }

 private:
  static std::unique_ptr<store::AgentDatabase> open(const store::AgentDatabaseOptions& options) {
    auto opened = store::AgentDatabase::open(options);
    if (!opened.ok()) throw std::runtime_error(opened.error().message());
    return std::move(opened).value();
  }

  std::unique_ptr<store::AgentDatabase> file_;

 public:
  store::SqliteJobStore jobs;
  store::SqliteCertificateStore certificates;
  store::SqliteEnrollmentLedger enrollments;
  store::SqliteChallengeLedger challenges;
};

}  // namespace certconnector::testing
