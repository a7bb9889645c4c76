#include "agent/cloud/reference/net_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "agent/cloud/reference/errors.h"
#include "common/net/errors.h"

namespace certconnector::cloud {
namespace {

using ::testing::HasSubstr;

TEST(NetError, HasTheProtocolsCodeAndSaysWhatToDo) {
  struct Row {
    net::NetErrc from;
    CloudErrc to;
    const char* remedy;
  };
  for (const Row& row : {
           Row{net::NetErrc::unreachable, CloudErrc::unreachable, "why"},
           Row{net::NetErrc::unknown_host, CloudErrc::unknown_host, "why"},
           Row{net::NetErrc::proxy_unreachable, CloudErrc::proxy_unreachable, "why"},
           Row{net::NetErrc::not_tls, CloudErrc::not_tls, "why"},
           Row{net::NetErrc::certificate_expired, CloudErrc::certificate_expired, "why"},
           Row{net::NetErrc::other_host, CloudErrc::other_host, "why"},
           Row{net::NetErrc::pin_missed, CloudErrc::pin_missed, "why"},
           Row{net::NetErrc::reset, CloudErrc::unreachable, "certconnector identity show"},
           Row{net::NetErrc::timed_out, CloudErrc::timed_out, "why"},
           Row{net::NetErrc::stopped, CloudErrc::stopped, "why"},
           Row{net::NetErrc::untrusted, CloudErrc::untrusted, "why"},
           Row{net::NetErrc::certificate_refused, CloudErrc::identity_refused,
               "certconnector identity show"},
           Row{net::NetErrc::proxy_refused, CloudErrc::proxy_refused, "proxy_password_file"},
           Row{net::NetErrc::too_large, CloudErrc::bad_answer, "why"},
           Row{net::NetErrc::bad_credentials, CloudErrc::bad_credentials, "why"},
       }) {
    const Error error = from_net({row.from, ErrorKind::denied, "why"});
    EXPECT_EQ(error.code(), error_code(row.to));
    EXPECT_EQ(error.kind(), ErrorKind::denied);
    EXPECT_THAT(error.message(), HasSubstr("why"));
    EXPECT_THAT(error.message(), HasSubstr(row.remedy));
  }
}

// Of these the agent tells a person, so each has its own next step.
TEST(CloudErrors, EachHasTheNextStepOfItsCause) {
  std::vector<std::string_view> seen;
  for (const CloudErrc errc :
       {CloudErrc::unreachable, CloudErrc::unknown_host, CloudErrc::proxy_unreachable,
        CloudErrc::not_tls, CloudErrc::timed_out, CloudErrc::untrusted,
        CloudErrc::certificate_expired, CloudErrc::other_host, CloudErrc::pin_missed,
        CloudErrc::proxy_refused, CloudErrc::throttled, CloudErrc::endpoint_failed,
        CloudErrc::redirected, CloudErrc::request_refused, CloudErrc::bad_answer,
        CloudErrc::token_expired}) {
    const ErrorCode code = error_code(errc);
    EXPECT_FALSE(code.remedy.empty()) << code.name;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), code.remedy), 0) << code.name;
    seen.push_back(code.remedy);
  }
}

TEST(NetError, LeavesOtherErrorsAlone) {
  const Error error = from_net({CloudErrc::token_expired, ErrorKind::permanent, "why"});
  EXPECT_EQ(error.code(), error_code(CloudErrc::token_expired));
  EXPECT_EQ(error.message(), "why");
}

}  // namespace
}  // namespace certconnector::cloud
