#include "agent/core/security_identifier.h"

#include <gtest/gtest.h>

#include "agent/core/requested_extensions.h"
#include "common/text/hex.h"
#include "tests/agent/ca/request_builder.h"

namespace certconnector::core {
namespace {

using crypto::GeneralName;
using crypto::GeneralNameKind;

constexpr char kAccount[] = "S-1-5-21-1-2-3-1104";

Bytes element(std::uint8_t tag, const Bytes& value) {
  Bytes out{tag, static_cast<std::uint8_t>(value.size())};
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

// OtherName with the type 1.3.6.1.4.1.311.25.2.LAST, as an alternative name.
GeneralName other_name(const Bytes& value, std::uint8_t last = 1) {
  Bytes contents{0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x19, 0x02, last};
  const Bytes explicit_value = element(0xA0, value);
  contents.insert(contents.end(), explicit_value.begin(), explicit_value.end());
  return {GeneralNameKind::other, text::to_hex(element(0xA0, contents))};
}

Bytes account() { return as_bytes(kAccount).to_bytes(); }

TEST(SecurityIdentifier, IsReadFromEveryFormOfAName) {
  const std::string uri = std::string(kSidUriPrefix) + kAccount;
  EXPECT_EQ(sid_of_name({GeneralNameKind::uri, uri}), kAccount);
  EXPECT_EQ(sid_of_name(other_name(element(0x04, account()))), kAccount);
  EXPECT_EQ(sid_of_name(other_name(element(0x0C, account()))), kAccount);
  EXPECT_EQ(sid_of_name(other_name(element(0x02, {1}))), "unreadable");
  EXPECT_EQ(sid_of_name(other_name({})), "unreadable");
  EXPECT_EQ(sid_of_name(other_name(element(0x04, account()), 2)), std::nullopt);
  EXPECT_EQ(sid_of_name({GeneralNameKind::uri, "urn:x"}), std::nullopt);
  EXPECT_EQ(sid_of_name({GeneralNameKind::dns, uri}), std::nullopt);
}

TEST(SecurityIdentifier, OfAnotherAccountInAnOtherNameIsRefused) {
  const crypto::Pkcs10 request = ca::testing::make_request({});
  const std::vector<GeneralName> names{other_name(element(0x04, account()))};
  EXPECT_FALSE(check_sid(std::string(kAccount), request, names));
  for (const auto& carried :
       {std::optional<std::string>(), std::make_optional<std::string>("S-1-5")}) {
    const auto refused = check_sid(carried, request, names);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, "sid_not_allowed");
  }
  EXPECT_TRUE(check_sid({}, request, {other_name({})})) << "an unreadable one";
}

}  // namespace
}  // namespace certconnector::core
