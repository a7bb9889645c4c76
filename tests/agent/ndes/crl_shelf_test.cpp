#include "agent/ndes/crl_shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/ndes/crl_site.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::ndes {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const CrlPlace kPlace{"http://pki/a.crl"};

class CrlShelfTest : public ::testing::Test {
 protected:
  CrlShelf& shelf(ShelfLimits limits = {}) {
    if (!shelf_) {
      shelf_ =
          std::make_unique<CrlShelf>(site_.access(), site_.ca.certificate, clock_, logger_, limits);
    }
    return *shelf_;
  }
  // The number of the list there; -1: none.
  int number_at(const CrlPlace& place) {
    const auto had = shelf().get(place, true);
    failure_ = had->failure ? had->failure->message() : "";
    return had->list ? had->list->crl().number.value()[0] : -1;
  }

  CrlSite site_;
  FakeClock clock_;
  certconnector::testing::CapturingLogger logger_;
  std::unique_ptr<CrlShelf> shelf_;
  std::string failure_;
};

TEST_F(CrlShelfTest, KeepsAListForAnHourAndThenAsksForANewerOne) {
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  EXPECT_FALSE(shelf().get(kPlace, false)) << "it has to be fetched";
  EXPECT_EQ(number_at(kPlace), 1);
  TestCrl newer = CrlSite::list(2);
  newer.this_update += hours(1);
  site_.at[kPlace.address] = site_.crl(newer);
  clock_.advance(minutes(59));
  EXPECT_TRUE(shelf().get(kPlace, false));
  EXPECT_EQ(number_at(kPlace), 1);
  clock_.advance(minutes(1));
  EXPECT_FALSE(shelf().get(kPlace, false));
  EXPECT_EQ(number_at(kPlace), 2);
  EXPECT_THAT(site_.fetched, SizeIs(2));
}

TEST_F(CrlShelfTest, TheSameListAgainIsNoFailure) {
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  EXPECT_EQ(number_at(kPlace), 1);
  clock_.advance(hours(1));
  EXPECT_EQ(number_at(kPlace), 1);
  EXPECT_THAT(site_.fetched, SizeIs(2));
  EXPECT_EQ(logger_.count("registration.crl_failed"), 0U);
}

TEST_F(CrlShelfTest, AnEndedListIsAskedForAgainBeforeItsHour) {
  TestCrl list = CrlSite::list(1);
  list.next_update = FakeClock::kStart + minutes(30);
  site_.at[kPlace.address] = site_.crl(list);
  EXPECT_EQ(number_at(kPlace), 1);
  TestCrl newer = CrlSite::list(2);
  newer.this_update += hours(1);
  site_.at[kPlace.address] = site_.crl(newer);
  clock_.advance(minutes(30) - Duration(1));
  EXPECT_EQ(number_at(kPlace), 1);
  clock_.advance(Duration(1));
  EXPECT_EQ(number_at(kPlace), 2);
}

TEST_F(CrlShelfTest, AFileIsReadAgainAfterAMinute) {
  const CrlPlace file{"/etc/ca.crl", true};
  site_.at[file.address] = site_.crl(CrlSite::list(1));
  EXPECT_EQ(number_at(file), 1);
  clock_.advance(minutes(1));
  EXPECT_EQ(number_at(file), 1);
  EXPECT_THAT(site_.fetched, SizeIs(2));
}

TEST_F(CrlShelfTest, AListStaysUntilItsEndWhileItsServerIsAway) {
  TestCrl list = CrlSite::list(1);
  list.next_update = FakeClock::kStart + hours(3);
  site_.at[kPlace.address] = site_.crl(list);
  EXPECT_EQ(number_at(kPlace), 1);
  site_.at.clear();
  clock_.advance(hours(2));
  EXPECT_EQ(number_at(kPlace), 1);
  EXPECT_EQ(logger_.count("registration.crl_failed"), 1U);
  EXPECT_EQ(number_at(kPlace), 1);
  EXPECT_THAT(site_.fetched, SizeIs(2)) << "it is not asked at once again";
  clock_.advance(hours(1));
  EXPECT_EQ(number_at(kPlace), 1) << "what it revokes stays revoked";
  EXPECT_EQ(failure_, "connection refused");
}

TEST_F(CrlShelfTest, AfterAFailureItTriesAgainInAMinute) {
  EXPECT_EQ(number_at(kPlace), -1);
  EXPECT_EQ(number_at(kPlace), -1);
  EXPECT_THAT(site_.fetched, SizeIs(1));
  EXPECT_TRUE(shelf().get(kPlace, false)) << "the failure is known";
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  clock_.advance(minutes(1));
  EXPECT_EQ(number_at(kPlace), 1);
  clock_.advance(minutes(59));
  EXPECT_EQ(number_at(kPlace), 1);
  EXPECT_THAT(site_.fetched, SizeIs(2)) << "the failure is over";
}

TEST_F(CrlShelfTest, AnOlderListDoesNotComeBack) {
  const Bytes older = site_.crl(CrlSite::list(1));
  TestCrl newer = CrlSite::list(2);
  newer.this_update += minutes(1);
  site_.at[kPlace.address] = site_.crl(newer);
  EXPECT_EQ(number_at(kPlace), 2);
  site_.at[kPlace.address] = older;
  clock_.advance(hours(1));
  EXPECT_EQ(number_at(kPlace), 2);
  EXPECT_THAT(logger_.records("registration.crl_failed").back().message, HasSubstr("older"));
}

