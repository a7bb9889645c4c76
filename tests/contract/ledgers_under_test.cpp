// The implementations that the ledgers' suites run on.
#include "tests/contract/ledger_contract.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/core/fake_enrollment_ledger.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::contract {
namespace {

class FakeLedgers final : public LedgersUnderTest {
 public:
  core::JobStore& jobs() override { return jobs_; }
  core::EnrollmentLedger& enrollments() override { return enrollments_; }
  core::ExternalEnrollments& external() override { return enrollments_; }
  core::ChallengeLedger& challenges() override { return challenges_; }
  core::CertificateStore& certificates() override { return jobs_.certificates(); }
  core::LineageLedger& lineages() override { return enrollments_; }

 private:
  testing::FakeJobStore jobs_;
  testing::FakeEnrollmentLedger enrollments_{jobs_};
  testing::FakeChallengeLedger challenges_{enrollments_.rows()};
};

class SqliteLedgers final : public LedgersUnderTest {
 public:
  SqliteLedgers() { open(); }
  core::JobStore& jobs() override { return open_->jobs; }
  core::EnrollmentLedger& enrollments() override { return open_->enrollments; }
  core::ExternalEnrollments& external() override { return open_->enrollments; }
  core::ChallengeLedger& challenges() override { return open_->challenges; }
  core::CertificateStore& certificates() override { return open_->certificates; }
  core::LineageLedger& lineages() override { return open_->enrollments; }
  void restart() override {
    open_.reset();
    open();
  }

 private:
  void open() { open_ = std::make_unique<testing::OpenStores>(folder_.file("agent.db")); }

  testing::TempDirectory folder_;
  std::unique_ptr<testing::OpenStores> open_;
};

template <typename Ledgers>
std::unique_ptr<LedgersUnderTest> make_ledgers() {
  return std::make_unique<Ledgers>();
}

constexpr LedgersFactory kFakeLedgers{"Fake", make_ledgers<FakeLedgers>};
constexpr LedgersFactory kSqliteLedgers{"Sqlite", make_ledgers<SqliteLedgers>};

INSTANTIATE_TEST_SUITE_P(On, EnrollmentLedgerContract, ::testing::ValuesIn(all_ledgers()),
                         ledgers_name);
INSTANTIATE_TEST_SUITE_P(On, ExternalEnrollmentsContract, ::testing::ValuesIn(all_ledgers()),
                         ledgers_name);
INSTANTIATE_TEST_SUITE_P(On, ChallengeLedgerContract, ::testing::ValuesIn(all_ledgers()),
                         ledgers_name);

}  // namespace

std::vector<LedgersFactory> all_ledgers() { return {kFakeLedgers, kSqliteLedgers}; }

std::string ledgers_name(const ::testing::TestParamInfo<LedgersFactory>& tested) {
  return tested.param.name;
}

}  // namespace certconnector::contract
