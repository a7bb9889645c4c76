#include "agent/cli/arguments.h"

#include <gtest/gtest.h>

namespace certconnector::cli {
namespace {

std::string command_of(const std::vector<std::string>& arguments) {
  const Parsed parsed = parse_arguments(arguments);
  const auto* command = std::get_if<ParsedCommand>(&parsed.what);
  return command == nullptr ? "" : std::string(command->command->name);
}

TEST(Arguments, FindTheCommandAmongGlobalOptions) {
  EXPECT_EQ(command_of({"status"}), "status");
  EXPECT_EQ(command_of({"jobs", "list"}), "jobs list");
  EXPECT_EQ(command_of({"--json", "jobs", "--socket", "jobs", "list"}), "jobs list");
  EXPECT_EQ(command_of({"--socket=x", "ca", "publish-crl", "default"}), "ca publish-crl");
  EXPECT_EQ(command_of({"enroll", "-"}), "enroll");
}

TEST(Arguments, TakeGlobalOptionsAnywhere) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--socket", "/s", "--json", "status"},
        std::vector<std::string>{"status", "--json", "--socket=/s"}}) {
    const Parsed parsed = parse_arguments(arguments);
    EXPECT_EQ(parsed.socket_path, "/s");
    EXPECT_TRUE(parsed.json);
  }
}

TEST(Arguments, AskForHelpOfACommandAGroupOrAll) {
  const auto help_of = [](const std::vector<std::string>& arguments) {
    return std::get<HelpWanted>(parse_arguments(arguments).what);
  };
  EXPECT_EQ(help_of({"jobs", "show", "--help"}).command->name, "jobs show");
  EXPECT_EQ(help_of({"jobs", "-h"}).group, "jobs");
  EXPECT_EQ(help_of({"--help"}).command, nullptr);
  EXPECT_EQ(help_of({"help", "jobs", "show"}).command->name, "jobs show");
  EXPECT_EQ(help_of({"--socket", "/s", "--json", "help", "jobs"}).group, "jobs");
  EXPECT_EQ(help_of({"--socket=/s", "help"}).command, nullptr);
  EXPECT_TRUE(std::holds_alternative<VersionWanted>(parse_arguments({"--version"}).what));
}

struct Row {
  const char* what;
  std::vector<std::string> arguments;
  const char* message;
  const char* remedy;
};
class InvalidArguments : public ::testing::TestWithParam<Row> {};

TEST_P(InvalidArguments, SaysWhatIsMeant) {
  const Parsed parsed = parse_arguments(GetParam().arguments);
  const auto* error = std::get_if<UsageError>(&parsed.what);
  ASSERT_NE(error, nullptr);
  EXPECT_NE(error->message.find(GetParam().message), std::string::npos) << error->message;
  EXPECT_NE(error->remedy.find(GetParam().remedy), std::string::npos) << error->remedy;
}

INSTANTIATE_TEST_SUITE_P(
    Lines, InvalidArguments,
    ::testing::Values(Row{"nothing", {}, "no command", "--help"},
                      Row{"mistyped", {"statsu"}, "statsu", "certconnector status"},
                      Row{"mistyped_word", {"jobs", "lst"}, "jobs lst", "certconnector jobs list"},
                      Row{"mistyped_group", {"job", "list"}, "job", "certconnector jobs list"},
                      Row{"far_off", {"frobnicate"}, "frobnicate", "lists the commands"},
                      Row{"group_alone", {"jobs"}, "one more word", "jobs --help"},
                      Row{"mistyped_option", {"jobs", "list", "--stat=x"}, "--stat", "--state"},
                      Row{"option_of_another", {"status", "--limit", "5"}, "--limit", "--help"},
                      Row{"no_value", {"jobs", "list", "--state"}, "--state", "--help"},
                      Row{"no_number", {"jobs", "list", "--limit", "many"}, "limit", "--help"},
                      Row{"too_many", {"jobs", "show", "a", "b"}, "more arguments", "--help"},
                      Row{"guessed", {"status", "--wat"}, "--wat", "--watch"}),
    [](const auto& row) { return std::string(row.param.what); });

}  // namespace
}  // namespace certconnector::cli
