#include "agent/platform/service_user.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "agent/platform/files.h"
#include "agent/platform/posix/account.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

constexpr uid_t kSomebody = 61234;
constexpr uid_t kRoot = 0;

// The user that a child process has after become_agents_user(), and whether it may then read
// `file`.
struct After {
  int user = -1;
  bool reads = false;
};

After after_becoming(const std::string& folder, const std::string& file,
                     const std::string& configuration = "/dev/null") {
  int ends[2] = {};
  if (::pipe(&ends[0]) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    After after;
    if (become_agents_user(folder, configuration).ok()) after.user = static_cast<int>(::geteuid());
    after.reads = read_file(file, 100).ok();
    const bool told = ::write(ends[1], &after, sizeof(after)) == sizeof(after);
    ::_exit(told ? 0 : 1);
  }
  After after;
  ::close(ends[1]);
  EXPECT_EQ(::read(ends[0], &after, sizeof(after)), static_cast<ssize_t>(sizeof(after)));
  ::close(ends[0]);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return after;
}

class ServiceUser : public ::testing::Test {
 protected:
  std::string make_secret() const {
    std::string path = folder_.write("secret", "x");
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    return path;
  }

  testing::TempDirectory folder_;
  const std::string secret_ = make_secret();
};

TEST_F(ServiceUser, RootBecomesTheOwnerAndReadsWhatThatUserMay) {
  if (::geteuid() != kRoot) {
    EXPECT_EQ(after_becoming(folder_.path(), secret_).user, static_cast<int>(::geteuid()));
    return;
  }
  ASSERT_EQ(::chown(folder_.path().c_str(), kSomebody, kSomebody), 0);
  const After root = after_becoming(folder_.file("nothing"), secret_);
  EXPECT_EQ(root.user, 0);
  EXPECT_TRUE(root.reads);
  const After somebody = after_becoming(folder_.path(), secret_);
  EXPECT_EQ(somebody.user, static_cast<int>(kSomebody));
  EXPECT_FALSE(somebody.reads) << "the file is root's alone";
  ASSERT_EQ(::chown(secret_.c_str(), kSomebody, kSomebody), 0);
  EXPECT_TRUE(after_becoming(folder_.path(), secret_).reads);
}

// As for the package: root:certconnector. Debian has a user and a group `daemon`.
TEST_F(ServiceUser, TheConfigurationTellsTheUserWhereTheStateFolderDoesNot) {
  const auto daemon = user_named("daemon");
  if (::geteuid() != kRoot || !daemon) GTEST_SKIP() << "gives files away, which takes root";
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  const std::string file = folder_.write("agent.conf", "");
  ASSERT_EQ(::chown(file.c_str(), kRoot, account_of(*daemon)->group), 0);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const int agent = static_cast<int>(*daemon);
  std::filesystem::create_directory(folder_.file("state"));
  const std::string state = folder_.file("state");
  EXPECT_EQ(after_becoming(state, secret_, file).user, agent) << "a copy by root";
  EXPECT_EQ(after_becoming(folder_.file("none"), secret_, file).user, agent);
  ASSERT_EQ(::chown(state.c_str(), kSomebody, kSomebody), 0);
  EXPECT_EQ(after_becoming(state, secret_, file).user, agent) << "who may not read the file";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_EQ(after_becoming(state, secret_, file).user, static_cast<int>(kSomebody));
  ASSERT_EQ(::chown(state.c_str(), kRoot, kRoot), 0);
  ASSERT_EQ(::chown(file.c_str(), kRoot, kRoot), 0);
  EXPECT_EQ(after_becoming(state, secret_, file).user, 0) << "nothing tells it";
  ASSERT_EQ(::chown(folder_.path().c_str(), kRoot, account_of(*daemon)->group), 0);
  EXPECT_EQ(after_becoming(state, secret_, file).user, agent) << "the folder, as the package's";
}

}  // namespace
}  // namespace certconnector::platform
