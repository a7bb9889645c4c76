#include "agent/platform/shared_owner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;

class SharedOwnerTest : public ::testing::Test {
 protected:
  static constexpr uid_t kOther = 64123;

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    fs::create_directories(folder_.path() / "state/ca/default");
    folder_.write("state/ca/default/key.pem", "key");
    folder_.write("secret", "root's");
  }
  void make_other_own(const char* name) {
    ASSERT_EQ(::chown(folder_.file(name).c_str(), kOther, kOther), 0);
  }
  [[nodiscard]] uid_t owner_of(const char* name) const {
    struct stat info {};
    EXPECT_EQ(::lstat(folder_.file(name).c_str(), &info), 0) << name;
    return info.st_uid;
  }

  testing::TempDirectory folder_;
};

TEST_F(SharedOwnerTest, WhatRootWroteBecomesTheOwners) {
  make_other_own("state");
  const auto given = give_to_owner(folder_.file("state"));
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_TRUE(*given);
  EXPECT_EQ(owner_of("state/ca"), kOther);
  EXPECT_EQ(owner_of("state/ca/default/key.pem"), kOther);
}

TEST_F(SharedOwnerTest, AFolderOfRootStaysAsItIs) {
  const auto given = give_to_owner(folder_.file("state"));
  ASSERT_TRUE(given.ok());
  EXPECT_FALSE(*given);
  EXPECT_EQ(owner_of("state/ca"), 0U);
}

TEST_F(SharedOwnerTest, NothingOutsideIsGiven) {
  make_other_own("state");
  fs::create_symlink(folder_.path() / "secret", folder_.path() / "state/link");
  fs::create_directory_symlink(folder_.path(), folder_.path() / "state/folder");
  fs::create_hard_link(folder_.path() / "secret", folder_.path() / "state/second-name");
  ASSERT_TRUE(give_to_owner(folder_.file("state")).ok());
  EXPECT_EQ(owner_of("secret"), 0U);
  EXPECT_EQ(owner_of("state/link"), 0U);
}

}  // namespace
}  // namespace certconnector::platform
