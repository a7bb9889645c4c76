#include "agent/ndes/revocation_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/ndes/crl_site.h"

namespace certconnector::ndes {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

TEST(CrlNumbers, CompareByTheirSizeFirst) {
  EXPECT_LT(compare_numbers(Bytes{0x02}, Bytes{0x01, 0x00}), 0);
  EXPECT_GT(compare_numbers(Bytes{0x01, 0x00}, Bytes{0x02}), 0);
  EXPECT_LT(compare_numbers(Bytes{0x01}, Bytes{0x02}), 0);
  EXPECT_EQ(compare_numbers(Bytes{0x01, 0x00}, Bytes{0x01, 0x00}), 0);
  EXPECT_EQ(compare_numbers({}, {}), 0);
  EXPECT_LT(compare_numbers({}, Bytes{0x01}), 0);
}

TEST(CrlDates, MayBeFiveMinutesAheadAndEndWithNextUpdate) {
  crypto::Crl crl;
  crl.this_update = FakeClock::kStart;
  crl.next_update = FakeClock::kStart + hours(1);
  EXPECT_EQ(why_unusable(crl, {}, FakeClock::kStart - minutes(5)), "");
  EXPECT_THAT(why_unusable(crl, {}, FakeClock::kStart - minutes(5) - Duration(1)),
              HasSubstr("compare the clocks"));
  EXPECT_EQ(why_unusable(crl, {}, *crl.next_update - Duration(1)), "");
  EXPECT_THAT(why_unusable(crl, {}, *crl.next_update), HasSubstr("expired"));
}

}  // namespace
}  // namespace certconnector::ndes
