// Messages and exit codes of the program without an agent, without permission, and with another
// program on the socket.
#include <gmock/gmock.h>

#include "agent/platform/control_address.h"
#include "agent/platform/last_failure.h"
#include "agent/platform/words.h"
#include "proto/control/envelope.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;

// Answers every request with the same octets, whatever they are.
class FixedHandler final : public control::RequestHandler {
 public:
  explicit FixedHandler(std::string text) : text_(std::move(text)) {}
  std::string answer(std::string_view /*request*/, const std::string& /*who*/) override {
    return text_;
  }

 private:
  std::string text_;
};

class CliTrouble : public CliTest {
 protected:
  void start_answering(const std::string& text) {
    handler_ = std::make_unique<FixedHandler>(text);
    auto server = control::start_local_server(options_, *handler_, peers_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
  }
  // Beside the address: where an agent leaves its note.
  [[nodiscard]] bool has_folder() const {
    return platform::folder_of_address(options_.socket_path).has_value();
  }
  void TearDown() override { server_.reset(); }

  std::unique_ptr<FixedHandler> handler_;
};

TEST_F(CliTrouble, NoAgentRuns) {
  EXPECT_EQ(run({"status"}), 69);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("no agent answers on " + options_.socket_path));
  EXPECT_THAT(err_, HasSubstr(platform::service_commands().start));
  EXPECT_EQ(run({"jobs", "list", "--json"}), 69);
  EXPECT_THAT(out_, HasSubstr(R"("code":"not_running")"));
}

TEST_F(CliTrouble, AnAgentThatEndedHasLeftWhy) {
  if (!has_folder()) GTEST_SKIP() << "a pipe has no folder, and the note stands in the state alone";
  folder_.write("last-failure", platform::encode({"2026-11-30T15:00:00Z", 78, true,
                                                  "agent.conf:3: \x1b[2J is no number"}));
  EXPECT_EQ(run({"status"}), 69);
  EXPECT_THAT(err_, HasSubstr("It ended at 2026-11-30T15:00:00Z with exit code 78: agent.conf:3"));
  EXPECT_THAT(
      err_, HasSubstr("Repair that, then start the agent: " + platform::service_commands().start));
  EXPECT_THAT(err_, HasSubstr(platform::service_commands().log));
  EXPECT_THAT(err_, ::testing::Not(HasSubstr("\x1b")));
  EXPECT_EQ(run({"health", "--json"}), 2);
  EXPECT_THAT(out_, HasSubstr("with exit code 78"));
}

TEST_F(CliTrouble, NoServiceManagerIsNamedWhereNoneStartedTheAgent) {
  if (!has_folder()) GTEST_SKIP() << "a pipe has no folder, and the note stands in the state alone";
  folder_.write("last-failure", platform::encode({"2026-11-30T15:00:00Z", 74, false, "no room"}));
  EXPECT_EQ(run({"status"}), 69);
  EXPECT_THAT(err_, HasSubstr("start the agent as it was started before"));
  EXPECT_THAT(err_, ::testing::Not(HasSubstr(platform::service_commands().start)));
}

TEST_F(CliTrouble, AFileThatIsNoNoteSaysNothing) {
  folder_.write("last-failure", "root:x:0:0:root:/root:/bin/bash\n");
  EXPECT_EQ(run({"status"}), 69);
  EXPECT_THAT(err_, ::testing::Not(HasSubstr("root:x")));
}

TEST_F(CliTrouble, NoAgentRunsIsDownForHealth) {
  EXPECT_EQ(run({"health"}), 2);
  EXPECT_THAT(err_, HasSubstr(platform::service_commands().start));
  EXPECT_EQ(run({"health", "--json"}), 2);
  EXPECT_THAT(out_, HasSubstr(R"("health":"down")"));
  EXPECT_THAT(out_, HasSubstr(R"("component":"agent")"));
}

TEST_F(CliTrouble, TheAgentDoesNotAdmitTheCaller) {
  peers_.admits = false;
  start_agent();
  EXPECT_EQ(run({"status"}), 77);
  EXPECT_THAT(err_, HasSubstr(platform::how_to_be_admitted(options_.group)));
  EXPECT_EQ(run({"health"}), 77);
}

