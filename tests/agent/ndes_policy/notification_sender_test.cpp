#include "agent/ndes_policy/notification_sender.h"

#include <gtest/gtest.h>

#include "common/runtime/random_source.h"
#include "tests/agent/ndes_policy/scripted_agent.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy::testing {
namespace {

namespace wire = registration_wire;
using std::chrono::minutes;

http::Response taken() { return json(wire::encode_notify_answer(wire::Standing::issued)); }

class NotificationSenderTest : public ::testing::Test, protected ClientAndAgent {
 protected:
  std::string add(const std::string& transaction) {
    clock.advance(Duration(1));
    return spool_.add({"pw", {}, transaction, wire::Disposition::failure, -1, {}}).value();
  }
  std::vector<std::string> sent() const {
    std::vector<std::string> out;
    for (const http::Request& request : agent.asked) {
      out.push_back(wire::decode_notification(request.body)->transaction_id);
    }
    return out;
  }
  Duration step() { return sender_.step(stopping.token()); }
  std::size_t waiting() const { return spool_.names()->size(); }

  certconnector::testing::TempDirectory folder_;
  NotificationSpool spool_{folder_.path().generic_u8string(), clock};
  runtime::SystemRandom random_;
  NotificationSender sender_{spool_, client, log, random_};
};

TEST_F(NotificationSenderTest, SendsAllTheOldestFirst) {
  for (const char* transaction : {"T-1", "T-2", "T-3"}) add(transaction);
  agent.answers = {taken(), taken(), taken()};
  EXPECT_EQ(step(), minutes(1)) << "for what another process leaves";
  EXPECT_EQ(sent(), (std::vector<std::string>{"T-1", "T-2", "T-3"}));
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(NotificationSenderTest, AnOutageLosesNothingAndIsToldOnce) {
  add("T-1");
  add("T-2");
  agent.answers = {no_answer(), no_answer(), no_answer(), no_answer()};
  EXPECT_GE(step(), std::chrono::seconds(1));
  EXPECT_LE(step(), minutes(1));
  EXPECT_EQ(waiting(), 2U);
  EXPECT_EQ(sent(), (std::vector<std::string>{"T-1", "T-1", "T-1", "T-1"})) << "one try more each";
  EXPECT_EQ(log.count("policy.not_reported"), 1U);
  agent.answers = {problem(503, "not_now")};
  step();
  EXPECT_EQ(log.count("policy.not_reported"), 2U) << "another cause";
  agent.answers = {taken(), taken()};
  step();
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(log.count("policy.reported"), 1U);
}

TEST_F(NotificationSenderTest, WhatTheAgentNeverTakesHoldsUpNobody) {
  const std::string refused = add("T-1");
  add("T-2");
  agent.answers = {problem(409, "wrong_issuer"), taken()};
  EXPECT_EQ(step(), minutes(1));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_NE(folder_.read(refused + ".bad").find("T-1"), std::string::npos);
  const auto logged = log.records("policy.not_recorded");
  ASSERT_EQ(logged.size(), 1U);
  EXPECT_EQ(logged[0].field("transaction"), "T-1");
}

TEST_F(NotificationSenderTest, ADamagedFileHoldsUpNobody) {
  folder_.write("0-damaged.json", "{");
  add("T-1");
  agent.answers = {taken()};
  step();
  EXPECT_EQ(sent(), std::vector<std::string>{"T-1"});
  EXPECT_EQ(folder_.read("0-damaged.json.bad"), "{");
  EXPECT_EQ(log.count("policy.spool"), 1U);
}

TEST_F(NotificationSenderTest, AStopIsNoOutage) {
  add("T-1");
  agent.before_answer = [this] { stopping.request_stop(); };
  step();
  EXPECT_EQ(agent.asked.size(), 1U);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(log.count("policy.not_reported"), 0U);
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
