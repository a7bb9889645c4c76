#include "agent/ndes_policy/policy.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/agent/ndes_policy/scripted_agent.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy::testing {
namespace {

namespace wire = registration_wire;

const std::string kSecret = "Secret-42";

class PolicyTest : public ::testing::Test, protected ClientAndAgent {
 protected:
  static wire::VerifyRequest request() { return {Bytes{0x30, 0x00}, {}, "Device", "T-1"}; }
  bool verify(const wire::VerifyRequest& asked) {
    return policy_.verify_request(asked, stopping.token());
  }
  void notify() {
    policy_.notify({kSecret, {}, "T-1", wire::Disposition::success, 0, Bytes{0x30, 0x00}},
                   stopping.token());
  }

  certconnector::testing::TempDirectory folder_;
  NotificationSpool spool_{folder_.file("spool"), clock};
  int spooled_ = 0;
  Policy policy_{{client, spool_, log, [this] { ++spooled_; }}};
};

TEST_F(PolicyTest, VerifiesWhatTheAgentVerifies) {
  agent.answers = {json(wire::encode_verify_answer(std::nullopt)),
                   json(wire::encode_verify_answer(wire::Denied{"challenge_used", -5, "Used."}))};
  EXPECT_TRUE(verify(request()));
  EXPECT_FALSE(verify(request()));
  const auto denied = log.records("policy.denied");
  ASSERT_EQ(denied.size(), 1U);
  EXPECT_EQ(denied[0].field("code"), "challenge_used");
  EXPECT_EQ(denied[0].field("hresult"), "0xfffffffb");
}

TEST_F(PolicyTest, WhatCannotBeAskedIsNotVerified) {
  EXPECT_FALSE(verify(request()));
  ASSERT_EQ(log.count("policy.not_asked"), 1U);
  EXPECT_EQ(log.records("policy.not_asked")[0].field("code"), "unreachable");
}

TEST_F(PolicyTest, AsksNothingThatTheProtocolDoesNotCarry) {
  const std::vector<std::function<void(wire::VerifyRequest&)>> unfit{
      [](auto& one) { one.pkcs10.clear(); },
      [](auto& one) { one.pkcs10.resize(wire::kMaxPkcs10 + 1); },
      [](auto& one) { one.signing_certificate.resize(wire::kMaxCertificate + 1); },
      [](auto& one) { one.transaction_id.clear(); },
      [](auto& one) { one.transaction_id = "a\nb"; },
      [](auto& one) { one.transaction_id = "\xC3\xA4"; },
      [](auto& one) { one.transaction_id.resize(wire::kMaxTransactionId + 1, 'x'); },
      [](auto& one) { one.template_name.clear(); },
      [](auto& one) { one.template_name.resize(wire::kMaxTemplate + 1, 'x'); },
  };
  for (const auto& bend : unfit) {
    wire::VerifyRequest asked = request();
    bend(asked);
    EXPECT_FALSE(verify(asked));
  }
  EXPECT_EQ(agent.asked.size(), 0U);
  EXPECT_EQ(log.count("policy.unfit"), unfit.size());
}

TEST_F(PolicyTest, GivesThePasswordThatTheAgentMade) {
  agent.answers = {json(wire::encode_challenge_answer(kSecret)), problem(409, "unknown_template")};
  EXPECT_EQ(policy_.generate_challenge({"Device", "p"}, stopping.token()).value(), kSecret);
  EXPECT_FALSE(policy_.generate_challenge({"Device", ""}, stopping.token()).ok());
  EXPECT_EQ(log.count("policy.no_challenge"), 1U);
  EXPECT_FALSE(log.contains(kSecret));
}

TEST_F(PolicyTest, AnOutcomeIsSpooledBeforeNdesGoesOn) {
  folder_.write("spool/keep", "");
  notify();
  EXPECT_EQ(agent.asked.size(), 0U) << "the sender tells it";
  EXPECT_EQ(spooled_, 1);
  ASSERT_EQ(spool_.names()->size(), 1U);
  EXPECT_EQ(spool_.read(spool_.names()->front())->transaction_id, "T-1");
}

TEST_F(PolicyTest, WithoutASpoolTheAgentIsToldAtOnce) {
  folder_.write("spool", "no folder");
  agent.answers = {json(wire::encode_notify_answer(wire::Standing::issued))};
  notify();
  EXPECT_EQ(agent.asked.size(), 1U);
  EXPECT_EQ(log.count("policy.spool"), 1U);
  EXPECT_EQ(spooled_, 0);
  notify();
  ASSERT_EQ(log.count("policy.lost"), 1U) << "neither";
  EXPECT_EQ(log.records("policy.lost")[0].field("transaction"), "T-1");
  EXPECT_NE(log.records("policy.lost")[0].field("sha256"), "");
  EXPECT_FALSE(log.contains(kSecret));
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
