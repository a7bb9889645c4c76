#include "agent/app/failure_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/errors.h"
#include "agent/app/load_configuration.h"
#include "agent/platform/control_address.h"
#include "agent/platform/defaults.h"
#include "agent/platform/errors.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/last_failure.h"
#include "tests/support/local_path.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FailureNoteTest : public ::testing::Test {
 protected:
  FailureNoteTest() { std::filesystem::create_directory(folder_.path() / "state"); }

  [[nodiscard]] std::string note() const { return folder_.read("state/last-failure"); }
  [[nodiscard]] bool is_there() const {
    return std::filesystem::exists(folder_.file("state/last-failure"));
  }
  // Where a note about this configuration goes.
  std::vector<std::string> folders_of(const std::string& text) {
    const std::string file = folder_.write("agent.conf", text);
    const auto settings = load_configuration(file);
    EXPECT_FALSE(settings.ok());
    return note_folders(RunOptions{file}, settings.error());
  }

  testing::TempDirectory folder_;
  FailureNote note_{{folder_.file("state"), folder_.file("not-there")}, true};
};

TEST_F(FailureNoteTest, HasTheMessageWithItsRemedyUntilAGoodStart) {
  note_.write({AppErrc::low_port, ErrorKind::permanent, "cannot listen on 0.0.0.0:80"}, 74);
  const auto read = platform::decode_last_failure(note());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->exit_code, 74);
  EXPECT_TRUE(read->service);
  EXPECT_THAT(read->message, HasSubstr("cannot listen on 0.0.0.0:80. Listen on port 1024 or"));
  note_.remove();
  EXPECT_FALSE(is_there());
}

TEST_F(FailureNoteTest, AnAgentBesideARunningOneLeavesNone) {
  note_.write({platform::PlatformErrc::busy, ErrorKind::transient, "another agent"}, 75);
  EXPECT_FALSE(is_there());
}

TEST_F(FailureNoteTest, AStartWithMistakesBesideARunningAgentLeavesNone) {
  const auto lock = platform::InstanceLock::take(folder_.file("state"));
  ASSERT_TRUE(lock.ok());
  const Error mistake(ConfigurationErrc::wrong, ErrorKind::permanent, "a mistake");
  // As if another process held it.
  if (!(std::ofstream(folder_.file("state/lock")) << "1" << std::endl)) {
    GTEST_SKIP() << "a lock of this system keeps the file from others";
  }
  note_.write(mistake, 78);
  EXPECT_FALSE(is_there());
  folder_.write("state/lock", std::to_string(::getpid()) + "\n");
  note_.write(mistake, 78);
  EXPECT_TRUE(is_there()) << "of the agent that holds it";
}

TEST_F(FailureNoteTest, AWrongConfigurationStillNamesItsFolders) {
  const std::string a = tests::local_path("/srv/a");
  const std::string b = tests::local_path("/srv/b");
  std::vector<std::string> expected{a};
  // A pipe of Windows is in none.
  if (auto folder = platform::folder_of_address(platform::control_address(b))) {
    expected.push_back(*std::move(folder));
  }
  EXPECT_EQ(folders_of("[agent]\nstate_dir=" + a + "\nruntime_dir=" + b + "\nworkers=many\n"),
            expected);
  expected.front() = platform::defaults().state_folder;
  EXPECT_EQ(folders_of("[agent]\nruntime_dir=" + b + "\nworkers=many\n"), expected);
}

TEST_F(FailureNoteTest, AFileThatOthersMayWriteNamesNoFolder) {
  const std::string file =
      folder_.write("agent.conf", "[agent]\nstate_dir=" + tests::local_path("/srv/a") + "\n");
  certconnector::testing::let_others_write(file);
  const auto settings = load_configuration(file);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(note_folders(RunOptions{file}, settings.error()), IsEmpty());
}

}  // namespace
}  // namespace certconnector::app
