#include "agent/upstream/endpoint_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cloud/reference/errors.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::upstream {
namespace {

using cloud::CloudErrc;
using ::testing::HasSubstr;

Error failure(CloudErrc errc, ErrorKind kind = ErrorKind::transient) {
  return {errc, kind, "no luck"};
}

class EndpointHealthTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  testing::CapturingLogger logger_;
  EndpointHealth health_{clock_, logger_};

  [[nodiscard]] std::size_t warnings() const {
    std::size_t count = 0;
    for (const auto& record : logger_.records("endpoint.failed")) {
      if (record.level == log::Level::warning) ++count;
    }
    return count;
  }
};

TEST_F(EndpointHealthTest, TheRemedyIsThatOfTheLastCause) {
  health_.failed(failure(CloudErrc::unknown_host));
  EXPECT_THAT(health_.finding().remedy, HasSubstr("getent hosts"));
  health_.failed(failure(CloudErrc::certificate_expired));
  EXPECT_THAT(health_.finding().remedy, HasSubstr("date -u"));
  health_.failed(failure(CloudErrc::stopped));
  EXPECT_FALSE(health_.finding().remedy.empty());
  EXPECT_EQ(health_.finding().code, &core::finding::kEndpointFails);
}

TEST_F(EndpointHealthTest, ADenialByTheProxyIsNotTheEndpoints) {
  health_.failed(Error(CloudErrc::proxy_refused, ErrorKind::denied, "the proxy refused the login"));
  EXPECT_EQ(health_.finding().code, &core::finding::kEndpointDenies);
  EXPECT_THAT(health_.finding().remedy, HasSubstr("proxy_user"));
  health_.failed(Error(CloudErrc::identity_refused, ErrorKind::denied, "revoked"));
  EXPECT_THAT(health_.finding().remedy, HasSubstr("needs a new token"));
}

TEST_F(EndpointHealthTest, EachCauseOfAnOutageIsLoggedOnce) {
  for (int i = 0; i < 3; ++i) {
    health_.failed(failure(CloudErrc::unreachable));
    health_.failed(failure(CloudErrc::not_tls));
  }
  EXPECT_EQ(warnings(), 2U);
  health_.succeeded();
  EXPECT_EQ(logger_.count("endpoint.reachable"), 1U);
  health_.failed(failure(CloudErrc::not_tls));
  EXPECT_EQ(warnings(), 3U) << "another outage";
}

}  // namespace
}  // namespace certconnector::upstream
