#include "agent/ca/local/validity.h"

#include <gtest/gtest.h>

#include <ostream>

#include "tests/support/fake_clock.h"

namespace certconnector::ca::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kNow = certconnector::testing::FakeClock::kStart;
constexpr hours kDay{24};

struct ValidityRow {
  const char* name;
  std::optional<seconds> requested;
  bool requester_validity;
  seconds ca_left;
  seconds expected;  // from now
  const char* note;
};
std::ostream& operator<<(std::ostream& out, const ValidityRow& row) { return out << row.name; }

class DecideValidity : public ::testing::TestWithParam<ValidityRow> {};

TEST_P(DecideValidity, OnlyEverShortens) {
  const ValidityRow& row = GetParam();
  TemplateSettings settings;
  settings.validity = 365 * kDay;
  settings.requester_validity = row.requester_validity;
  const auto decided = decide_validity(settings, row.requested, kNow - kDay,
                                       kNow + Duration(row.ca_left), kNow + Duration(999));
  ASSERT_TRUE(std::holds_alternative<Validity>(decided));
  const auto& validity = std::get<Validity>(decided);
  EXPECT_EQ(validity.not_before, kNow - minutes(5));
  EXPECT_EQ(validity.not_after, kNow + Duration(row.expected));
  EXPECT_EQ(validity.note, row.note);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DecideValidity,
    ::testing::Values(
        ValidityRow{"Template", std::nullopt, false, 3650 * kDay, 365 * kDay, ""},
        ValidityRow{"ShorterAndAllowed", 30 * kDay, true, 3650 * kDay, 30 * kDay, ""},
        ValidityRow{
            "ShorterAndNotAllowed", 30 * kDay, false, 3650 * kDay, 365 * kDay,
            "asked for 30 days, the template does not let requesters choose and gives 365 days"},
        ValidityRow{"Longer", 730 * kDay, true, 3650 * kDay, 365 * kDay,
                    "asked for 730 days, the template allows 365 days"},
        ValidityRow{"LongerAndNotAllowed", 730 * kDay, false, 3650 * kDay, 365 * kDay,
                    "asked for 730 days, the template allows 365 days"},
        ValidityRow{"Longest", seconds::max(), true, 3650 * kDay, 365 * kDay,
                    "asked for 9223372036854775807 seconds, the template allows 365 days"},
        ValidityRow{"SameAsTheTemplate", 365 * kDay, false, 3650 * kDay, 365 * kDay, ""},
        ValidityRow{"CaEndsSooner", std::nullopt, false, 10 * kDay, 10 * kDay,
                    "ends with the CA's own certificate, on 2026-01-11T00:00:00Z"},
        ValidityRow{
            "LongerAndCaEndsSooner", 730 * kDay, true, 10 * kDay, 10 * kDay,
            "asked for 730 days, the template allows 365 days; ends with the CA's own certificate, "
            "on "
            "2026-01-11T00:00:00Z"},
        ValidityRow{"OneHour", hours(1), true, 10 * kDay, hours(1), ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Validity, DoesNotStartBeforeTheCa) {
  const auto decided = decide_validity({}, std::nullopt, kNow - minutes(1), kNow + kDay, kNow);
  EXPECT_EQ(std::get<Validity>(decided).not_before, kNow - minutes(1));
}

TEST(Validity, RefusesWhatIsNotPositive) {
  for (const seconds span : {seconds(0), seconds(-1), seconds::min()}) {
    const auto decided = decide_validity({}, span, kNow - kDay, kNow + kDay, kNow);
    ASSERT_TRUE(std::holds_alternative<core::Failed>(decided));
    EXPECT_EQ(std::get<core::Failed>(decided).code, "validity_not_possible");
  }
}

}  // namespace
}  // namespace certconnector::ca::testing
