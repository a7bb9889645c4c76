#include "agent/ndes_policy/module_session.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/agent/ndes_policy/listening_agent.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy::testing {
namespace {

namespace wire = registration_wire;

// Writes to a log of the test, which outlives the session.
class BorrowedLogger final : public log::Logger {
 public:
  explicit BorrowedLogger(log::Logger& log) : log_(log) {}
  [[nodiscard]] bool enabled(log::Level level) const override { return log_.enabled(level); }
  void write(log::Level level, std::string_view event, std::string_view message,
             log::Fields fields) override {
    log_.write(level, event, message, fields);
  }

 private:
  log::Logger& log_;
};

class ModuleSessionTest : public ::testing::Test {
 protected:
  ModuleSettings settings(const ListeningAgent& agent) const {
    return {agent.address(), std::chrono::seconds(10), folder_.path().generic_u8string(), ""};
  }
  std::unique_ptr<ModuleSession> open(const ModuleSettings& settings, const ListeningAgent& agent) {
    return std::make_unique<ModuleSession>(
        settings, [client = agent.client()] { return client; },
        std::make_unique<BorrowedLogger>(log_));
  }
  static wire::VerifyRequest request() { return {Bytes{0x30, 0x00}, {}, "Device", "T-1"}; }
  static wire::Notification outcome(const std::string& transaction) {
    return {"Secret-42", {}, transaction, wire::Disposition::failure, -1, {}};
  }
  bool waits() const { return !std::filesystem::is_empty(folder_.path()); }

  certconnector::testing::TempDirectory folder_;
  certconnector::testing::CapturingLogger log_;
};

TEST_F(ModuleSessionTest, VerifiesAtTheAgent) {
  ListeningAgent agent(wire::encode_verify_answer(std::nullopt));
  const auto session = open(settings(agent), agent);
  std::vector<std::thread> devices;
  std::atomic<int> verified{0};
  for (int i = 0; i < 50; ++i) {
    devices.emplace_back([&] {
      if (session->policy().verify_request(request(), session->stop())) ++verified;
    });
  }
  for (std::thread& device : devices) device.join();
  EXPECT_EQ(verified, 50);
}

TEST_F(ModuleSessionTest, BringsWhatASessionBeforeLeft) {
  ListeningAgent agent(wire::encode_notify_answer(wire::Standing::failed));
  ModuleSettings unusable = settings(agent);
  unusable.unusable = "Agent is missing";
  {
    const auto session = open(unusable, agent);
    EXPECT_FALSE(session->policy().verify_request(request(), session->stop()));
    session->policy().notify(outcome("T-1"), session->stop());
  }
  EXPECT_TRUE(waits());
  EXPECT_EQ(log_.count("policy.unusable"), 1U);
  {
    const auto session = open(settings(agent), agent);
    session->policy().notify(outcome("T-2"), session->stop());
    agent.asked(2);
  }
  const auto asked = agent.asked(2);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(wire::decode_notification(asked[0].body)->transaction_id, "T-1");
  EXPECT_EQ(wire::decode_notification(asked[1].body)->transaction_id, "T-2");
}

TEST_F(ModuleSessionTest, AStopEndsACallThatWaits) {
  ListeningAgent agent("");
  ModuleSettings nowhere = settings(agent);
  nowhere.agent.host = "192.0.2.1";  // RFC 5737: nobody answers
  nowhere.deadline = std::chrono::minutes(10);
  const auto session = open(nowhere, agent);
  std::thread device(
      [&] { EXPECT_FALSE(session->policy().verify_request(request(), session->stop())); });
  session->request_stop();
  device.join();
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
