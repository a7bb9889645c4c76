#include "agent/platform/posix/denied.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "agent/platform/own_user.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr uid_t kStranger = 61234;

class Denied : public ::testing::Test {
 protected:
  Denied() { std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755)); }

  testing::TempDirectory folder_;
};

TEST_F(Denied, AFileOfAnotherIsNamedWithItsOwnerAndTheChown) {
  const std::string file = folder_.write("key.pem", "key");
  EXPECT_EQ(why_denied(file, kStranger, Access::read),
            "; it belongs to " + own_user() + "; run as root: chown -h 61234: " + file);
}

TEST_F(Denied, ASharedFileStaysItsOwners) {
  const std::string file = folder_.write("root.pem", "anchors");
  EXPECT_EQ(why_denied(file, kStranger, Access::read_shared), "; it belongs to " + own_user() +
                                                                  "; run as root: chgrp 61234 " +
                                                                  file + " && chmod g+r " + file);
  if (::geteuid() != 0) return;  // the rest gives the folder away
  ASSERT_EQ(::chown(folder_.path().c_str(), kStranger, kStranger), 0);
  EXPECT_THAT(why_denied(file, kStranger, Access::read_shared),
              EndsWith("run as root: chown -h 61234: " + file));
}

TEST_F(Denied, AFileOfOnesOwnWantsItsMode) {
  const std::string file = folder_.write("key.pem", "key");
  EXPECT_EQ(why_denied(file, ::geteuid(), Access::read), "; run: chmod u+r " + file);
  EXPECT_EQ(why_denied(file, ::geteuid(), Access::write), "; run: chmod u+rw " + file);
  const std::string folder = folder_.path().string();
  EXPECT_EQ(why_denied(folder, ::geteuid(), Access::write), "; run: chmod u+rwx " + folder);
}

TEST_F(Denied, TheFolderInTheWayIsNamed) {
  std::filesystem::create_directory(folder_.file("inner"));
  ASSERT_EQ(::chmod(folder_.file("inner").c_str(), 0700), 0);
  EXPECT_THAT(why_denied(folder_.file("inner/key.pem"), kStranger, Access::read),
              AllOf(HasSubstr("61234 may not enter the folder " + folder_.file("inner") + ","),
                    EndsWith("which belongs to " + own_user() + "; run as root: chgrp 61234 " +
                             folder_.file("inner") + " && chmod g+x " + folder_.file("inner"))));
}

TEST_F(Denied, AClosedFolderOfOnesOwnIsOpened) {
  std::filesystem::create_directory(folder_.file("inner"));
  ASSERT_EQ(::chmod(folder_.file("inner").c_str(), 0), 0);
  EXPECT_EQ(why_denied(folder_.file("inner/key.pem"), ::geteuid(), Access::read),
            "; run: chmod u+rwx " + folder_.file("inner"));
}

TEST_F(Denied, AFolderInsideOnesOwnBecomesOnesOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a folder to another user, which takes root";
  ASSERT_EQ(::chown(folder_.path().c_str(), kStranger, kStranger), 0);
  std::filesystem::create_directory(folder_.file("inner"));
  ASSERT_EQ(::chmod(folder_.file("inner").c_str(), 0700), 0);
  EXPECT_THAT(why_denied(folder_.file("inner/key.pem"), kStranger, Access::read),
              EndsWith("run as root: chown -R 61234: " + folder_.file("inner")));
}

TEST_F(Denied, AllThatIsAnothersInOneFolderGetsOneCommand) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a folder to another user, which takes root";
  ASSERT_EQ(::chown(folder_.path().c_str(), kStranger, kStranger), 0);
  std::filesystem::create_directories(folder_.file("ca/default"));
  folder_.write("ca/default/key.pem", "key");
  const std::string once = "; run as root: chown -R 61234: " + folder_.file("ca");
  for (const mode_t mode : {0755U, 0700U}) {
    ASSERT_EQ(::chmod(folder_.file("ca").c_str(), mode), 0);
    for (const Access access : {Access::read, Access::read_shared, Access::write}) {
      EXPECT_THAT(why_denied(folder_.file("ca/default/key.pem"), kStranger, access),
                  EndsWith(once));
    }
    EXPECT_THAT(why_denied(folder_.file("ca/default"), kStranger, Access::write), EndsWith(once));
    EXPECT_THAT(why_denied(folder_.file("ca/default/new"), kStranger, Access::write),
                EndsWith(once));
  }
}

