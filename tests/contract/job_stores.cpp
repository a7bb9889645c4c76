// The implementations of core::JobStore that pass its contract.
#include <stdexcept>

#include "agent/store/sqlite/sqlite_job_store.h"
#include "tests/contract/job_store_contract.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/temp_directory.h"

namespace certconnector::contract {
namespace {

class FakeStoreHost final : public JobStoreHost {
 public:
  core::JobStore& store() override { return store_; }
  void reopen() override { store_.forget_process(); }

 private:
  testing::FakeJobStore store_;
};

class SqliteStoreHost final : public JobStoreHost {
 public:
  SqliteStoreHost() { SqliteStoreHost::reopen(); }
  core::JobStore& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    store::JobStoreOptions options;
    options.path = folder_.file("queue.db");
    auto opened = store::SqliteJobStore::open(options);
    if (!opened.ok()) throw std::runtime_error(opened.error().message());
    store_ = std::move(*opened);
  }

 private:
  testing::TempDirectory folder_;
  std::unique_ptr<store::SqliteJobStore> store_;
};

}  // namespace

std::vector<JobStoreImplementation> job_stores() {
  return {{"fake", [] { return std::make_unique<FakeStoreHost>(); }},
          {"sqlite", [] { return std::make_unique<SqliteStoreHost>(); }}};
}

}  // namespace certconnector::contract