// It would keep out every list until its time.
TEST_F(CrlShelfTest, AListOfTheFutureIsNotKept) {
  TestCrl future = CrlSite::list(9);
  future.this_update = FakeClock::kStart + hours(24);
  site_.at[kPlace.address] = site_.crl(future);
  EXPECT_EQ(number_at(kPlace), -1);
  EXPECT_THAT(failure_, HasSubstr("which is to come"));
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  clock_.advance(minutes(1));
  EXPECT_EQ(number_at(kPlace), 1);
}

// The agent's clock was ahead when it fetched the list.
TEST_F(CrlShelfTest, AListThatIsToComeKeepsOutNone) {
  const Bytes right = site_.crl(CrlSite::list(2));
  clock_.jump_wall(hours(48));
  TestCrl future = CrlSite::list(1);
  future.this_update = FakeClock::kStart + hours(47);
  site_.at[kPlace.address] = site_.crl(future);
  EXPECT_EQ(number_at(kPlace), 1);
  clock_.jump_wall(-hours(48));
  clock_.advance(hours(1));
  site_.at[kPlace.address] = right;
  EXPECT_EQ(number_at(kPlace), 2);
}

TEST_F(CrlShelfTest, FetchesAnewWhenAskedForTheNewest) {
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  EXPECT_EQ(number_at(kPlace), 1);
  EXPECT_TRUE(shelf().get(kPlace, false, Freshness::newest)) << "it was fetched a moment ago";
  clock_.advance(minutes(1));
  EXPECT_TRUE(shelf().get(kPlace, false));
  EXPECT_FALSE(shelf().get(kPlace, false, Freshness::newest));
}

TEST_F(CrlShelfTest, TakesOnlyListsOfItsCa) {
  const CrlSite other;
  site_.at[kPlace.address] = other.crl();
  EXPECT_EQ(number_at(kPlace), -1);
  EXPECT_THAT(failure_, HasSubstr("signature"));
  const CrlPlace bent{"http://pki/bent.crl"};
  site_.at[bent.address] = certconnector::testing::with_bent_signature(site_.crl());
  EXPECT_EQ(number_at(bent), -1);
  const CrlPlace page{"http://pki/page"};
  site_.at[page.address] = as_bytes("<html>").to_bytes();
  EXPECT_EQ(number_at(page), -1);
  const CrlPlace delta{"http://pki/a+.crl", false, crypto::CrlKind::delta};
  site_.at[delta.address] = site_.crl();
  EXPECT_EQ(number_at(delta), -1);
  EXPECT_THAT(failure_, HasSubstr("full one where a delta CRL is expected"));
}

TEST_F(CrlShelfTest, ACaWithoutCrlSignSignsNone) {
  site_.ca = CrlSite::make_ca("keyCertSign");
  site_.at[kPlace.address] = site_.crl();
  EXPECT_EQ(number_at(kPlace), -1);
  EXPECT_THAT(failure_, HasSubstr("cRLSign"));
}

TEST_F(CrlShelfTest, ACaWithoutKeyUsageSigns) {
  CertificateSpec spec;
  spec.subject = "CN=Enterprise CA";
  site_.ca = certconnector::testing::make_self_signed(spec);
  site_.at[kPlace.address] = site_.crl(CrlSite::list(1));
  EXPECT_EQ(number_at(kPlace), 1);
}

TEST_F(CrlShelfTest, IsBoundedInListsAndOctets) {
  ShelfLimits limits;
  limits.lists = 3;
  for (int i = 0; i < 5; ++i) {
    const CrlPlace place{"http://pki/" + std::to_string(i)};
    site_.at[place.address] = site_.crl(CrlSite::list(static_cast<std::uint8_t>(i + 1)));
    EXPECT_TRUE(shelf(limits).get(place, true)->list);
    clock_.advance(Duration(1));
  }
  EXPECT_EQ(shelf().lists(), 3U);
  EXPECT_FALSE(shelf().get({"http://pki/1"}, false)) << "used longest ago";
  EXPECT_TRUE(shelf().get({"http://pki/2"}, false)) << "and used again now";
  clock_.advance(Duration(1));
  EXPECT_TRUE(shelf().get({"http://pki/0"}, true)->list);
  EXPECT_TRUE(shelf().get({"http://pki/2"}, false));
  EXPECT_FALSE(shelf().get({"http://pki/3"}, false));

  limits.octets = shelf_->octets() / 3;  // of one
  limits.lists = 10;
  shelf_.reset();
  EXPECT_TRUE(shelf(limits).get({"http://pki/0"}, true)->list);
  EXPECT_TRUE(shelf().get({"http://pki/1"}, true)->list);
  EXPECT_TRUE(shelf(limits).get({"http://pki/1"}, true)->list);
  EXPECT_TRUE(shelf().get({"http://pki/0"}, true)->list);
  EXPECT_EQ(shelf().lists(), 1U);
  EXPECT_TRUE(shelf().get({"http://pki/0"}, false)) << "the newest";
}

}  // namespace
}  // namespace certconnector::ndes
