// Enrollments whose challenges the management endpoint validates.
#include <filesystem>
#include <future>
#include <vector>

#include "tests/agent/app/scep_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

constexpr char kCloudPassword[] = "what-only-the-cloud-can-read";

class ScepEndpointChallenge : public ScepFixture {
 protected:
  // Accepts everything as the challenge `id`, for enrollment().
  void grant(const std::string& id = "cloud:7") {
    site_.challenges.answer_with([id](const core::ChallengeQuestion&) {
      core::ChallengeAccepted granted;
      granted.id = id;
      granted.device = "device-7";
      granted.expected.subject = "CN=phone,O=Test";
      granted.good_for = std::chrono::hours(1);
      return granted;
    });
  }
  void deny(const std::string& code) {
    site_.challenges.answer_with([code](const core::ChallengeQuestion&) {
      return core::ChallengeDenied{code, "the words of the cloud"};
    });
  }
};

TEST_F(ScepEndpointChallenge, OneChallengeOneCertificateAndARetryTheSame) {
  start_asking();
  grant();
  const ScepRequest request = enrollment(kCloudPassword);
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued()) << first.status << first.fail_info << first.text;
  restart();
  EXPECT_EQ(client().ask(request).certificate->der(), first.certificate->der()) << "a retry";

  ScepRequest thief = enrollment(kCloudPassword, "CN=phone,O=Test", "T2");
  EXPECT_EQ(client().ask(thief).fail_info, "2") << "another transaction";
  EXPECT_EQ(site_.logger.records("scep.refused").back().field("code"), "challenge_used");
  EXPECT_EQ(certificates_issued(), 1U);

  const auto asked = site_.challenges.asked();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].service, "phones");
  EXPECT_EQ(asked[0].transaction_id, "T1");
  EXPECT_EQ(asked[0].template_name, "device");
  EXPECT_EQ(asked[0].pkcs10, request.inside);
  EXPECT_FALSE(site_.logger.contains(kCloudPassword));
}

TEST_F(ScepEndpointChallenge, WhatHasBegunInTimeGoesOnAfterTheChallengesEnd) {
  start_asking();
  grant();
  const ScepRequest request = enrollment(kCloudPassword);
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued());
  for (const char* code : {"challenge_expired", "challenge_used"}) {
    deny(code);
    const ScepAnswer again = client().ask(request);
    ASSERT_TRUE(again.issued()) << code;
    EXPECT_EQ(again.certificate->der(), first.certificate->der());
  }
  deny("challenge_wrong");
  EXPECT_EQ(client().ask(request).fail_info, "2");
}

TEST_F(ScepEndpointChallenge, ADenialIsReportedAndLoggedAndTheClientLearnsNothing) {
  start_asking();
  agent().enroll();
  deny("profile_gone");
  const ScepRequest request = enrollment(kCloudPassword);
  const http::Response answer = client().post(client().make(request));
  EXPECT_EQ(std::string(as_text(*answer.body)).find("the words"), std::string::npos);
  EXPECT_EQ(client().ask(request).fail_info, "2");
  const auto logged = site_.logger.records("scep.refused");
  ASSERT_FALSE(logged.empty());
  EXPECT_THAT(logged.front().message, HasSubstr("(profile_gone): the words of the cloud"));
  EXPECT_EQ(logged.front().field("code"), "challenge_refused");
  const auto reports = site_.endpoint.wait_for_reports(1);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(std::get<core::Failed>(reports.front().outcome).code, "challenge_refused");
  EXPECT_FALSE(site_.logger.contains(kCloudPassword));
}

TEST_F(ScepEndpointChallenge, WithoutAnAnswerTheDeviceComesAgainAndNothingIsUsed) {
  start_asking();
  const ScepRequest request = enrollment(kCloudPassword);
  EXPECT_EQ(client().ask(request).http, 503U) << "nobody answers";
  site_.challenges.answer_with([](const core::ChallengeQuestion&) {
    return core::VerdictUnavailable{"the directory is away"};
  });
  EXPECT_EQ(client().ask(request).http, 503U);
  core::EnrollmentFilter all;
  EXPECT_TRUE(agent().enrollments().list(all)->empty());
  grant();
  EXPECT_TRUE(client().ask(request).issued());
}

TEST_F(ScepEndpointChallenge, ASilentEndpointIsAProblemOfTheServicesThatAskIt) {
  start_asking();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client().ask(enrollment(kCloudPassword)).http, 503U);
  for (const control::ScepServiceView& service : agent().scep_module().services()) {
    const bool asks = service.challenge == control::ScepChallengeKind::asked_of_endpoint;
    EXPECT_EQ(service.challenge_problem.empty(), !asks) << service.name;
    EXPECT_EQ(service.problem, "") << service.name;
  }
}

TEST_F(ScepEndpointChallenge, AThousandThatWaitHoldUpNobodyElse) {
  const std::string file = site_.folder.write("challenge", kSecret);
  certconnector::testing::close_to_others(file);
  start_asking("", "[scep.lab]\npath = /lab\nchallenge = static\nchallenge_file = " + file +
                       "\n[management]\nchallenge_timeout = 1m\n");
  grant();
  const ScepRequest renewing = enrollment(kCloudPassword, "CN=phone,O=Test", "first");
  ASSERT_TRUE(client().ask(renewing).issued());
  const Bytes message = client().make(enrollment(kCloudPassword));
  site_.challenges.hold();
  std::vector<std::future<http::Response>> waiting;
  for (int i = 0; i < 1000; ++i) waiting.push_back(client().begin(message));
  ASSERT_TRUE(site_.challenges.wait_for_held(2));

  ScepClient laboratory(agent().scep(), "/lab");
  EXPECT_TRUE(laboratory.ask(enrollment(kSecret, "CN=phone,O=Test", "lab")).issued());
  EXPECT_LE(site_.challenges.asked().size(), 3U) << "two at a time, and the first of all";
  std::size_t answered = 0;
  for (auto& one : waiting) {
    if (one.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
    EXPECT_EQ(one.get().status, 503U);
    ++answered;
  }
  EXPECT_GE(answered, 1000U - 516U) << "those for whom there is no room";
}

}  // namespace
}  // namespace certconnector::app
