// The adapter reads the Windows that runs the test.
#include "agent/doctor/windows_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/platform/windows/registry.h"

namespace certconnector::doctor {
namespace {

constexpr const wchar_t* kKey = L"SOFTWARE\\Certificate Connector Test";

class WindowsServerTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(platform::remove_registry_key(kKey).ok()); }

  const std::shared_ptr<const WindowsServer> server_ = windows_server();
  const std::string key_ = "SOFTWARE\\Certificate Connector Test";
};

TEST_F(WindowsServerTest, TellsWhenAKeyChanged) {
  EXPECT_FALSE(server_->changed(key_)->has_value());
  const Timestamp before = SystemClock().wall() - std::chrono::seconds(2);
  auto key = platform::RegistryKey::make(kKey);
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE(key->set_number(L"Number", 1).ok());
  const auto changed = server_->changed(key_);
  ASSERT_TRUE(changed.ok() && *changed);
  EXPECT_GE(**changed, before);
  EXPECT_LE(**changed, SystemClock().wall() + std::chrono::seconds(2));
  EXPECT_LT(server_->started(), SystemClock().wall());
}

TEST_F(WindowsServerTest, AValueOfAnotherTypeIsAnError) {
  auto key = platform::RegistryKey::make(kKey);
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE(key->set_text(L"Text", "words").ok());
  EXPECT_EQ(*server_->text(key_, "Text"), "words");
  EXPECT_FALSE(server_->number(key_, "Text").ok());
  EXPECT_FALSE(server_->octets(key_, "Text").ok());
  EXPECT_FALSE(server_->text(key_, "Other")->has_value());
}

TEST_F(WindowsServerTest, KnowsTheServicesOfWindows) {
  // Wine has the remote procedure calls as well.
  const auto found = server_->service("RpcSs");
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_TRUE(*found);
  EXPECT_FALSE((*found)->account.empty());
  EXPECT_FALSE(server_->service("NoSuchServiceOfAnybody")->has_value());
}

TEST_F(WindowsServerTest, ReadsTheStoresOfTheComputer) {
  EXPECT_TRUE(server_->certificates("MY").ok());
  const auto roots = server_->certificates("ROOT");
  ASSERT_TRUE(roots.ok());
  EXPECT_FALSE(roots->empty()) << "Wine takes those of the system";
}

}  // namespace
}  // namespace certconnector::doctor
