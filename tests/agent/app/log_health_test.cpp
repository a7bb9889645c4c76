#include "agent/app/log_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_directory.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(LogHealthTest, AFullDiskIsNamedUntilALineCouldBeWritten) {
  const testing::TempDirectory folder;
  log::LogOptions options;
  options.file = folder.file("agent.log");
  std::filesystem::create_symlink("/dev/full", options.file);
  const auto logger = log::make_logger(options);
  ASSERT_TRUE(logger.ok());
  LogHealth health(**logger);
  health.look();
  EXPECT_THAT(health.findings({}), IsEmpty()) << "nothing was lost yet";
  (*logger)->info("a", "lost");
  const auto found = health.findings({});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].code, &core::finding::kLogFailing);
  EXPECT_THAT(found[0].message, HasSubstr("No space left on device"));

  std::filesystem::remove(options.file);
  ASSERT_TRUE((*logger)->reopen().ok());
  health.look();
  EXPECT_THAT(health.findings({}), IsEmpty());
}

}  // namespace
}  // namespace certconnector::app
