#include "agent/platform/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "agent/platform/errors.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::HasSubstr;
using ::testing::StrEq;

// Empty once the process has ended.
std::string command_line(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cmdline");
  return {std::istreambuf_iterator<char>(file), {}};
}

class Process : public ::testing::Test {
 protected:
  static Result<ProgramOutcome> shell(const std::string& script, ProgramCall call = {}) {
    call.path = "/bin/sh";
    call.arguments = {"-c", script};
    return run_program(call, StopToken());
  }
  certconnector::testing::TempDirectory folder_;
};

TEST_F(Process, GivesExitCodeOutputAndErrorsApart) {
  const auto ran = shell("echo out; echo err >&2; exit 5");
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->end, ProgramEnd::exited);
  EXPECT_EQ(ran->code, 5);
  EXPECT_EQ(ran->output, "out\n");
  EXPECT_EQ(ran->errors, "err\n");
}

TEST_F(Process, InheritsNeitherEnvironmentNorDescriptorsNorInput) {
  ProgramCall call;
  call.environment = {"GIVEN=yes"};
  const auto ran = shell("echo $GIVEN:$HOME:$USER; cat; ls /proc/self/fd | tr '\\n' ' '", call);
  ASSERT_TRUE(ran.ok());
  // ls has its own descriptor of the folder.
  EXPECT_EQ(ran->output, "yes::\n0 1 2 3 ");
}

TEST_F(Process, WhatRunsTooLongEndsWithItsWholeGroup) {
  ProgramCall call;
  call.limit = Duration(100);
  const std::string mark = folder_.file("mark");
  const auto before = std::chrono::steady_clock::now();
  // The child ignores SIGTERM, as its parent does.
  const auto ran =
      shell("trap '' TERM; (while :; do sleep 0.05; done) & echo $! > " + mark + "; wait", call);
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->end, ProgramEnd::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
  const std::string child = certconnector::testing::read_file(mark);
  const std::string pid = child.substr(0, child.find('\n'));
  for (int i = 0; i < 10000 && !command_line(pid).empty(); ++i) std::this_thread::yield();
  EXPECT_THAT(command_line(pid), StrEq("")) << "the child has ended too";
}

TEST_F(Process, AStopEndsIt) {
  StopSource stop;
  ProgramCall call;
  call.path = "/bin/sh";
  call.arguments = {"-c", "sleep 600"};
  stop.request_stop();
  const auto ran = run_program(call, stop.token());
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->end, ProgramEnd::stopped);
}

TEST_F(Process, TooMuchOutputEndsItAndTooManyErrorsAreCut) {
  ProgramCall call;
  call.max_output = 1000;
  call.max_errors = 10;
  const auto flood = shell("while :; do echo 0123456789; done", call);
  ASSERT_TRUE(flood.ok());
  EXPECT_EQ(flood->end, ProgramEnd::too_much_output);
  EXPECT_THAT(flood->output, StrEq(""));
  const auto wordy = shell("echo 0123456789abcdef >&2; echo fine", call);
  ASSERT_TRUE(wordy.ok());
  EXPECT_EQ(wordy->end, ProgramEnd::exited);
  EXPECT_EQ(wordy->output, "fine\n");
  EXPECT_EQ(wordy->errors, "0123456789");
}

TEST_F(Process, ADaemonThatKeepsTheOutputOpenIsNotWaitedFor) {
  const auto before = std::chrono::steady_clock::now();
  const auto ran = shell("sleep 600 & echo done");
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->output, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST_F(Process, WhatCannotBeStartedSaysWhy) {
  ProgramCall call;
  call.path = folder_.file("missing");
  const auto ran = run_program(call, StopToken());
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().code(), error_code(PlatformErrc::not_found));
  EXPECT_THAT(ran.error().message(), HasSubstr("missing"));
}

TEST_F(Process, AScriptWithoutItsInterpreterSaysSo) {
  const std::pair<const char*, const char*> rows[] = {
      {"exit 3\n", "first line must name its interpreter"},
      {"", "first line must name its interpreter"},
      {"#!/nowhere/shell\n", "not the interpreter in its first line"},
      {"#!/bin/sh\r\n", "not the interpreter in its first line"}};
  for (const auto& [script, cause] : rows) {
    ProgramCall call;
    call.path = folder_.write("script", script);
    std::filesystem::permissions(call.path, std::filesystem::perms(0700));
    const auto ran = run_program(call, StopToken());
    ASSERT_FALSE(ran.ok()) << script;
    EXPECT_THAT(ran.error().message(), HasSubstr(cause)) << script;
  }
}

TEST_F(Process, ChecksThatTheProgramCanBeUsedAndNotByAllBeChanged) {
  namespace fs = std::filesystem;
  EXPECT_TRUE(check_program("/bin/sh").ok());
  EXPECT_FALSE(check_program(folder_.file("missing")).ok());
  EXPECT_FALSE(check_program(folder_.path().string()).ok());
  const fs::path open_to_all = folder_.write("helper", "#!/bin/sh\n");
  fs::permissions(open_to_all, fs::perms(0757));
  const Status refused = check_program(open_to_all.string());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("chmod o-w"));
  fs::permissions(open_to_all, fs::perms(0644));
  EXPECT_THAT(check_program(open_to_all.string()).error().message(), HasSubstr("chmod +x"));
}

}  // namespace
}  // namespace certconnector::platform