TEST_F(Denied, AModeThatClosesItEvenToItsNewOwnerIsMendedAtOnce) {
  const std::string file = folder_.write("key.pem", "key");
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  EXPECT_THAT(why_denied(file, kStranger, Access::read),
              EndsWith("chown -h 61234: " + file + " && chmod u+rw " + file));
}

TEST_F(Denied, AProgramWantsToBeExecuted) {
  const std::string file = folder_.write("helper", "#!/bin/sh");
  ASSERT_EQ(::chmod(file.c_str(), 0700), 0);
  EXPECT_THAT(why_denied(file, kStranger, Access::execute),
              EndsWith("run as root: chgrp 61234 " + file + " && chmod g+rx " + file));
  EXPECT_EQ(why_denied(file, ::geteuid(), Access::execute), "; run: chmod u+rx " + file);
}

TEST_F(Denied, WhoMayReadIsToldByOwnersGroupsAndModes) {
  const std::string file = folder_.write("agent.conf", "");
  EXPECT_TRUE(may_read(file, kStranger));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_FALSE(may_read(file, kStranger));
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0700), 0);
  EXPECT_FALSE(may_read(file, kStranger)) << "the folder is closed";
}

TEST_F(Denied, AFileThatMayNotBeMadeWantsOneMadeByRoot) {
  const std::string file = folder_.file("agent.log");
  EXPECT_EQ(why_denied(file, kStranger, Access::write),
            "; 61234 may make no file in " + folder_.path().string() + ", which belongs to " +
                own_user() + "; run as root: touch " + file + " && chown 61234: " + file +
                " && chmod 640 " + file);
  EXPECT_EQ(why_denied(file, ::geteuid(), Access::write),
            "; run: chmod u+rwx " + folder_.path().string());
}

TEST_F(Denied, NoCommandFollowsALinkThatIsNotOfRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a folder to another user, which takes root";
  std::filesystem::create_directory(folder_.file("state"));
  ASSERT_EQ(::chown(folder_.file("state").c_str(), kStranger, kStranger), 0);
  const std::string file = folder_.write("shadow", "of root");
  std::filesystem::create_symlink(file, folder_.file("state/key.pem"));
  EXPECT_EQ(why_denied(folder_.file("state/key.pem"), kStranger, Access::read),
            "; " + folder_.file("state/key.pem") + " is a link to " + file +
                ": put what it leads to in its place");
}

TEST_F(Denied, ALinkOfRootLeadsToTheFileThatIsNamed) {
  std::filesystem::create_directory(folder_.file("archive"));
  ASSERT_EQ(::chmod(folder_.file("archive").c_str(), 0700), 0);
  folder_.write("archive/key.pem", "key");
  std::filesystem::create_symlink("archive/key.pem", folder_.file("key.pem"));
  EXPECT_THAT(why_denied(folder_.file("key.pem"), kStranger, Access::read),
              HasSubstr("may not enter the folder " + folder_.file("archive")));
}

TEST_F(Denied, TheGroupOfAFolderLetsTheUserIn) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a folder to another group, which takes root";
  std::filesystem::create_directory(folder_.file("private"));
  ASSERT_EQ(::chown(folder_.file("private").c_str(), 0, 61235), 0);
  ASSERT_EQ(::chmod(folder_.file("private").c_str(), 0710), 0);
  const std::string file = folder_.file("private/key.pem");
  EXPECT_THAT(why_denied(file, kStranger, Access::read),
              EndsWith("run as root: usermod -aG 61235 61234"));
  ASSERT_EQ(::chmod(folder_.file("private").c_str(), 0700), 0);
  EXPECT_THAT(why_denied(file, kStranger, Access::read),
              EndsWith("run as root: chmod g+x " + folder_.file("private") +
                       " && usermod -aG 61235 61234"));
}

TEST_F(Denied, WhatIsNotThereSaysNothing) {
  EXPECT_EQ(why_denied(folder_.file("none"), kStranger, Access::read), "");
}

TEST(OwnUser, RootWorksInNoFolderOfAnother) {
  const testing::TempDirectory folder;
  EXPECT_TRUE(refuse_root_for_another(folder.path()).ok());
  if (::geteuid() != 0) return;  // the others are refused by the system
  ASSERT_EQ(::chown(folder.path().c_str(), kStranger, kStranger), 0);
  EXPECT_THAT(refuse_root_for_another(folder.path()).error().message(),
              AllOf(HasSubstr("root runs this"), HasSubstr("belongs to 61234")));
}

}  // namespace
}  // namespace certconnector::platform