TEST_F(CliTrouble, TheAgentRefusesWithAReasonAndARemedy) {
  agent_.refusal = Error(FakeErrc::refused, ErrorKind::denied, "the token has expired");
  start_agent();
  EXPECT_EQ(run({"enroll", "cct1.secret"}), 1);
  EXPECT_THAT(err_, HasSubstr("certconnector: the token has expired\n  "));
  EXPECT_THAT(err_, ::testing::Not(HasSubstr("cct1")));
}

struct Row {
  const char* what;
  const char* answer;
  int code;
  const char* words;
};
class CliOddAgent : public CliTrouble, public ::testing::WithParamInterface<Row> {};

TEST_P(CliOddAgent, IsToldApart) {
  start_answering(GetParam().answer);
  EXPECT_EQ(run({"version"}), GetParam().code);
  EXPECT_THAT(err_, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, CliOddAgent,
    ::testing::Values(
        Row{"garbage", "\x16\x03\x01", 69, "not the agent"},
        Row{"html", "<html>", 69, "not the agent"}, Row{"null", "null", 69, "not the agent"},
        Row{"older_protocol", R"({"version":0,"status":"fine"})", 69, "another version"},
        Row{"newer_protocol", R"({"version":2})", 69, "another version"},
        Row{"result_of_another_shape", R"({"version":1,"ok":true,"result":{}})", 69,
            "another version"},
        Row{"does_not_know_the_command",
            R"({"version":1,"ok":false,"error":{"code":"unknown_command","message":"what?",)"
            R"("remedy":"restart it"}})",
            1, "restart it"},
        Row{"refusal_that_would_steer_the_terminal",
            "{\"version\":1,\"ok\":false,\"error\":{\"code\":\"x\",\"message\":\"\\u001b[2J\"}}", 1,
            "\\x1b[2J"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST_F(CliTrouble, ConfigCheckAndRestoreAreDoneByTheAgentsOwnProgram) {
  EXPECT_EQ(run({"config", "check", "new.conf"}), 1);
  EXPECT_EQ(daemon_arguments_,
            (std::vector<std::string>{"--check-config", "--config", "new.conf"}));
  EXPECT_THAT(err_, HasSubstr("cannot start certconnectord"));
  run({"config", "check", "--json"});
  EXPECT_EQ(daemon_arguments_, (std::vector<std::string>{"--check-config", "--json"}));
  run({"restore", "backup", "--config", "a.conf", "--force"});
  EXPECT_EQ(daemon_arguments_, (std::vector<std::string>{"--restore", folder_.file("backup"),
                                                         "--force", "--config", "a.conf"}));
  run({"--json", "restore", "backup", "--accept-loss"});
  EXPECT_EQ(daemon_arguments_, (std::vector<std::string>{"--restore", folder_.file("backup"),
                                                         "--accept-loss", "--json"}));
  EXPECT_EQ(run({"restore"}), 64);
}

TEST_F(CliTrouble, WrongCommandLinesEndWith64) {
  EXPECT_EQ(run({"statsu"}), 64);
  EXPECT_THAT(err_, HasSubstr("Did you mean `certconnector status`?"));
  EXPECT_EQ(run({}), 64);
  EXPECT_EQ(run({"jobs", "show"}), 64);
  for (const auto& wrong : {std::vector<std::string>{"jobs", "show", "--json", "--limit", "3"},
                            {"--json", "statsu", "--limit", "3"},
                            {"--json"}}) {
    EXPECT_EQ(run(wrong), 64);
    EXPECT_THAT(out_, HasSubstr(R"({"version":1,"ok":false,"error":{"code":"usage",)"));
    EXPECT_EQ(err_, "");
  }
}

TEST_F(CliTrouble, HelpNeedsNoAgent) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Exit codes:"));
  EXPECT_EQ(run({"ca", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("ca publish-crl"));
  EXPECT_THAT(out_, ::testing::Not(HasSubstr("jobs list")));
  EXPECT_EQ(run({"jobs", "list", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Examples:\n  certconnector jobs list\n"));
}

}  // namespace
}  // namespace certconnector::testing
