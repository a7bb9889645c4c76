#include "agent/platform/log_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::HasSubstr;

class LogFile : public ::testing::Test {
 protected:
  void open_folder() const { ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0); }
  [[nodiscard]] std::string link() const {
    std::filesystem::create_symlink(folder_.write("database", "x"), folder_.file("agent.log"));
    return folder_.file("agent.log");
  }

  const testing::TempDirectory folder_;
};

TEST_F(LogFile, MayBeALinkWhereNobodyElseMakesOne) {
  EXPECT_TRUE(check_log_file(folder_.file("none")).ok());
  EXPECT_TRUE(check_log_file(folder_.write("own.log", "")).ok());
  EXPECT_TRUE(check_log_file(link()).ok());
}

TEST_F(LogFile, IsNoLinkWhereOthersMakeFiles) {
  open_folder();
  EXPECT_TRUE(check_log_file(folder_.file("none")).ok());
  EXPECT_TRUE(check_log_file(folder_.write("own.log", "")).ok());
  EXPECT_TRUE(check_log_file("/dev/null").ok());
  const std::string file = link();
  const Status refused = check_log_file(file);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr(file + " is a link"));
  EXPECT_THAT(refused.error().message(), HasSubstr("in [log] file, or run: rm " + file));
}

TEST_F(LogFile, HasNoSecondNameWhereOthersMakeFiles) {
  open_folder();
  std::filesystem::create_hard_link(folder_.write("database", "x"), folder_.file("agent.log"));
  EXPECT_FALSE(check_log_file(folder_.file("agent.log")).ok());
}

TEST_F(LogFile, IsOfNoOtherUserWhereOthersMakeFiles) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a file to another user, which takes root";
  const std::string file = folder_.write("agent.log", "");
  ASSERT_EQ(::chown(file.c_str(), 61234, 61234), 0);
  open_folder();
  EXPECT_TRUE(check_log_file(file).ok()) << "root does not know the agent's user";
  ASSERT_EQ(::seteuid(61235), 0);
  const Status refused = check_log_file(file);
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("belongs to another user"));
  EXPECT_THAT(refused.error().message(), HasSubstr("run: mv " + file + " " + file + ".away"));
}

TEST_F(LogFile, IsNoLinkThatALinkOfRootLeadsTo) {
  std::filesystem::create_directory(folder_.file("open"));
  ASSERT_EQ(::chmod(folder_.file("open").c_str(), 0777), 0);
  std::filesystem::create_symlink(folder_.write("database", "x"), folder_.file("open/agent.log"));
  std::filesystem::create_symlink(folder_.file("open/agent.log"), folder_.file("agent.log"));
  EXPECT_THAT(check_log_file(folder_.file("agent.log")).error().message(),
              HasSubstr(folder_.file("open/agent.log") + " is a link"));
  std::filesystem::create_symlink(folder_.path(), folder_.file("open/logs"));
  EXPECT_FALSE(check_log_file(folder_.file("open/logs/new.log")).ok()) << "a folder by a link";
}

TEST_F(LogFile, IsTakenWhereItIsTheOneThatWasOpened) {
  const std::string file = folder_.write("agent.log", "");
  std::FILE* const opened = std::fopen(file.c_str(), "ab");
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(take_log_file(file, opened).ok());
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  std::filesystem::rename(folder_.write("another", ""), file);
  EXPECT_THAT(take_log_file(file, opened).error().message(), HasSubstr("was another file"));
  std::fclose(opened);
}

TEST_F(LogFile, IsAFileOrADevice) {
  ASSERT_EQ(::mkfifo(folder_.file("agent.log").c_str(), 0600), 0);
  EXPECT_THAT(check_log_file(folder_.file("agent.log")).error().message(),
              HasSubstr("neither a file nor a device"));
}

}  // namespace
}  // namespace certconnector::platform
