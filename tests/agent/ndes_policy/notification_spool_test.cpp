#include "agent/ndes_policy/notification_spool.h"

#include <gtest/gtest.h>

#include "agent/platform/errors.h"
#include "common/crypto/digest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy {
namespace {

namespace wire = registration_wire;

const std::string kSecret = "Secret-42";

wire::Notification success(const std::string& transaction) {
  return {kSecret, {}, transaction, wire::Disposition::success, 0, Bytes{0x30, 0x00}};
}

class NotificationSpoolTest : public ::testing::Test {
 protected:
  certconnector::testing::TempDirectory folder_;
  certconnector::testing::FakeClock clock_;
  NotificationSpool spool_{folder_.path().generic_u8string(), clock_};
};

TEST_F(NotificationSpoolTest, KeepsTheOldestFirstAndForAnotherProcess) {
  for (const char* transaction : {"T-1", "T-2", "T-3"}) {
    ASSERT_TRUE(spool_.add(success(transaction)).ok());
    clock_.advance(Duration(1));
  }
  NotificationSpool other(folder_.path().generic_u8string(), clock_);
  const auto names = other.names().value();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(other.read(names[0])->transaction_id, "T-1");
  EXPECT_EQ(other.read(names[2])->transaction_id, "T-3");
  ASSERT_TRUE(spool_.remove(names[0]).ok());
  EXPECT_TRUE(other.remove(names[0]).ok()) << "both sent it";
  EXPECT_EQ(other.read(names[0]).error().code(),
            platform::error_code(platform::PlatformErrc::not_found));
  EXPECT_EQ(other.names()->size(), 2U);
}

TEST_F(NotificationSpoolTest, HasTheDigestInPlaceOfTheChallenge) {
  const std::string name = spool_.add(success("T-1")).value();
  EXPECT_EQ(folder_.read(name).find(kSecret), std::string::npos);
  const auto read = spool_.read(name).value();
  EXPECT_EQ(read.challenge, "");
  const auto digest = crypto::sha256(as_bytes(kSecret));
  EXPECT_EQ(read.challenge_sha256, Bytes(digest.begin(), digest.end()));
  EXPECT_EQ(read.certificate, (Bytes{0x30, 0x00}));

  wire::Notification renewal = success("T-2");
  renewal.challenge.clear();
  EXPECT_EQ(spool_.read(spool_.add(renewal).value())->challenge_sha256, Bytes());
}

TEST_F(NotificationSpoolTest, SaysThatAFileIsDamaged) {
  folder_.write("0-a.json", "{\"transaction_id\":");
  folder_.write("0-b.json", std::string(wire::kMaxBody + 1, ' '));
  for (const char* name : {"0-a.json", "0-b.json"}) {
    const auto read = spool_.read(name);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), error_code(PolicyErrc::damaged)) << read.error().message();
    EXPECT_TRUE(spool_.put_aside(name).ok());
  }
  EXPECT_EQ(spool_.names()->size(), 0U);
  EXPECT_EQ(folder_.read("0-a.json.bad"), "{\"transaction_id\":");
}

TEST_F(NotificationSpoolTest, IsBounded) {
  for (std::size_t i = 0; i < NotificationSpool::kMost; ++i) {
    folder_.write(std::to_string(i) + ".json", "");
  }
  const auto added = spool_.add(success("T-1"));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code(), error_code(PolicyErrc::spool_full));
  EXPECT_EQ(added.error().kind(), ErrorKind::transient);
  ASSERT_TRUE(spool_.remove("0.json").ok());
  EXPECT_TRUE(spool_.add(success("T-1")).ok());
}

}  // namespace
}  // namespace certconnector::ndes_policy
