// The listener's answers to malformed messages.
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using HttpTest = EndpointTest;

struct BadMessage {
  const char* what;
  std::string octets;
  int status;
};

std::vector<BadMessage> bad_messages() {
  const std::string line = "POST /management/v1/heartbeat HTTP/1.1\r\nHost: e\r\n";
  const std::string json_type = "Content-Type: application/json\r\n";
  return {
      {"GET", "GET /management/v1/heartbeat HTTP/1.1\r\nHost: e\r\n\r\n", 405},
      {"another address", "POST /management/v2/heartbeat HTTP/1.1\r\nHost: e\r\n\r\n", 404},
      {"no Host", "POST /management/v1/heartbeat HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", line + "Host: f\r\n\r\n", 400},
      {"no content type", line + "Content-Length: 2\r\n\r\n{}", 415},
      {"other content type", line + "Content-Type: text/json\r\nContent-Length: 2\r\n\r\n{}", 415},
      {"gzip", line + json_type + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415},
      {"gzip transfer", line + json_type + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"too long a body", line + json_type + "Content-Length: 4194305\r\n\r\n", 413},
      {"too long a header", line + "X: " + std::string(80000, 'x') + "\r\n\r\n", 431},
      {"no HTTP", "hello\r\n\r\n", 400},
      {"bad chunk", line + json_type + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"HTTP/2 in words", "POST / HTTP/2.0\r\nHost: e\r\n\r\n", 400}};
}

TEST_F(HttpTest, BadMessagesGetAnAnswerAndHarmNobody) {
  const Agent agent = enroll();
  for (const BadMessage& row : bad_messages()) {
    EXPECT_EQ(agent.client().send(row.octets).status, row.status) << row.what;
  }
  EXPECT_TRUE(admin().get("/summary").ok());
}

TEST_F(HttpTest, ExpectContinueIsAnswered) {
  const std::string octets =
      "POST /management/v1/enroll HTTP/1.1\r\nHost: e\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}";
  // The parser of the test's client takes the interim answer for the answer.
  EXPECT_EQ(anonymous().send(octets).status, 100);
}

TEST_F(HttpTest, StrictJsonOnly) {
  Agent agent = enroll();
  const std::vector<std::string> bodies{
      "", "{", "[]", R"({"version":1,"version":2})", "\xEF\xBB\xBF{}", "{} {}", "{/**/}"};
  for (const std::string& body : bodies) {
    EXPECT_EQ(agent.client().post("/management/v1/heartbeat", body).status, 400) << body;
  }
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(agent.client().post("/management/v1/heartbeat", deep).status, 400);
}

TEST_F(HttpTest, ErrorsAreProblemDocuments) {
  const Answer answer = anonymous().post("/management/v1/heartbeat", "{}");
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  const json body = json::parse(answer.body);
  for (const char* member : {"type", "title", "status", "detail", "code"}) {
    EXPECT_TRUE(body.contains(member)) << member;
  }
}

}  // namespace
}  // namespace certconnector::endpoint::testing
