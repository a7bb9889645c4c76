// The files and folders that an administrator makes in the folder of the agent's account.
#include "agent/platform/shared_owner.h"

#include <windows.h>
#include <accctrl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/own_user.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"
#include "tests/support/windows/allow_everybody.h"

namespace certconnector::platform {
namespace {

using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using certconnector::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr DWORD kForAllInside = SUB_CONTAINERS_AND_OBJECTS_INHERIT;

class SharedOwnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_folder(state_).ok());
    make_in_state();
    ASSERT_TRUE(create_file(secret_, "ours", FileMode::secret).ok());
  }
  void make_in_state() {
    ASSERT_TRUE(make_folder(state_ + "/ca/default").ok());
    ASSERT_TRUE(create_file(key_, "key", FileMode::secret).ok());
  }

  const TempDirectory folder_;
  const std::string state_ = folder_.file("state");
  const std::string key_ = folder_.file("state/ca/default/key.pem");
  const std::string secret_ = folder_.file("secret");
};

TEST_F(SharedOwnerTest, WhatWasMadeInTheFolderOfAnotherIsForThatOne) {
  allow_everybody(state_, GENERIC_ALL, kForAllInside);
  EXPECT_EQ(openness_of(key_), Openness::owner_alone);
  const auto given = give_to_owner(state_);
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_TRUE(*given);
  EXPECT_EQ(openness_of(key_), Openness::other);
  EXPECT_EQ(openness_of(state_ + "/ca"), Openness::other);
}

TEST_F(SharedOwnerTest, AFolderOfOnesOwnStaysAsItIs) {
  const auto given = give_to_owner(state_);
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_FALSE(*given);
  EXPECT_EQ(openness_of(key_), Openness::owner_alone);
}

TEST_F(SharedOwnerTest, NothingOutsideIsGiven) {
  const std::string second = folder_.file("state/second-name");
  ASSERT_NE(::CreateHardLinkW(system_path(second).c_str(), system_path(secret_).c_str(), nullptr),
            0);
  allow_everybody(state_, GENERIC_ALL, kForAllInside);
  ASSERT_TRUE(give_to_owner(state_).ok());
  EXPECT_EQ(openness_of(key_), Openness::other);
  EXPECT_EQ(openness_of(secret_), Openness::owner_alone);
}

TEST_F(SharedOwnerTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(give_to_owner(folder_.file("none")).error().code(),
            error_code(PlatformErrc::not_found));
}

TEST(OwnUser, AnAdministratorWorksInNoFolderOfAnother) {
  const TempDirectory folder;
  const std::string path = folder.path().u8string();
  EXPECT_TRUE(refuse_root_for_another(path).ok());
  EXPECT_TRUE(refuse_root_for_another(folder.file("none")).ok());
  allow_everybody(path, GENERIC_ALL, kForAllInside);
  const Status refused = refuse_root_for_another(path);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(PlatformErrc::not_permitted));
  EXPECT_THAT(refused.error().message(), AllOf(HasSubstr(own_user() + " runs this"),
                                               HasSubstr(path + " is for another account")));
}

TEST(OwnUser, WhoMayOnlyReadIsNotTheAgentsAccount) {
  const TempDirectory folder;
  allow_everybody(folder.path().u8string(), GENERIC_READ | GENERIC_EXECUTE);
  EXPECT_TRUE(refuse_root_for_another(folder.path().u8string()).ok());
}

}  // namespace
}  // namespace certconnector::platform
