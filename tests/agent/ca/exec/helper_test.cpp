// One run of a helper: when it starts at all, and the messages of those that do not or are killed.
#include "agent/ca/exec/helper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_directory.h"

namespace certconnector::ca {
namespace {

using ::testing::HasSubstr;

class HelperRun : public ::testing::Test {
 protected:
  HelperRun() {
    settings_.helper = CC_SCRIPTED_HELPER;
    settings_.helper_arguments = folder_.write("script", "mark " + mark_ + "\nhang\n");
  }

  [[nodiscard]] HelperAnswer run(const core::CallContext& call = {},
                                 const HelperVariables& variables = {}) const {
    return Helper("corp", settings_, clock_).run("SUBMIT", variables, call);
  }
  [[nodiscard]] bool started() const { return std::filesystem::exists(mark_); }

  certconnector::testing::TempDirectory folder_;
  // The helper leaves it, so that it shows whether it ran.
  const std::string mark_ = folder_.file("started");
  SystemClock clock_;
  ExecSettings settings_;
};

TEST_F(HelperRun, DoesNotStartOnlyToBeKilled) {
  StopSource stop;
  stop.request_stop();
  for (const core::CallContext& call :
       {core::CallContext{Timestamp::max(), stop.token()},
        core::CallContext{clock_.now() - Duration(1), StopToken()}}) {
    const HelperAnswer answer = run(call);
    EXPECT_EQ(answer.said, HelperSaid::not_asked) << answer.message;
    EXPECT_FALSE(started());
  }
}

TEST_F(HelperRun, DoesNotStartWithAVariableThatWouldBeCut) {
  const HelperAnswer answer = run({}, {{"CERTMONGER_CA_COOKIE", std::string("a\0b", 3)}});
  EXPECT_EQ(answer.said, HelperSaid::not_asked);
  EXPECT_THAT(answer.message, HasSubstr("CERTMONGER_CA_COOKIE holds a zero octet"));
  EXPECT_FALSE(started());
}

TEST_F(HelperRun, DoesNotStartAFileThatIsNoProgramByNow) {
  settings_.helper = folder_.file("helper");
  const HelperAnswer gone = run();
  EXPECT_EQ(gone.said, HelperSaid::not_asked);
  EXPECT_THAT(gone.message, HasSubstr(settings_.helper));
  std::filesystem::create_directory(settings_.helper);
  EXPECT_THAT(run().message, HasSubstr("is not a program"));
}

}  // namespace
}  // namespace certconnector::ca
