#include "agent/control/scep_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/agent/control/fakes.h"
#include "tests/support/fake_clock.h"

namespace certconnector::control {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::chrono::hours kDay{24};

struct FindingRow {
  const char* name;
  std::function<void(ScepServiceView&)> change;
  core::HealthLevel level;
  const char* message;
};

TEST(ScepFindings, TellHowEachServiceIs) {
  const Timestamp now = testing::FakeClock::kStart;
  const auto ra_of = [&](Timestamp renew_at, Timestamp not_after) {
    return ScepRaView{"CN=RA", "0a", not_after, renew_at};
  };
  const FindingRow rows[] = {
      {"works", [](ScepServiceView&) {}, core::HealthLevel::ok,
       "can enroll; its RA certificate expires on 2026-10-28"},
      {"the CA is gone", [](ScepServiceView& s) { s.can_enroll = false; }, core::HealthLevel::down,
       "no device can enroll: the agent does not serve its CA"},
      {"for an NDES",
       [](ScepServiceView& s) {
         s.registration = true;
         s.can_enroll = false;
         s.ra.reset();
       },
       core::HealthLevel::ok, "the NDES service can check challenges"},
      {"for an NDES, and a silent endpoint",
       [](ScepServiceView& s) {
         s.registration = true;
         s.ra.reset();
         s.challenge_problem = "the endpoint does not answer";
       },
       core::HealthLevel::degraded, "to come again: the endpoint does not answer"},
      {"no RA yet", [](ScepServiceView& s) { s.ra.reset(); }, core::HealthLevel::down,
       "it has no RA certificate yet"},
      {"no RA, and why",
       [](ScepServiceView& s) {
         s.ra.reset();
         s.problem = "the CA of the service is not served";
       },
       core::HealthLevel::down, "no device can enroll: the CA of the service"},
      {"expired", [&](ScepServiceView& s) { s.ra = ra_of(now - 9 * kDay, now); },
       core::HealthLevel::down, "expired on"},
      {"late", [&](ScepServiceView& s) { s.ra = ra_of(now - kDay, now + 6 * kDay); },
       core::HealthLevel::degraded, "its renewal was due on"},
      {"short lived", [&](ScepServiceView& s) { s.ra = ra_of(now + kDay, now + 2 * kDay); },
       core::HealthLevel::ok, "can enroll"},
      {"renewing", [&](ScepServiceView& s) { s.ra = ra_of(now - kDay, now + 30 * kDay); },
       core::HealthLevel::ok, "can enroll"},
      {"a problem", [](ScepServiceView& s) { s.problem = "the CA does not issue"; },
       core::HealthLevel::degraded, "the CA does not issue"},
      {"a silent endpoint",
       [](ScepServiceView& s) { s.challenge_problem = "the endpoint does not answer"; },
       core::HealthLevel::degraded, "to come again: the endpoint does not answer"},
      {"no announcement",
       [](ScepServiceView& s) { s.next_ca_problem = "the next CA is not announced"; },
       core::HealthLevel::degraded, "the next CA is not announced"}};
  for (const FindingRow& row : rows) {
    ScepServiceView service = testing::example_service();
    row.change(service);
    const auto findings = scep_findings({service}, now);
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].component, "scep.phones") << row.name;
    EXPECT_EQ(findings[0].level(), row.level) << row.name;
    EXPECT_THAT(findings[0].message, HasSubstr(row.message)) << row.name;
    EXPECT_EQ(findings[0].remedy.empty(), row.level == core::HealthLevel::ok) << row.name;
  }
  EXPECT_THAT(scep_findings({}, now), IsEmpty());
}

TEST(ScepFindings, AProblemHasItsOwnRemedy) {
  ScepServiceView service = testing::example_service();
  service.ra.reset();
  service.can_enroll = false;
  const auto remedy = [&] {
    return scep_findings({service}, testing::FakeClock::kStart)[0].remedy;
  };
  EXPECT_THAT(remedy(), HasSubstr("by itself within seconds"));
  service.ra = testing::example_service().ra;
  EXPECT_THAT(remedy(), HasSubstr("repair the CA"));
  service.problem = "the CA does not issue its RA certificate: set ra_subject of the service";
  EXPECT_THAT(remedy(), HasSubstr("do as the message says"));
}

}  // namespace
}  // namespace certconnector::control
