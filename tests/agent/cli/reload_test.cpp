#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/control/reload_operations.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/words.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;

using CliReload = CliWithAgent;

// Answers nothing within the limit, which it notes.
class LimitNote final : public control::ControlClient {
 public:
  explicit LimitNote(Duration& limit) : limit_(limit) {}
  Result<control_proto::Answer> call(const control_proto::Request& /*request*/,
                                     Duration limit) override {
    limit_ = limit;
    return Error(control::TransportErrc::timed_out, ErrorKind::transient, "silence");
  }

 private:
  Duration& limit_;
};

TEST_F(CliReload, WaitsLongerThanTheAgentLetsAPersonWait) {
  Duration limit(0);
  connect_ = [&](const std::string& /*path*/) -> Result<std::unique_ptr<control::ControlClient>> {
    return std::unique_ptr<control::ControlClient>(std::make_unique<LimitNote>(limit));
  };
  EXPECT_EQ(run({"reload"}), 69);
  EXPECT_GT(limit, control::kLongestReload);
}

TEST_F(CliReload, SaysWhatItTookUp) {
  agent_.reload_view.taken = true;
  EXPECT_EQ(run({"reload"}), 0);
  EXPECT_EQ(out_, "No setting has changed.\n");
  agent_.reload_view.changed = {"[log] level"};
  agent_.reload_view.needs_restart = {"[http] listen"};
  EXPECT_EQ(run({"reload"}), 0);
  EXPECT_EQ(out_,
            "The agent read the file.\nIn use now:\n  [log] level\n"
            "In use after a restart (" +
                platform::service_commands().restart + "):\n  [http] listen\n");
  agent_.reload_view = {};
  agent_.reload_view.refused = {"certconnectord.conf:3: unknown key"};
  EXPECT_EQ(run({"reload"}), 1);
  EXPECT_EQ(out_, "Refused:\n  certconnectord.conf:3: unknown key\n");
  EXPECT_EQ(run({"reload", "--json"}), 1);
  EXPECT_THAT(out_, HasSubstr(R"("refused":["certconnectord.conf:3: unknown key"])"));
}

TEST_F(CliReload, SaysWhatIsWrongSinceThen) {
  agent_.reload_view.taken = true;
  agent_.reload_view.new_findings = {
      core::found(core::finding::kCaFailing, "ca.lab", "no answer", "wait")};
  EXPECT_EQ(run({"reload"}), 0);
  EXPECT_EQ(out_,
            "No setting has changed.\nWrong since then:\n  degraded  ca.lab: no answer\n"
            "      -> wait\n");
  agent_.reload_view.new_findings = {
      core::found(core::finding::kCaUnusable, "ca.lab", "no key", "put it back")};
  EXPECT_EQ(run({"reload", "--json"}), 1);
  EXPECT_THAT(out_, HasSubstr(R"("new_findings":[{"code":"ca_unusable","component":"ca.lab")"));
}

}  // namespace
}  // namespace certconnector::testing
