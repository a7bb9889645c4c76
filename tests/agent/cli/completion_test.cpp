#include "agent/cli/completion.h"

#include <gmock/gmock.h>

#include "agent/cli/arguments.h"
#include "agent/cli/completion_values.h"
#include "agent/doctor/check.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CompletionTest : public CliTest {
 protected:
  // The lines of the answer: its kind, and the candidates without descriptions.
  std::vector<std::string> answer(std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    EXPECT_EQ(run(words), 0);
    EXPECT_EQ(err_, "");
    std::vector<std::string> lines;
    std::istringstream text(out_);
    for (std::string line; std::getline(text, line);)
      lines.push_back(line.substr(0, line.find('\t')));
    return lines;
  }
};

TEST_F(CompletionTest, OfCommandsNeedsNoAgent) {
  EXPECT_THAT(answer({"ca", ""}), ElementsAre("words", "list", "test", "create", "import", "adopt",
                                              "export", "publish-crl"));
  EXPECT_THAT(answer({"j"}), ElementsAre("words", "jobs"));
  EXPECT_THAT(answer({"hel"}), ElementsAre("words", "help"));
  EXPECT_THAT(answer({"help", "clo"}), ElementsAre("words", "clock"));
  EXPECT_THAT(answer({"--json", "c"}),
              ElementsAre("words", "ca", "certs", "challenge", "clock", "config", "completion"));
  EXPECT_THAT(answer({"certs", "l"}), ElementsAre("words", "list", "lineage"));
  EXPECT_THAT(answer({"certs", "lineage", ""}), ElementsAre("words", "show", "allow"));
  EXPECT_THAT(out_, HasSubstr("show\tShow a certificate's lineage"));
  EXPECT_THAT(answer({"nonsense", ""}), ElementsAre("words"));
  EXPECT_EQ(answer({}).size(), answer({""}).size());
  EXPECT_GT(answer({""}).size(), 10U);
}

TEST_F(CompletionTest, OfOptionsNeedsNoAgent) {
  EXPECT_THAT(answer({"certs", "show", "--"}),
              ElementsAre("words", "--socket", "--json", "--help", "--version", "--ca", "--pem"));
  EXPECT_THAT(answer({"certs", "show", "--pem", "--p"}), ElementsAre("words")) << "given already";
  EXPECT_THAT(answer({"ca", "import", "--crl", "a.crl", "--cr"}), ElementsAre("words"));
  EXPECT_THAT(answer({"--v"}), ElementsAre("words", "--version"));
}

TEST_F(CompletionTest, OfValuesThatAreAFewWords) {
  EXPECT_THAT(answer({"ca", "create", "--key", "ec:"}),
              ElementsAre("words", "ec:256", "ec:384", "ec:521"));
  EXPECT_THAT(answer({"ca", "create", "--key=ec:2"}), ElementsAre("words", "--key=ec:256"));
  EXPECT_THAT(answer({"completion", ""}), ElementsAre("words", "bash", "zsh", "fish"));
  EXPECT_THAT(answer({"completion", "bash", ""}), ElementsAre("words"));
  EXPECT_THAT(answer({"jobs", "deny", "--reason", ""}), ElementsAre("words"));
  EXPECT_THAT(answer({"certs", "revoke", "--reason", "k"}), ElementsAre("words", "keyCompromise"));
}

TEST_F(CompletionTest, OfFilesIsTheShells) {
  EXPECT_THAT(answer({"ca", "import", "--key", "x"}), ElementsAre("files"));
  EXPECT_THAT(answer({"ca", "import", "--key=x"}), ElementsAre("files"));
  EXPECT_THAT(answer({"--socket", ""}), ElementsAre("files"));
  EXPECT_THAT(answer({"config", "check", ""}), ElementsAre("files"));
  EXPECT_THAT(answer({"restore", "--force", ""}), ElementsAre("folders"));
}

