#include "agent/platform/process.h"

#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <thread>

#include "agent/platform/errors.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using ::testing::HasSubstr;

std::string shell() {
  std::array<wchar_t, MAX_PATH> folder{};
  const UINT size = ::GetSystemDirectoryW(folder.data(), static_cast<UINT>(folder.size()));
  return narrow({folder.data(), size}) + "\\cmd.exe";
}

Result<ProgramOutcome> run(std::vector<std::string> words, ProgramCall call = {},
                           const StopToken& stop = {}) {
  call.path = shell();
  call.arguments = {"/d", "/c"};
  call.arguments.insert(call.arguments.end(), words.begin(), words.end());
  return run_program(call, stop);
}

TEST(Process, GivesExitCodeAndOutput) {
  const auto ran = run({"echo", "out"});
  ASSERT_TRUE(ran.ok()) << ran.error().message();
  EXPECT_EQ(ran->end, ProgramEnd::exited);
  EXPECT_EQ(ran->code, 0);
  EXPECT_THAT(ran->output, HasSubstr("out"));
  EXPECT_EQ(run({"exit", "5"})->code, 5);
}

TEST(Process, InheritsNoEnvironment) {
  ProgramCall call;
  call.environment = {"GIVEN=yes"};
  ::SetEnvironmentVariableW(L"CC_SECRET", L"hidden");
  const auto ran = run({"set"}, call);
  ASSERT_TRUE(ran.ok());
  EXPECT_THAT(ran->output, HasSubstr("GIVEN=yes"));
  EXPECT_THAT(ran->output, ::testing::Not(HasSubstr("hidden")));
}

TEST(Process, WhatRunsTooLongEndsWithAllThatItHasStarted) {
  ProgramCall call;
  call.limit = Duration(300);
  const auto before = std::chrono::steady_clock::now();
  const auto ran = run({shell(), "/d", "/c", "pause"}, call);
  ASSERT_TRUE(ran.ok()) << ran.error().message();
  // `pause` ends at once where its input is empty.
  EXPECT_TRUE(ran->end == ProgramEnd::timed_out || ran->end == ProgramEnd::exited);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST(Process, AStopEndsIt) {
  StopSource source;
  std::thread stopping([&] { source.request_stop(); });
  const auto ran = run({"for /l %i in (0,0,1) do @rem"}, {}, source.token());
  stopping.join();
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->end, ProgramEnd::stopped);
  EXPECT_EQ(ran->output, "");
}

TEST(Process, TooMuchOutputEndsIt) {
  ProgramCall call;
  call.max_output = 4096;
  const auto ran = run({"for /l %i in (0,0,1) do @echo 0123456789"}, call);
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(ran->end, ProgramEnd::too_much_output);
  EXPECT_EQ(ran->output, "");
}

TEST(Process, AProgramThatIsNotThereIsNamed) {
  const certconnector::testing::TempDirectory folder;
  ProgramCall call;
  call.path = folder.file("absent.exe");
  const auto ran = run_program(call, StopToken());
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().code(), error_code(PlatformErrc::not_found));
  EXPECT_THAT(ran.error().message(), HasSubstr(call.path));
  EXPECT_FALSE(check_program(call.path).ok());
  EXPECT_FALSE(check_program(folder.path().u8string()).ok());
}

}  // namespace
}  // namespace certconnector::platform
