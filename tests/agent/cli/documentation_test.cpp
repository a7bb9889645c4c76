// The man page has all of --help, which has examples.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "agent/cli/arguments.h"
#include "agent/cli/command.h"
#include "agent/core/finding_codes.h"
#include "tests/support/temp_directory.h"

namespace certconnector::cli {
namespace {

using ::testing::HasSubstr;

// As mdoc(7) writes an option: its dash is `\-` in text and implied in `.Fl`.
std::string without_escapes(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\-", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

class Documentation : public ::testing::TestWithParam<Command> {
 protected:
  static std::string man_page() {
    return without_escapes(
        testing::read_file(std::string(CC_PACKAGING_DIR) + "/man/certconnector.1"));
  }
};

TEST_P(Documentation, HasTheCommandWithItsOptions) {
  const Command& command = GetParam();
  const std::string man = man_page();
  const std::string name(command.name);
  const std::size_t section = man.find(".It Cm " + name + "\n");
  const std::size_t section_with_usage = man.find(".It Cm " + name + " ");
  ASSERT_TRUE(section != std::string::npos || section_with_usage != std::string::npos)
      << "no item of " << name << " in the man page";
  const po::options_description options = visible_options(command);
  for (const auto& option : options.options()) {
    EXPECT_THAT(man, HasSubstr("Fl -" + option->long_name())) << name;
  }
}

TEST_P(Documentation, HasExamplesOfTheCommandItself) {
  EXPECT_THAT(std::string(GetParam().examples),
              HasSubstr("certconnector " + std::string(GetParam().name)));
  EXPECT_FALSE(GetParam().summary.empty());
}

INSTANTIATE_TEST_SUITE_P(Commands, Documentation, ::testing::ValuesIn(all_commands()),
                         [](const auto& row) {
                           std::string name(row.param.name);
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == ' ' || c == '-'; }, '_');
                           return name;
                         });

TEST(GlobalDocumentation, HasTheOptionsEverywhereAndTheExitCodes) {
  const std::string man =
      testing::read_file(std::string(CC_PACKAGING_DIR) + "/man/certconnector.1");
  const po::options_description everywhere = global_options();
  for (const auto& option : everywhere.options()) {
    EXPECT_THAT(man, HasSubstr("Fl -" + option->long_name()));
  }
  for (const char* code : {"0", "1", "2", "64", "69", "77"}) {
    EXPECT_THAT(man, HasSubstr(std::string(".It ") + code + "\n"));
  }
}

TEST(GlobalDocumentation, HasEveryFindingWithItsLevel) {
  const std::string man =
      testing::read_file(std::string(CC_PACKAGING_DIR) + "/man/certconnector.1");
  const std::string guide =
      testing::read_file(std::string(CC_PACKAGING_DIR) + "/doc/guide/trouble.md");
  constexpr const char* kLevels[] = {"ok", "degraded", "down"};
  for (const core::FindingCode& code : core::kFindingCodes) {
    if (code.level == core::HealthLevel::ok) continue;
    EXPECT_THAT(man, HasSubstr(".It " + std::string(code.name) + " (" +
                               kLevels[static_cast<std::size_t>(code.level)] + ")\n" +
                               std::string(code.meaning) + "\n"));
    EXPECT_THAT(guide, HasSubstr("| `" + std::string(code.name) + "` | " +
                                 kLevels[static_cast<std::size_t>(code.level)] + " | " +
                                 std::string(code.meaning) + " |"));
  }
}

}  // namespace
}  // namespace certconnector::cli
