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
  HelperRun() { settings_.helper = folder_.file("helper"); }

  void write(const std::string& text, unsigned mode = 0700) {
    std::filesystem::remove(settings_.helper);
    folder_.write("helper", text);
    std::filesystem::permissions(settings_.helper, std::filesystem::perms(mode));
  }
  [[nodiscard]] HelperAnswer run(const core::CallContext& call = {},
                                 const HelperVariables& variables = {}) const {
    return Helper("corp", settings_, clock_).run("SUBMIT", variables, call);
  }
  // A script that leaves this mark, so that it shows whether it ran.
  void write_marking_script() { write("#!/bin/sh\ntouch " + mark_ + "\nsleep 600\n"); }
  [[nodiscard]] bool started() const { return std::filesystem::exists(mark_); }

  certconnector::testing::TempDirectory folder_;
  const std::string mark_ = folder_.file("started");
  SystemClock clock_;
  ExecSettings settings_;
};

TEST_F(HelperRun, DoesNotStartOnlyToBeKilled) {
  write_marking_script();
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
  write_marking_script();
  const HelperAnswer answer = run({}, {{"CERTMONGER_CA_COOKIE", std::string("a\0b", 3)}});
  EXPECT_EQ(answer.said, HelperSaid::not_asked);
  EXPECT_THAT(answer.message, HasSubstr("CERTMONGER_CA_COOKIE holds a zero octet"));
  EXPECT_FALSE(started());
}

TEST_F(HelperRun, DoesNotStartAFileThatIsUnusableByNow) {
  const std::pair<unsigned, const char*> rows[] = {{0600, "chmod +x"}, {0757, "chmod o-w"}};
  for (const auto& [mode, way_out] : rows) {
    write("#!/bin/sh\ntouch " + mark_ + "\n", mode);
    const HelperAnswer answer = run();
    EXPECT_EQ(answer.said, HelperSaid::not_asked);
    EXPECT_THAT(answer.message, HasSubstr(way_out));
  }
  std::filesystem::remove(settings_.helper);
  EXPECT_THAT(run().message, HasSubstr("No such file"));
  std::filesystem::create_directory(settings_.helper);
  EXPECT_THAT(run().message, HasSubstr("is not a program"));
  EXPECT_FALSE(started());
}

}  // namespace
}  // namespace certconnector::ca
