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
  artifacts.publish_crl("default", bytes("crl"));
  artifacts.publish_certificate("default", bytes("certificate"));
  const auto crl = answer_of(artifacts, get("/default.crl"));
  EXPECT_EQ(crl.status, 200U);
  EXPECT_EQ(crl.content_type, "application/pkix-crl");
  EXPECT_EQ(as_text(*crl.body), "crl");
  const auto certificate = answer_of(artifacts, get("/default.cer"));
  EXPECT_EQ(certificate.content_type, "application/pkix-cert");
  EXPECT_EQ(as_text(*certificate.body), "certificate");
}

TEST(StaticArtifacts, ANewCrlReplacesTheOld) {
  StaticArtifacts artifacts;
  artifacts.publish_crl("default", bytes("one"));
  const auto one = answer_of(artifacts, get("/default.crl"));
  artifacts.publish_crl("default", bytes("two"));
  const auto two = answer_of(artifacts, get("/default.crl"));
  EXPECT_EQ(as_text(*two.body), "two");
  EXPECT_NE(header(one, "ETag"), header(two, "ETag"));
}

TEST(StaticArtifacts, SaysNotModifiedToWhoHasIt) {
  StaticArtifacts artifacts;
  artifacts.publish_crl("default", bytes("crl"));
  const auto etag = header(answer_of(artifacts, get("/default.crl")), "ETag");
  for (const auto& value : {etag, "\"other\", " + etag, "W/" + etag, std::string("*")}) {
    auto request = get("/default.crl");
    request.headers.emplace_back("if-none-match", value);
    const auto response = answer_of(artifacts, request);
    EXPECT_EQ(response.status, 304U) << value;
    EXPECT_EQ(response.body, nullptr);
    EXPECT_EQ(header(response, "ETag"), etag);
  }
  auto request = get("/default.crl");
  request.headers.emplace_back("if-none-match", "\"other\"");
  EXPECT_EQ(answer_of(artifacts, request).status, 200U);
}

TEST(StaticArtifacts, RefusesOtherMethodsAndPaths) {
  StaticArtifacts artifacts;
  artifacts.publish_crl("default", bytes("crl"));
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

TEST(StaticArtifacts, OverASocketWithALargeCrl) {
  StaticArtifacts artifacts;
  certconnector::testing::CapturingLogger log;
  const std::string large(5000000, 'c');
  artifacts.publish_crl("default", bytes(large));
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
