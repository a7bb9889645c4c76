#include "common/http/admission.h"

#include <gtest/gtest.h>

#include "tests/common/http/answered.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::http::testing {
namespace {

// Answers with the address that it was given.
class PeerEcho final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    reply.send(text_response(200, request.peer));
  }
};

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() { configure(0); }

  void configure(std::size_t requests_per_minute) {
    AdmissionSettings settings;
    settings.requests_per_minute = requests_per_minute;
    settings.trusted_proxies = {net::IpNetwork::parse("198.51.100.0/24").value()};
    admission_.configure(std::move(settings));
  }

  Response ask(const std::string& peer, const std::string& forwarded_for = "") {
    Request request;
    request.peer = peer;
    if (!forwarded_for.empty()) request.headers = {{"x-forwarded-for", forwarded_for}};
    return *answered(admission_, std::move(request));
  }

  certconnector::testing::FakeClock clock_;
  certconnector::testing::CapturingLogger log_;
  PeerEcho echo_;
  Admission admission_{echo_, clock_, log_};
};

TEST_F(AdmissionTest, HandlersSeeTheClientBehindAProxyThatIsTrusted) {
  EXPECT_EQ(as_text(*ask("198.51.100.7", "203.0.113.5").body), "203.0.113.5\n");
  EXPECT_EQ(as_text(*ask("192.0.2.1", "203.0.113.5").body), "192.0.2.1\n");
  EXPECT_EQ(as_text(*ask("192.0.2.1").body), "192.0.2.1\n");
  admission_.configure({});
  EXPECT_EQ(as_text(*ask("198.51.100.7", "203.0.113.5").body), "198.51.100.7\n");
}

TEST_F(AdmissionTest, WhatIsLimitedIsTheClientAndNotItsProxyOrItsWord) {
  configure(2);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("198.51.100.7", "203.0.113.5").status, 200U);
  EXPECT_EQ(ask("198.51.100.7", "203.0.113.5").status, 429U);
  EXPECT_EQ(ask("198.51.100.8", "203.0.113.5").status, 429U) << "through another proxy";
  EXPECT_EQ(ask("198.51.100.7", "203.0.113.6").status, 200U) << "another client";

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask("192.0.2.1", "203.0.113." + std::to_string(50 + i)).status, 200U);
  }
  EXPECT_EQ(ask("192.0.2.1", "203.0.113.99").status, 429U) << "a header that anybody can write";
  EXPECT_EQ(log_.count("http.client_limited"), 2U);
  EXPECT_EQ(log_.records("http.client_limited")[1].field("client"), "192.0.2.1");
}

TEST_F(AdmissionTest, ALimitIsChangedWhileItIsInForce) {
  configure(1);
  EXPECT_EQ(ask("192.0.2.1").status, 200U);
  EXPECT_EQ(ask("192.0.2.1").status, 429U);
  configure(1);
  EXPECT_EQ(ask("192.0.2.1").status, 429U);
  configure(0);
  EXPECT_EQ(ask("192.0.2.1").status, 200U);
}

}  // namespace
}  // namespace certconnector::http::testing
