// The contract of core::TimeMark, for the database and for the fake of unit tests.
#include <gtest/gtest.h>

#include <memory>

#include "agent/store/sqlite/sqlite_time_mark.h"
#include "tests/support/core/fake_time_mark.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector {
namespace {

using std::chrono::hours;
using testing::FakeClock;

template <typename Mark>
class TimeMarkContract;

template <>
class TimeMarkContract<testing::FakeTimeMark> : public ::testing::Test {
 protected:
  core::TimeMark& mark() { return mark_; }
  core::TimeMark& after_a_restart() { return mark_; }

 private:
  testing::FakeTimeMark mark_;
};

template <>
class TimeMarkContract<store::SqliteTimeMark> : public ::testing::Test {
 protected:
  core::TimeMark& mark() { return *mark_; }
  core::TimeMark& after_a_restart() {
    mark_.reset();
    stores_.reset();
    open();
    return *mark_;
  }
  void SetUp() override { open(); }

 private:
  void open() {
    stores_ = std::make_unique<testing::OpenStores>(folder_.file("agent.db"));
    mark_ = std::make_unique<store::SqliteTimeMark>(stores_->file());
  }

  testing::TempDirectory folder_;
  std::unique_ptr<testing::OpenStores> stores_;
  std::unique_ptr<store::SqliteTimeMark> mark_;
};

using Marks = ::testing::Types<testing::FakeTimeMark, store::SqliteTimeMark>;
TYPED_TEST_SUITE(TimeMarkContract, Marks, );

TYPED_TEST(TimeMarkContract, KnowsNothingAtFirst) {
  const auto newest = this->mark().newest();
  ASSERT_TRUE(newest.ok()) << newest.error().message();
  EXPECT_EQ(*newest, std::nullopt);
}

TYPED_TEST(TimeMarkContract, KeepsTheLastTimeOverARestart) {
  ASSERT_TRUE(this->mark().note(FakeClock::kStart).ok());
  ASSERT_TRUE(this->mark().note(FakeClock::kStart + hours(1)).ok());
  EXPECT_EQ(*this->after_a_restart().newest(), FakeClock::kStart + hours(1));
}

TYPED_TEST(TimeMarkContract, GoesBackWhenItIsTold) {
  ASSERT_TRUE(this->mark().note(FakeClock::kStart + hours(24)).ok());
  ASSERT_TRUE(this->mark().note(FakeClock::kStart).ok());
  EXPECT_EQ(*this->after_a_restart().newest(), FakeClock::kStart);
}

}  // namespace
}  // namespace certconnector
