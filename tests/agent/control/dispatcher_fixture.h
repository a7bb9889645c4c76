// A dispatcher with a fake agent behind it, asked as the control server asks it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "agent/control/command_dispatcher.h"
#include "proto/control/codec.h"
#include "proto/control/envelope.h"
#include "tests/agent/control/fakes.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

class CommandDispatcherTest : public ::testing::Test {
 protected:
  CommandDispatcherTest() { agent_.view = example_view(); }

  control_proto::Answer ask(std::string_view command, const std::string& arguments = "{}") {
    const auto answer = control_proto::decode_answer(dispatcher_.answer(
        control_proto::encode_request({std::string(command), arguments}), "alice"));
    if (answer.ok()) return *answer;
    return {control_proto::Problem{"test", answer.error().message(), ""}, ""};
  }

  template <typename T>
  T result_of(std::string_view command, const std::string& arguments = "{}") {
    const control_proto::Answer answer = ask(command, arguments);
    EXPECT_FALSE(answer.error) << answer.error->message;
    auto result = control_proto::decode_result<T>(answer.result);
    EXPECT_TRUE(result.ok()) << answer.result;
    return result.ok() ? *result : T{};
  }

  // The code of the error; empty when there was none.
  std::string refusal_of(std::string_view command, const std::string& arguments = "{}") {
    const control_proto::Answer answer = ask(command, arguments);
    if (!answer.error) return "";
    EXPECT_FALSE(answer.error->message.empty());
    EXPECT_FALSE(answer.error->remedy.empty());
    return answer.error->code;
  }

  // The message of its error.
  std::string problem_of(std::string_view command, const std::string& arguments) {
    const control_proto::Answer answer = ask(command, arguments);
    return answer.error ? answer.error->message : "";
  }

  FakeOperations agent_;
  FakeChallenges challenges_ = example_challenges();
  FakeScep scep_;
  CannedJobStore store_;
  FakeEnrollmentLedger enrollments_;
  ca::testing::MemoryCertificateStore certificates_;
  FakeClock clock_;
  CapturingLogger logger_;
  control::CommandDispatcher dispatcher_{
      dispatcher_parts(agent_, {store_, enrollments_, certificates_}, challenges_, scep_, clock_),
      logger_};
};

}  // namespace certconnector::testing
