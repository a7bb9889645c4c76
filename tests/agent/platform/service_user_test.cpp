#include "agent/platform/service_user.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "agent/platform/files.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

constexpr uid_t kSomebody = 61234;
constexpr uid_t kRoot = 0;

// The user that a child process has after become_owner_of(), and whether it may then read `file`.
struct After {
  int user = -1;
  bool reads = false;
};

After after_becoming(const std::string& folder, const std::string& file) {
  int ends[2] = {};
  if (::pipe(&ends[0]) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    After after;
    if (become_owner_of(folder).ok()) after.user = static_cast<int>(::geteuid());
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

}  // namespace
}  // namespace certconnector::platform
