#include "agent/scep/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/scep/message.h"
#include "common/text/base64.h"

namespace certconnector::scep {
namespace {

using ::testing::HasSubstr;

TEST(ScepQuery, NamesTheOperationInAnyCase) {
  const struct {
    const char* query;
    std::optional<Operation> operation;
    const char* message;
  } rows[] = {
      {"operation=GetCACaps&message=ca", Operation::get_ca_caps, "ca"},
      {"operation=GetCACaps", Operation::get_ca_caps, ""},
      {"OPERATION=getcacert&Message=", Operation::get_ca_cert, ""},
      {"message=1&operation=GETNEXTCACERT", Operation::get_next_ca_cert, "1"},
      {"operation=PKIOperation&message=MII%2Bab%2f%3D", Operation::pki_operation, "MII+ab/="},
      {"operation=PKIOperation&message=MII+ab/=%3d", Operation::pki_operation, "MII+ab/=="},
      {"&&operation=GetCACaps&&x&y=%zz&", Operation::get_ca_caps, ""},
      {"?operation=GetCACaps", Operation::get_ca_caps, ""},
      {"???operation=PKIOperation&message=?", Operation::pki_operation, "?"},
      {"a&?operation=GetCACaps", std::nullopt, ""},
      {"?", std::nullopt, ""},
      {"operation=Get%43ACaps", Operation::get_ca_caps, ""},
      {"operation=GetEverything", std::nullopt, ""},
      {"operation", std::nullopt, ""},
      {"", std::nullopt, ""},
  };
  for (const auto& row : rows) {
    const auto query = parse_query(row.query);
    ASSERT_TRUE(query.ok()) << row.query;
    EXPECT_EQ(query->operation, row.operation) << row.query;
    EXPECT_EQ(query->message, row.message) << row.query;
  }
  EXPECT_EQ(parse_query("operation=Nonsense")->operation_name, "Nonsense");
  EXPECT_EQ(parse_query("operation=" + std::string(1000, 'x'))->operation_name.size(), 32U);
}

TEST(ScepQuery, RefusesWhatIsAmbiguousOrTooLong) {
  const struct {
    std::string query;
    const char* named;
  } rows[] = {
      {"operation=GetCACaps&operation=PKIOperation", "operation twice"},
      {"message=a&message=b", "message twice"},
      {"message=%", "percent"},
      {"message=%4", "percent"},
      {"message=%zz", "percent"},
      {"message=" + std::string(65534, 'a'), "longer"},
  };
  for (const auto& row : rows) {
    const auto query = parse_query(row.query);
    ASSERT_FALSE(query.ok()) << row.named;
    EXPECT_EQ(query.error().code(), error_code(ScepErrc::malformed)) << row.named;
    EXPECT_THAT(query.error().message(), HasSubstr(row.named));
  }
  EXPECT_TRUE(parse_query("message=" + std::string(65526, 'a')).ok()) << "the longest";
}

TEST(ScepQuery, MessagesAreBase64InEveryDress) {
  const Bytes octets = {0xFB, 0xEF, 0xBE, 0xFF, 0x00};  // "++++/wA="
  ASSERT_EQ(text::to_base64(octets), "++++/wA=");
  for (const char* message : {"++++/wA=", "++++/wA", "++++\n/wA=\n", "++++\r\n/wA=", "    /wA="}) {
    const auto decoded = decode_message(message);
    ASSERT_TRUE(decoded.ok()) << message;
    EXPECT_EQ(*decoded, octets) << message;
  }
  for (const char* message : {"++++/", "++++/w!=", "++++/wA===", "=", "%2B"}) {
    EXPECT_FALSE(decode_message(message).ok()) << message;
  }
  EXPECT_EQ(*decode_message(""), Bytes());
}

}  // namespace
}  // namespace certconnector::scep
