// The folders that the agent keeps its files in, as its user sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "agent/platform/files.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;

constexpr uid_t kAgent = 61234;

// What a process of this user says.
std::string said_by(uid_t user, const std::string& folder) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text = "no user";
    if (::setgid(user) == 0 && ::setuid(user) == 0) {
      const Status usable = check_own_folder(folder);
      text = usable.ok() ? std::string() : usable.error().message();
    }
    const bool told = ::write(ends[1], text.data(), text.size()) >= 0;
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::array<char, 1000> text{};
  const ssize_t count = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

class OwnFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "acts as other users, which takes root";
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(state_);
  }
  void set(uid_t owner, mode_t mode) const {
    EXPECT_EQ(::chown(state_.c_str(), owner, owner), 0);
    EXPECT_EQ(::chmod(state_.c_str(), mode), 0);
  }

  testing::TempDirectory folder_;
  const std::string state_ = folder_.file("state");
};

TEST_F(OwnFolder, OfAnotherGetsOneCommandWhateverItsMode) {
  const std::string chown = "; run as root: chown -R 61234: " + state_;
  constexpr uid_t kNobody = 65534;
  for (const uid_t owner : {uid_t{0}, kNobody}) {
    for (const mode_t mode : {0700U, 0755U}) {
      set(owner, mode);
      EXPECT_THAT(said_by(kAgent, state_), EndsWith(chown)) << owner << " " << mode;
    }
    set(owner, 0777);
    EXPECT_THAT(said_by(kAgent, state_), EndsWith(chown + " && chmod go-w " + state_));
    set(owner, 0);
    EXPECT_THAT(said_by(kAgent, state_), EndsWith(chown + " && chmod -R u+rwX " + state_));
  }
}

TEST_F(OwnFolder, BehindALinkOfRootIsTheOneThatIsGiven) {
  set(0, 0700);
  std::filesystem::create_symlink(state_, folder_.file("link"));
  EXPECT_THAT(said_by(kAgent, folder_.file("link")), EndsWith("chown -R 61234: " + state_));
  EXPECT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_THAT(said_by(kAgent, folder_.file("link")), EndsWith("put what it leads to in its place"));
}

TEST_F(OwnFolder, OfOnesOwnIsGoodWhereNobodyElseWrites) {
  set(kAgent, 0750);
  EXPECT_THAT(said_by(kAgent, state_), IsEmpty());
  set(kAgent, 0770);
  EXPECT_THAT(said_by(kAgent, state_), EndsWith("; run: chmod go-w " + state_));
  set(kAgent, 0500);
  EXPECT_THAT(said_by(kAgent, state_), EndsWith("; run: chmod u+rwx " + state_));
}

}  // namespace
}  // namespace certconnector::platform
