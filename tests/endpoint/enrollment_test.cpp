#include "tests/endpoint/digest.h"
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using EnrollmentTest = EndpointTest;

TEST_F(EnrollmentTest, TokenTellsWhereTheEndpointIsAndWhichCaToPin) {
  const json token = make_token();
  EXPECT_EQ(token.at("url"), url());
  EXPECT_EQ(token.at("ca_sha256"), ca_sha256());
  EXPECT_EQ(token.at("secret").get<std::string>().size(), 43U);
}

TEST_F(EnrollmentTest, ServerSendsTheCaThatTheTokenPins) {
  const auto chain = anonymous().server_chain();
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[1], ca_sha256());
}

TEST_F(EnrollmentTest, EnrolledAgentIsListedByItsName) {
  const Agent agent = enroll("printer room");
  const json agents = admin().get("/agents").value().at("agents");
  ASSERT_EQ(agents.size(), 1U);
  EXPECT_EQ(agents[0].at("id"), agent.id());
  EXPECT_EQ(agents[0].at("name"), "printer room");
}

TEST_F(EnrollmentTest, SameTokenAndRequestAgainGiveTheSameAnswer) {
  const json body = enroll_body(make_token(), make_request().pkcs10);
  const Answer first = anonymous().post("/management/v1/enroll", body.dump());
  const Answer second = anonymous().post("/management/v1/enroll", body.dump());
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(first.body, second.body);
}

TEST_F(EnrollmentTest, UsedTokenWithAnotherRequestIsRefused) {
  const json token = make_token();
  EXPECT_EQ(anonymous()
                .post("/management/v1/enroll", enroll_body(token, make_request().pkcs10).dump())
                .status,
            200);
  const Answer again =
      anonymous().post("/management/v1/enroll", enroll_body(token, make_request().pkcs10).dump());
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(code_of(again), "token_used");
}

TEST_F(EnrollmentTest, ExpiredTokenIsRefused) {
  const json token = make_token(60);
  clock().advance(std::chrono::seconds(61));
  const Answer answer =
      anonymous().post("/management/v1/enroll", enroll_body(token, make_request().pkcs10).dump());
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code_of(answer), "token_expired");
}

TEST_F(EnrollmentTest, UnknownTokenIsRefused) {
  const json token{{"secret", random_secret()}};
  const Answer answer =
      anonymous().post("/management/v1/enroll", enroll_body(token, make_request().pkcs10).dump());
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code_of(answer), "token_invalid");
}

TEST_F(EnrollmentTest, BadRequestLeavesTheTokenUnused) {
  const json token = make_token();
  const Answer bad = anonymous().post("/management/v1/enroll", enroll_body(token, "AAAA").dump());
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(code_of(bad), "bad_pkcs10");
  const Answer good =
      anonymous().post("/management/v1/enroll", enroll_body(token, make_request().pkcs10).dump());
  EXPECT_EQ(good.status, 200);
}

TEST_F(EnrollmentTest, RequestThatItsKeyDidNotSignIsRefused) {
  std::string pkcs10 = make_request().pkcs10;
  // The last octets are the signature.
  const std::size_t at = pkcs10.size() - 12;
  pkcs10[at] = pkcs10[at] == 'A' ? 'B' : 'A';
  const Answer answer =
      anonymous().post("/management/v1/enroll", enroll_body(make_token(), pkcs10).dump());
  EXPECT_EQ(answer.status, 422);
}

TEST_F(EnrollmentTest, RenewalWithANewKeyGivesACertificateThatWorks) {
  Agent agent = enroll();
  const KeyAndRequest own = make_request();
  const json answer = agent.post("/renew", {{"pkcs10", own.pkcs10}});
  ASSERT_EQ(agent.status(), 200);
  Agent renewed = agent_with(agent.id(), own.key_pem, answer.at("certificates"));
  renewed.lease(1);
  EXPECT_EQ(renewed.status(), 200);
}

TEST_F(EnrollmentTest, RenewalWithTheSameKeyGivesTheSameCertificate) {
  Agent agent = enroll();
  const KeyAndRequest own = make_request();
  const json first = agent.post("/renew", {{"pkcs10", own.pkcs10}});
  const json second = agent.post("/renew", {{"pkcs10", own.pkcs10}});
  EXPECT_EQ(first.at("certificates"), second.at("certificates"));
}

TEST_F(EnrollmentTest, KeptKeyGetsANewCertificateWhenTwoThirdsOfTheOldOnePassed) {
  Agent agent = enroll();
  const KeyAndRequest own = make_request();
  const json first = agent.post("/renew", {{"pkcs10", own.pkcs10}});
  clock().advance(std::chrono::hours(24 * 21));
  const json second = agent.post("/renew", {{"pkcs10", own.pkcs10}});
  EXPECT_NE(first.at("certificates").at(0), second.at("certificates").at(0));
}

}  // namespace
}  // namespace certconnector::endpoint::testing
