// The implementations of core::JobStore that pass its contract.
#include "tests/contract/job_store_contract.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::contract {
namespace {

class FakeStoreHost final : public JobStoreHost {
 public:
  core::JobStore& store() override { return store_; }
  core::CertificateStore& certificates() override { return store_.certificates(); }
  void reopen() override { store_.forget_process(); }

 private:
  testing::FakeJobStore store_;
};

class SqliteStoreHost final : public JobStoreHost {
 public:
  SqliteStoreHost() { SqliteStoreHost::reopen(); }
  core::JobStore& store() override { return stores_->jobs; }
  core::CertificateStore& certificates() override { return stores_->certificates; }
  void reopen() override {
    stores_.reset();
    stores_ = std::make_unique<testing::OpenStores>(folder_.file("agent.db"));
  }

 private:
  testing::TempDirectory folder_;
  std::unique_ptr<testing::OpenStores> stores_;
};

}  // namespace

std::vector<JobStoreImplementation> job_stores() {
  return {{"fake", [] { return std::make_unique<FakeStoreHost>(); }},
          {"sqlite", [] { return std::make_unique<SqliteStoreHost>(); }}};
}

}  // namespace certconnector::contract
