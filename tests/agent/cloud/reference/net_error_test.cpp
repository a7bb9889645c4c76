#include "agent/cloud/reference/net_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(NetError, LeavesOtherErrorsAlone) {
  const Error error = from_net({CloudErrc::token_expired, ErrorKind::permanent, "why"});
  EXPECT_EQ(error.code(), error_code(CloudErrc::token_expired));
  EXPECT_EQ(error.message(), "why");
}

}  // namespace
}  // namespace certconnector::cloud
