#include "agent/platform/posix/obstacle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/instance_lock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Obstacle : public ::testing::Test {
 protected:
  [[nodiscard]] std::string fifo(const std::string& name) const {
    EXPECT_EQ(::mkfifo(folder_.file(name).c_str(), 0600), 0);
    return folder_.file(name);
  }
  // A link to what is not there.
  [[nodiscard]] std::string lost(const std::string& name) const {
    fs::create_symlink("/nonexistent/disk", folder_.file(name));
    return folder_.file(name);
  }
  static std::string said(const std::string& path, Wanted wanted) {
    const auto found = obstacle(path, wanted);
    if (!found) return {};
    EXPECT_EQ(found->code(), error_code(PlatformErrc::malformed));
    return found->message();
  }

  testing::TempDirectory folder_;
};

TEST_F(Obstacle, WhatIsWantedIsNone) {
  const std::string file = folder_.write("file", "x");
  fs::create_symlink(file, folder_.file("link"));
  EXPECT_EQ(said(file, Wanted::file), "");
  EXPECT_EQ(said(folder_.file("link"), Wanted::file), "");
  EXPECT_EQ(said(folder_.path(), Wanted::folder), "");
  EXPECT_EQ(said("/dev/null", Wanted::file), "");
  EXPECT_EQ(said(folder_.file("none/none"), Wanted::file), "") << "nothing is there";
}

TEST_F(Obstacle, IsNamedWithWhatItIsAndTheCommand) {
  const std::string file = folder_.write("file", "x");
  const std::string pipe = fifo("pipe");
  EXPECT_EQ(said(file, Wanted::folder),
            file + " is a file, not a folder; move it away: mv " + file + " " + file + ".away");
  EXPECT_EQ(said(pipe, Wanted::file),
            pipe + " is a FIFO, not a file; move it away: mv " + pipe + " " + pipe + ".away");
  EXPECT_THAT(said(folder_.path(), Wanted::file), HasSubstr(" is a folder, not a file; "));
  EXPECT_THAT(said("/dev/null", Wanted::folder), HasSubstr(" is a device, not a folder; "));
}

TEST_F(Obstacle, OnTheWayIsNamedInPlaceOfWhatItHides) {
  const std::string file = folder_.write("ca", "x");
  const std::string link = lost("scep");
  EXPECT_EQ(said(file + "/default/key.pem", Wanted::file), said(file, Wanted::folder));
  EXPECT_EQ(said(link + "/devices/1", Wanted::folder),
            link +
                " is a link to /nonexistent/disk, which leads nowhere; mount or put back what "
                "it leads to");
}

TEST_F(Obstacle, ALinkThatSomebodyMayHavePutThereGetsNoCommand) {
  fs::create_directory(folder_.file("open"));
  fs::permissions(folder_.file("open"), fs::perms(0777));
  fs::create_directory(folder_.file("victim"));
  folder_.write("victim/ca", "x");
  fs::create_symlink(folder_.file("victim"), folder_.file("open/state"));
  EXPECT_EQ(said(folder_.file("open/state/ca"), Wanted::folder),
            folder_.file("open/state/ca") + " is a file, not a folder; move it away");
}

// Each function that meets one says so, and none waits for the other end of a FIFO.
TEST_F(Obstacle, IsWhatEachFunctionAnswers) {
  const std::string pipe = fifo("pipe");
  const std::string link = lost("link");
  for (const std::string& wrong : {pipe, link, folder_.write("file", "x")}) {
    const std::string in_place = said(wrong, Wanted::folder);
    EXPECT_EQ(make_folder(wrong).error().message(), in_place);
    EXPECT_EQ(list_folder(wrong).error().message(), in_place);
    EXPECT_EQ(check_makes_files(wrong).error().message(), in_place);
    EXPECT_EQ(check_own_folder(wrong).error().message(), in_place);
    EXPECT_EQ(read_trusted_file(wrong + "/key.pem", 10).error().message(), in_place);
    EXPECT_EQ(create_file(wrong + "/key.pem", "x", FileMode::secret).error().message(), in_place);
    EXPECT_TRUE(file_exists(wrong + "/key.pem")) << "reading it tells why it is not: " << wrong;
  }
  for (const std::string& wrong : {pipe, link}) {
    const std::string in_place = said(wrong, Wanted::file);
    EXPECT_EQ(read_secret_file(wrong, 10).error().message(), in_place);
    EXPECT_EQ(check_appendable(wrong).error().message(), in_place);
  }
}

TEST_F(Obstacle, AFileIsMadeWhereALinkLeads) {
  fs::create_directory(folder_.file("disk"));
  fs::create_symlink(folder_.file("disk/agent.log"), folder_.file("agent.log"));
  EXPECT_TRUE(check_appendable(folder_.file("agent.log")).ok());
}

TEST_F(Obstacle, InPlaceOfTheLockIsNamed) {
  const std::string lock = fifo("lock");
  EXPECT_EQ(InstanceLock::take(folder_.path()).error().message(), said(lock, Wanted::file));
}

}  // namespace
}  // namespace certconnector::platform
