#include "agent/enrollment/lineage_maintenance.h"

#include <gmock/gmock.h>

#include "tests/support/core/core_fixture.h"

namespace certconnector::enrollment {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Remembers how it was asked.
class LineagesInMemory final : public core::LineageLedger {
 public:
  Result<core::SupersedeLook> supersede(const std::vector<core::SupersedeTerms>& terms,
                                        Timestamp now, std::size_t max) override {
    if (failure) return *failure;
    asked_terms = terms;
    asked_now = now;
    asked_max = max;
    return look;
  }
  Status note_use(const std::vector<core::CertificateOfCa>& used) override {
    for (const auto& one : used) noted.push_back(one.serial);
    return {};
  }

  Result<std::optional<core::LineageState>> find(core::LineageId, Timestamp) override {
    return std::optional<core::LineageState>();
  }
  Result<core::LineageState> allow(core::LineageId, std::size_t, Timestamp) override {
    return core::LineageState();
  }
  Status compromise(core::LineageId) override { return {}; }

  std::optional<Error> failure;
  core::SupersedeLook look;
  std::vector<core::SupersedeTerms> asked_terms;
  Timestamp asked_now;
  std::size_t asked_max = 0;
  std::vector<Bytes> noted;
};

class LineageMaintenanceTest : public testing::CoreFixture {
 protected:
  LineagesInMemory lineages_;
  LineageMaintenanceSettings settings_;
  std::vector<core::SupersedeTerms> terms_{{"phones", "ca", std::chrono::hours(24)}};
};

TEST_F(LineageMaintenanceTest, OnlyUseCountsInTheFirstHour) {
  LineageMaintenance maintenance(
      {lineages_, intake, storage, clock, logger, [this] { return terms_; }});
  EXPECT_EQ(maintenance.step(never), std::chrono::minutes(1));
  ASSERT_THAT(lineages_.asked_terms, SizeIs(1));
  EXPECT_FALSE(lineages_.asked_terms.front().after);
  clock.advance(std::chrono::hours(1));
  maintenance.step(never);
  EXPECT_EQ(lineages_.asked_terms.front().after, std::chrono::hours(24));
}

TEST_F(LineageMaintenanceTest, AClockThatJumpsAheadChangesNothing) {
  LineageMaintenance maintenance(
      {lineages_, intake, storage, clock, logger, [this] { return terms_; }});
  const Timestamp right = clock.now();
  clock.jump_wall(std::chrono::hours(24 * 365));
  maintenance.step(never);
  EXPECT_EQ(lineages_.asked_now, right);
}

TEST_F(LineageMaintenanceTest, NotesEachUseOnceAndRemembersNoMoreThanItMay) {
  settings_.most_used = 2;
  LineageMaintenance maintenance(
      {lineages_, intake, storage, clock, logger, [this] { return terms_; }}, settings_);
  for (const Bytes& serial : {Bytes{1}, Bytes{1}, Bytes{2}, Bytes{3}}) {
    maintenance.used("ca", serial);
  }
  maintenance.step(never);
  EXPECT_THAT(lineages_.noted, ElementsAre(Bytes{1}, Bytes{2}));
  lineages_.noted.clear();
  maintenance.used("ca", {4});
  EXPECT_EQ(maintenance.step(never), std::chrono::seconds(1)) << "no more than a look in a second";
  EXPECT_THAT(lineages_.noted, IsEmpty());
  clock.advance(std::chrono::seconds(1));
  maintenance.step(never);
  EXPECT_THAT(lineages_.noted, ElementsAre(Bytes{4}));
}

TEST_F(LineageMaintenanceTest, SaysWhatItRevokesAndGoesOnPieceByPiece) {
  settings_.batch = 1;
  LineageMaintenance maintenance(
      {lineages_, intake, storage, clock, logger, [this] { return terms_; }}, settings_);
  lineages_.look = {{{"ca", {0x0a}, "renewed-0a-ca"}}, 1};
  EXPECT_EQ(maintenance.step(never), std::chrono::milliseconds(10));
  EXPECT_EQ(lineages_.asked_max, 1U);
  EXPECT_EQ(logger.count("certificate.superseded"), 1U);
}

TEST_F(LineageMaintenanceTest, StopsWhenTheStoreFails) {
  LineageMaintenance maintenance(
      {lineages_, intake, storage, clock, logger, [this] { return terms_; }});
  lineages_.failure = testing::FakeJobStore::disk_full();
  EXPECT_EQ(maintenance.step(never), std::chrono::minutes(1));
  EXPECT_TRUE(operating_mode.storage_is_failing());
}

}  // namespace
}  // namespace certconnector::enrollment
