#include "agent/platform/identity_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "agent/platform/errors.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;

IdentityFiles files(const std::string& mark) {
  return {"key " + mark, "certificate " + mark, "{\"mark\":\"" + mark + "\"}", "ca " + mark};
}

class IdentityFolderTest : public ::testing::Test {
 protected:
  void expect(const std::string& mark) const {
    const auto loaded = folder_.load();
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
    ASSERT_TRUE(loaded->has_value());
    EXPECT_EQ((*loaded)->key_pem, "key " + mark);
    EXPECT_EQ((*loaded)->certificate_pem, "certificate " + mark);
    EXPECT_EQ((*loaded)->endpoint_ca_pem, "ca " + mark);
  }

  certconnector::testing::TempDirectory state_;
  IdentityFolder folder_{state_.path().string()};
};

TEST_F(IdentityFolderTest, ThereIsNoneAtFirst) {
  const auto loaded = folder_.load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(IdentityFolderTest, ASaveReplacesTheOldOneAndLeavesNoneOfItBehind) {
  ASSERT_TRUE(folder_.save(files("one")).ok());
  expect("one");
  ASSERT_TRUE(folder_.save(files("two")).ok());
  expect("two");
  EXPECT_FALSE(fs::exists(state_.path() / "identity.1"));
  struct stat info {};
  ASSERT_EQ(::stat(state_.file("identity/key.pem").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

// A backup reads the identity while the agent renews it.
TEST_F(IdentityFolderTest, ALoadBesideSavesGivesOneGeneration) {
  ASSERT_TRUE(folder_.save(files("0")).ok());
  std::thread saving([this] {
    for (int i = 1; i <= 40; ++i) EXPECT_TRUE(folder_.save(files(std::to_string(i))).ok());
  });
  for (bool last = false; !last;) {
    const auto loaded = folder_.load();
    if (!loaded.ok() || !loaded->has_value()) {
      ADD_FAILURE() << (loaded.ok() ? "no identity" : loaded.error().message());
      break;
    }
    const std::string mark = (*loaded)->key_pem.substr(std::string("key ").size());
    EXPECT_EQ((*loaded)->certificate_pem, "certificate " + mark);
    EXPECT_EQ((*loaded)->endpoint_ca_pem, "ca " + mark);
    last = mark == "40";
  }
  saving.join();
}

TEST_F(IdentityFolderTest, AHalfWrittenGenerationOfACrashIsPassedOverAndThenRemoved) {
  ASSERT_TRUE(folder_.save(files("one")).ok());
  state_.write("identity.2/key.pem", "key torn");  // the link never moved to it
  expect("one");
  ASSERT_TRUE(folder_.save(files("three")).ok());
  expect("three");
  EXPECT_FALSE(fs::exists(state_.path() / "identity.2"));
}

TEST_F(IdentityFolderTest, AStaleLinkOfACrashDoesNotStandInTheWay) {
  ASSERT_TRUE(folder_.save(files("one")).ok());
  fs::create_symlink("identity.9", state_.path() / "identity.new");
  ASSERT_TRUE(folder_.save(files("two")).ok());
  expect("two");
}

TEST_F(IdentityFolderTest, APlainFolderIsReadAndReplaced) {
  fs::permissions(state_.write("identity/key.pem", "key plain"),
                  fs::perms::owner_read | fs::perms::owner_write);
  state_.write("identity/certificate.pem", "certificate plain");
  state_.write("identity/endpoint.json", "{}");
  state_.write("identity/endpoint_ca.pem", "ca plain");
  expect("plain");
  ASSERT_TRUE(folder_.save(files("two")).ok());
  expect("two");
  EXPECT_FALSE(fs::exists(state_.path() / "identity.new"));
}

TEST_F(IdentityFolderTest, AMissingFileAndAnOpenKeyAreErrorsThatNameTheFile) {
  ASSERT_TRUE(folder_.save(files("one")).ok());
  fs::permissions(state_.path() / "identity/key.pem", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(folder_.load().error().code(), error_code(PlatformErrc::too_open));
  fs::remove(state_.path() / "identity/key.pem");
  EXPECT_EQ(folder_.load().error().code(), error_code(PlatformErrc::not_found));
}

TEST_F(IdentityFolderTest, FilesThatOthersMayWriteAreRefused) {
  for (const char* name : {"certificate.pem", "endpoint.json", "endpoint_ca.pem"}) {
    ASSERT_TRUE(folder_.save(files("one")).ok());
    fs::permissions(state_.path() / "identity" / name, fs::perms::group_write,
                    fs::perm_options::add);
    const auto loaded = folder_.load();
    ASSERT_FALSE(loaded.ok()) << name;
    EXPECT_EQ(loaded.error().code(), error_code(PlatformErrc::too_open));
    EXPECT_NE(loaded.error().message().find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace certconnector::platform