TEST_F(CompletionTest, OfNamesAndIdsAsksTheAgent) {
  auto waiting = example_job("job-w", 3);
  waiting.state = core::JobState::waiting;
  waiting.waiting_for_approval = true;
  store_.records = {waiting, failed_job("job-b", 2), example_job("KEY:a", 1)};
  scep_.views = {example_service()};
  start_agent();
  EXPECT_THAT(answer({"ca", "test", ""}), ElementsAre("words", "default"));
  EXPECT_THAT(answer({"certs", "list", "--ca", "d"}), ElementsAre("words", "default"));
  EXPECT_THAT(answer({"certs", "list", "--ca=d"}), ElementsAre("words", "--ca=default"));
  EXPECT_THAT(answer({"scep", "test", ""}), ElementsAre("words", "phones"));
  EXPECT_THAT(answer({"challenge", "new", "--template", ""}),
              ElementsAre("words", "device", "vpn"));
  EXPECT_THAT(answer({"jobs", "show", ""}), ElementsAre("words", "job-w", "job-b", "KEY:a"));
  EXPECT_THAT(out_, HasSubstr("job-b\tissue, failed, "));
  EXPECT_THAT(answer({"jobs", "retry", "job-b", "job-"}), ElementsAre("words", "job-w", "job-b"));
  EXPECT_THAT(answer({"jobs", "show", "job-b", ""}), ElementsAre("words")) << "takes one";
  EXPECT_THAT(answer({"jobs", "approve", ""}), ElementsAre("words", "job-w"));
  EXPECT_THAT(answer({"challenge", "revoke", ""}), ElementsAre("words", "otp-5b0c91d2aa"));
}

TEST_F(CompletionTest, AsksTheAgentOfTheSocketThatIsNamed) {
  start_agent();
  const std::string socket = options_.socket_path;
  options_.socket_path = folder_.file("no.sock");
  EXPECT_THAT(answer({"ca", "test", ""}), ElementsAre("words"));
  EXPECT_THAT(answer({"--socket", socket, "ca", "test", ""}), ElementsAre("words", "default"));
  EXPECT_THAT(answer({"ca", "test", "--socket=" + socket, ""}), ElementsAre("words", "default"));
}

TEST_F(CompletionTest, IsSilentWithoutAnAgentAndWhereItMayNotBeAsked) {
  EXPECT_THAT(answer({"jobs", "show", ""}), ElementsAre("words"));
  peers_.admits = false;
  start_agent();
  EXPECT_THAT(answer({"jobs", "show", ""}), ElementsAre("words"));
}

// A shell would run or split other values.
TEST_F(CompletionTest, LeavesOutWhatIsNoPlainWord) {
  store_.records = {example_job("a b", 3), example_job("$(reboot)", 2), example_job("good", 1)};
  start_agent();
  EXPECT_THAT(answer({"jobs", "show", ""}), ElementsAre("words", "good"));
}

TEST(CompletionValues, AreSaidForEveryOptionAndArgument) {
  for (const cli::Command& command : cli::all_commands()) {
    for (const cli::Positional& one : command.positionals) {
      EXPECT_NE(cli::values_of(command.name, one.name), nullptr) << command.name << " " << one.name;
    }
    const auto options = cli::visible_options(command);
    for (const auto& option : options.options()) {
      if (option->semantic()->max_tokens() == 0) continue;
      EXPECT_NE(cli::values_of(command.name, option->long_name()), nullptr)
          << command.name << " --" << option->long_name();
    }
  }
}

TEST(CompletionValues, HaveTheAreasOfTheDoctor) {
  const cli::Values* areas = cli::values_of("doctor", "area");
  ASSERT_NE(areas, nullptr);
  std::vector<std::string_view> of_checks;
  for (const doctor::Check* check : doctor::kChecks) {
    if (std::find(of_checks.begin(), of_checks.end(), check->area()) == of_checks.end()) {
      of_checks.push_back(check->area());
    }
  }
  EXPECT_EQ(std::vector<std::string_view>(areas->words.begin(), areas->words.end()), of_checks);
}

TEST_F(CompletionTest, ScriptsOfThreeShells) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(run({"completion", shell}), 0);
    EXPECT_THAT(out_, HasSubstr("__complete --")) << shell;
  }
  EXPECT_EQ(run({"completion"}), 64);
  EXPECT_EQ(run({"completion", "ksh"}), 64);
  EXPECT_EQ(run({"completion", "fish", "--json"}), 0);
  EXPECT_THAT(out_, ::testing::StartsWith(R"({"version":1,"ok":true,"shell":"fish","script":")"));
}

}  // namespace
}  // namespace certconnector::testing
