#include "common/http/static_artifacts.h"

#include <gtest/gtest.h>

#include "common/http/server.h"
#include "tests/common/http/answered.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {
namespace {

std::shared_ptr<const Bytes> bytes(std::string_view text) {
  return std::make_shared<const Bytes>(as_bytes(text).to_bytes());
}

SharedBytes source(std::string_view text) {
  return std::make_shared<BytesInMemory>(as_bytes(text).to_bytes());
}

std::string text_of(const Response& response) {
  Bytes octets;
  EXPECT_TRUE(response.source && read_all(*response.source, octets));
  return std::string(as_text(octets));
}

// 100,000 octets, of which `readable` can be read.
class CutShort final : public ByteSource {
 public:
  explicit CutShort(std::size_t readable) : readable_(readable) {}
  [[nodiscard]] std::uint64_t size() const override { return 100000; }
  [[nodiscard]] bool read(std::uint64_t offset, Bytes& piece) const override {
    return offset + piece.size() <= readable_;
  }

 private:
  const std::size_t readable_;
};

Request get(const std::string& path) {
  Request request;
  request.method = "GET";
  request.path = path;
  return request;
}

Response answer_of(StaticArtifacts& artifacts, const Request& request) {
  return answered(artifacts, request).value();
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(StaticArtifacts, ServesCrlsAndCertificates) {
  StaticArtifacts artifacts;
  ASSERT_TRUE(artifacts.publish_crl("default", source("crl")));
  artifacts.publish_certificate("default", bytes("certificate"));
  const auto crl = answer_of(artifacts, get("/default.crl"));
  EXPECT_EQ(crl.status, 200U);
  EXPECT_EQ(crl.content_type, "application/pkix-crl");
  EXPECT_EQ(text_of(crl), "crl");
  const auto certificate = answer_of(artifacts, get("/default.cer"));
  EXPECT_EQ(certificate.content_type, "application/pkix-cert");
  EXPECT_EQ(as_text(*certificate.body), "certificate");
}

TEST(StaticArtifacts, ANewCrlReplacesTheOld) {
  StaticArtifacts artifacts;
  ASSERT_TRUE(artifacts.publish_crl("default", source("one")));
  const auto one = answer_of(artifacts, get("/default.crl"));
  ASSERT_TRUE(artifacts.publish_crl("default", source("two")));
  const auto two = answer_of(artifacts, get("/default.crl"));
  EXPECT_EQ(text_of(two), "two");
  EXPECT_NE(header(one, "ETag"), header(two, "ETag"));
}

TEST(StaticArtifacts, SaysNotModifiedToWhoHasIt) {
  StaticArtifacts artifacts;
  ASSERT_TRUE(artifacts.publish_crl("default", source("crl")));
  const auto etag = header(answer_of(artifacts, get("/default.crl")), "ETag");
  for (const auto& value : {etag, "\"other\", " + etag, "W/" + etag, std::string("*")}) {
    auto request = get("/default.crl");
    request.headers.emplace_back("if-none-match", value);
    const auto response = answer_of(artifacts, request);
    EXPECT_EQ(response.status, 304U) << value;
    EXPECT_EQ(response.body, nullptr);
    EXPECT_EQ(response.source, nullptr);
    EXPECT_EQ(header(response, "ETag"), etag);
  }
  auto request = get("/default.crl");
  request.headers.emplace_back("if-none-match", "\"other\"");
  EXPECT_EQ(answer_of(artifacts, request).status, 200U);
}

TEST(StaticArtifacts, RefusesOtherMethodsAndPaths) {
  StaticArtifacts artifacts;
  ASSERT_TRUE(artifacts.publish_crl("default", source("crl")));
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    auto request = get("/default.crl");
    request.method = method;
    const auto response = answer_of(artifacts, request);
    EXPECT_EQ(response.status, 405U) << method;
    EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
  }
  for (const char* path : {"/", "/default", "/default.crl/", "/DEFAULT.crl", "/../default.crl",
                           "//default.crl", "/key.pem"}) {
    EXPECT_EQ(answer_of(artifacts, get(path)).status, 404U) << path;
  }
}

TEST(StaticArtifacts, AnUnreadableCrlDoesNotReplaceTheOneBefore) {
  StaticArtifacts artifacts;
  ASSERT_TRUE(artifacts.publish_crl("default", source("one")));
  EXPECT_FALSE(artifacts.publish_crl("default", std::make_shared<CutShort>(0)));
  EXPECT_EQ(text_of(answer_of(artifacts, get("/default.crl"))), "one");
}

TEST(StaticArtifacts, WhoReceivesACrlGetsThatVersionToItsEnd) {
  StaticArtifacts artifacts;
  certconnector::testing::CapturingLogger log;
  const std::string old(5000000, 'o');
  ASSERT_TRUE(artifacts.publish_crl("default", source(old)));
  const auto server = Server::start({}, artifacts, log);
  ASSERT_TRUE(server.ok());
  const RawClient client(server.value()->port());
  client.send("GET /default.crl HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  std::string answer = client.read_until("\r\n\r\n");
  ASSERT_TRUE(artifacts.publish_crl("default", source("new")));
  answer += client.read_to_end();
  EXPECT_TRUE(answer.substr(answer.find("\r\n\r\n") + 4) == old);
  const RawClient later(server.value()->port());
  later.send("GET /default.crl HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(later.read_to_end().find("\r\n\r\nnew"), std::string::npos);
}

TEST(StaticArtifacts, AConnectionOutlivesAFileAndServesTheNext) {
  StaticArtifacts artifacts;
  certconnector::testing::CapturingLogger log;
  ASSERT_TRUE(artifacts.publish_crl("default", source(std::string(100000, 'c') + "END")));
  ASSERT_TRUE(artifacts.publish_crl("empty", source("")));
  const auto server = Server::start({}, artifacts, log);
  ASSERT_TRUE(server.ok());
  const RawClient client(server.value()->port());
  for (int time = 0; time < 2; ++time) {
    client.send("GET /default.crl HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_GE(client.read_until("END").size(), 100003U);
    client.send("GET /empty.crl HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(client.read_until("\r\n\r\n").find("Content-Length: 0\r\n"), std::string::npos);
  }
}

// The client sees fewer octets than were promised, and no more answers.
TEST(StaticArtifacts, AFileThatIsCutShortEndsTheConnection) {
  static constexpr std::size_t kReadable = 40000;
  class Sends final : public Handler {
   public:
    void handle(Request /*request*/, Reply reply) override {
      Response response;
      response.content_type = "application/pkix-crl";
      response.source = std::make_shared<CutShort>(kReadable);
      reply.send(std::move(response));
    }
  };
  Sends handler;
  certconnector::testing::CapturingLogger log;
  const auto server = Server::start({}, handler, log);
  ASSERT_TRUE(server.ok());
  const RawClient client(server.value()->port());
  client.send("GET /default.crl HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_NE(answer.find("Content-Length: 100000\r\n"), std::string::npos);
  EXPECT_LT(answer.size(), 100000U);
}

TEST(StaticArtifacts, OverASocketWithALargeCrl) {
  StaticArtifacts artifacts;
  certconnector::testing::CapturingLogger log;
  const std::string large(5000000, 'c');
  ASSERT_TRUE(artifacts.publish_crl("default", source(large)));
  const auto server = Server::start({}, artifacts, log);
  ASSERT_TRUE(server.ok());
  const RawClient client(server.value()->port());
  client.send("HEAD /default.crl HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 5000000\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Content-Type: application/pkix-crl\r\n"), std::string::npos);
  client.send("GET /default.crl HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_TRUE(answer.substr(answer.find("\r\n\r\n") + 4) == large);
}

}  // namespace
}  // namespace certconnector::http::testing
