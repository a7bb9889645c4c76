// The remedy that a person reads depends on the code of the error.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/app/errors.h"
#include "agent/ca/ca_errors.h"
#include "agent/control/request_errors.h"
#include "agent/core/errors.h"
#include "agent/store/sqlite/errors.h"
#include "proto/control/errors.h"

namespace certconnector::app {
namespace {

// For Error: a code that has been looked up.
struct Known {
  ErrorCode code;
};
ErrorCode error_code(const Known& known) { return known.code; }

// Each of them ends a command of a person, and its kind alone would not say what to do.
std::vector<ErrorCode> codes_with_a_remedy() {
  std::vector<ErrorCode> codes;
  for (const AppErrc errc :
       {AppErrc::not_enrolled, AppErrc::unusable_ca, AppErrc::unknown_service,
        AppErrc::no_one_time_service, AppErrc::unknown_template, AppErrc::bad_subject,
        AppErrc::too_many_challenges, AppErrc::no_such_challenge}) {
    codes.push_back(error_code(errc));
  }
  using control::RequestErrc;
  for (int i = 0; i <= static_cast<int>(RequestErrc::internal); ++i) {
    codes.push_back(error_code(static_cast<RequestErrc>(i)));
  }
  using control_proto::ControlErrc;
  for (const ControlErrc errc :
       {ControlErrc::bad_message, ControlErrc::unsupported_version, ControlErrc::bad_arguments}) {
    codes.push_back(error_code(errc));
  }
  codes.push_back(error_code(ca::CaErrc::bad_subject));
  codes.push_back(error_code(core::CoreErrc::not_enrolled));
  codes.push_back(error_code(store::StoreErrc::internal));
  return codes;
}

TEST(Remedies, HangOnTheCodes) {
  for (const ErrorCode& code : codes_with_a_remedy()) {
    const std::string name = std::string(code.module) + "." + std::string(code.name);
    EXPECT_FALSE(code.remedy.empty()) << name;
    EXPECT_EQ(control::remedy_for({Known{code}, ErrorKind::transient, ""}), code.remedy) << name;
  }
}

TEST(Remedies, OfOtherCodesFollowFromTheKind) {
  const ErrorCode other = error_code(AppErrc::no_crl);
  ASSERT_TRUE(other.remedy.empty());
  const auto said = [&other](ErrorKind kind) {
    return control::remedy_for({Known{other}, kind, ""});
  };
  EXPECT_NE(said(ErrorKind::transient).find("Try again later"), std::string::npos);
  EXPECT_NE(said(ErrorKind::corrupt).find("certconnector restore"), std::string::npos);
  EXPECT_NE(said(ErrorKind::denied).find("Do as the message says"), std::string::npos);
  EXPECT_EQ(said(ErrorKind::denied), said(ErrorKind::permanent));
}

}  // namespace
}  // namespace certconnector::app
