// What a request may not ask for, whoever authorizes it.
#include "agent/enrollment/decision.h"

#include <gtest/gtest.h>

#include "tests/agent/ca/request_builder.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeClock;
using certconnector::testing::TestPki;

// Lets everything in, as one password for all does.
class OpenCheck final : public ChallengeCheck {
 public:
  [[nodiscard]] CheckAnswer check(const ChallengeQuery&, Timestamp) const override {
    ChallengeAuthorization made;
    made.id = "static";
    made.not_after = Timestamp::max();
    made.single_use = false;
    return made;
  }
};

class DecisionTest : public ::testing::Test {
 protected:
  DecisionTest() {
    policy_.check = std::make_shared<OpenCheck>();
    core::ReservedNames reserved;
    reserved.add("CN=devices SCEP RA");
    handle_->reserved->add(reserved);
  }
  // The code of a denial, or nothing.
  std::string verdict(const ca::testing::RequestSpec& spec, bool served = true) {
    DeviceRequest request;
    request.policy = std::make_shared<const EnrollmentPolicy>(policy_);
    request.ca.certificate = pki_.root().certificate;
    if (served) request.ca.handle = handle_;
    request.pkcs10 = std::make_shared<const crypto::Pkcs10>(ca::testing::make_request(spec));
    request.choose_template = [](const std::optional<std::string>&) -> TemplateAnswer {
      return std::string("device");
    };
    const Decision decision = decide(request, {}, FakeClock::kStart);
    const auto* denied = std::get_if<Denied>(&decision);
    return denied == nullptr ? "" : denied->reason.code;
  }

  const TestPki pki_;
  std::shared_ptr<jobs::CaHandle> handle_ = std::make_shared<jobs::CaHandle>();
  EnrollmentPolicy policy_;
};

TEST_F(DecisionTest, NobodyGetsTheNameOfTheCaOrOfAnRa) {
  ca::testing::RequestSpec spec;
  EXPECT_EQ(verdict(spec), "");
  spec.subject = "CN=Devices  SCEP ra";
  EXPECT_EQ(verdict(spec), "subject_not_allowed");
  spec.subject = pki_.root().certificate.subject_text();
  EXPECT_EQ(verdict(spec, false), "subject_not_allowed") << "only its certificate is known";
  spec.subject = "CN=devices SCEP\u00A0RA";
  EXPECT_EQ(verdict(spec, false), "");
  policy_.ra_names = {"CN=devices SCEP RA"};
  EXPECT_EQ(verdict(spec, false), "subject_not_allowed") << "the agent's RAs, at an NDES's CA";
}

// A CA of ours leaves out what another party's could copy.
TEST_F(DecisionTest, AForeignCaGetsNoExtensionThatItMayCopy) {
  ca::testing::RequestSpec spec;
  spec.others = {{"2.5.29.32", {0x30, 0x00}, false}};
  EXPECT_EQ(verdict(spec), "");
  handle_->ports.foreign = true;
  EXPECT_EQ(verdict(spec), "extension_not_allowed");
  handle_->ports.foreign = false;
  policy_.notify_within = std::chrono::hours(1);
  EXPECT_EQ(verdict(spec), "extension_not_allowed") << "an NDES hands it to its CA";
}

}  // namespace
}  // namespace certconnector::enrollment
