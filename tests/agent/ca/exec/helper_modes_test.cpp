// A helper whose mode has changed since the agent opened the CA.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "agent/ca/exec/helper.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ca {
namespace {

using ::testing::HasSubstr;

TEST(HelperModes, DoesNotStartAFileThatIsUnusableByNow) {
  const certconnector::testing::TempDirectory folder;
  const SystemClock clock;
  const std::string mark = folder.file("started");
  ExecSettings settings;
  settings.helper = folder.write("helper", "#!/bin/sh\ntouch " + mark + "\n");
  const std::pair<unsigned, const char*> rows[] = {{0600, "chmod +x"}, {0757, "chmod o-w"}};
  for (const auto& [mode, way_out] : rows) {
    std::filesystem::permissions(settings.helper, std::filesystem::perms(mode));
    const HelperAnswer answer = Helper("corp", settings, clock).run("SUBMIT", {}, {});
    EXPECT_EQ(answer.said, HelperSaid::not_asked);
    EXPECT_THAT(answer.message, HasSubstr(way_out));
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
}

}  // namespace
}  // namespace certconnector::ca
