#include "agent/enrollment/lineage_alarms.h"

#include <gmock/gmock.h>

#include "tests/support/core/core_fixture.h"

namespace certconnector::enrollment {
namespace {

using core::LineageConflict;
using ::testing::HasSubstr;

class LineageAlarmsTest : public testing::CoreFixture {
 protected:
  static core::NewEnrollment renewal_of(std::uint8_t serial) {
    core::NewEnrollment renewal;
    renewal.key.service = "phones";
    renewal.job.job.ca = testing::kTestCa;
    renewal.renewal = core::Renewal{{0x0a, serial}, {}};
    return renewal;
  }

  LineageAlarms alarms_{clock, logger};
};

TEST_F(LineageAlarmsTest, NamesTheCertificateAndTheNextStep) {
  EXPECT_FALSE(alarms_.finding());
  alarms_.denied(renewal_of(1), LineageConflict::full);
  const auto finding = alarms_.finding();
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->level(), core::HealthLevel::degraded);
  EXPECT_THAT(finding->message, HasSubstr("The certificate 0a01 does not renew"));
  EXPECT_THAT(finding->remedy, HasSubstr("certconnector certs lineage allow 0a01"));
  ASSERT_EQ(logger.count("lineage.at_limit"), 1U);
  const auto record = logger.records("lineage.at_limit").back();
  EXPECT_EQ(record.field("code"), "lineage_full");
  EXPECT_EQ(record.field("serial"), "0a01");
  EXPECT_EQ(record.field("service"), "phones");
  EXPECT_THAT(record.message, HasSubstr("certconnector certs lineage allow 0a01"));
}

TEST_F(LineageAlarmsTest, NobodyAllowsACompromisedOne) {
  alarms_.denied(renewal_of(1), LineageConflict::compromised);
  EXPECT_THAT(alarms_.finding()->remedy, ::testing::Not(HasSubstr("lineage allow")));
  EXPECT_THAT(alarms_.finding()->remedy, HasSubstr("certs lineage show 0a01"));
}

TEST_F(LineageAlarmsTest, ADeviceThatAsksAgainAndAgainIsOneLine) {
  for (int i = 0; i < 5; ++i) alarms_.denied(renewal_of(1), LineageConflict::full);
  EXPECT_EQ(logger.count("lineage.at_limit"), 1U);
  alarms_.denied(renewal_of(1), LineageConflict::too_often);
  EXPECT_EQ(logger.count("lineage.at_limit"), 2U) << "another reason is news";
  alarms_.denied(renewal_of(2), LineageConflict::full);
  EXPECT_EQ(logger.count("lineage.at_limit"), 3U);
  EXPECT_THAT(alarms_.finding()->message, HasSubstr("So do 1 others"));
}

TEST_F(LineageAlarmsTest, ItEndsWithARenewalOrADayLater) {
  alarms_.denied(renewal_of(1), LineageConflict::full);
  alarms_.denied(renewal_of(2), LineageConflict::full);
  alarms_.begun(renewal_of(1));
  EXPECT_THAT(alarms_.finding()->message, HasSubstr("0a02"));
  clock.advance(std::chrono::hours(25));
  EXPECT_FALSE(alarms_.finding());
}

TEST_F(LineageAlarmsTest, RemembersNoMoreThanItMay) {
  LineageAlarmSettings settings;
  settings.most = 1;
  LineageAlarms alarms(clock, logger, settings);
  alarms.denied(renewal_of(1), LineageConflict::full);
  alarms.denied(renewal_of(2), LineageConflict::full);
  EXPECT_THAT(alarms.finding()->message, HasSubstr("0a01"));
  EXPECT_EQ(logger.count("lineage.at_limit"), 2U) << "the log has it";
}

}  // namespace
}  // namespace certconnector::enrollment
