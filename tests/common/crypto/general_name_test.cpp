#include "common/crypto/general_name.h"

#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "common/text/hex.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

TEST(GeneralName, RoundTripsEveryKind) {
  const std::vector<GeneralName> names{
      {GeneralNameKind::dns, "*.example.com"},
      {GeneralNameKind::email, "a@example.com"},
      {GeneralNameKind::uri, "https://example.com/x?y#z"},
      {GeneralNameKind::ip, "192.0.2.1"},
      {GeneralNameKind::ip, "2001:db8::1"},
      {GeneralNameKind::upn, "j\xC3\xBCrgen@example.com"},
      {GeneralNameKind::directory, "CN=a\\, b,O=Test"},
  };
  EXPECT_EQ(parse_general_names(encode_general_names(names).value()).value(), names);
}

TEST(GeneralName, OtherKindsAreKeptAsHex) {
  const Bytes registered{0x30, 0x05, 0x88, 0x03, 0x2A, 0x03, 0x04};
  const auto names = parse_general_names(registered).value();
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0], (GeneralName{GeneralNameKind::other, "88032a0304"}));
  // An otherName of a type that we do not know.
  const auto other = parse_general_names(text::from_hex("300aa00806022a03a0020500").value());
  EXPECT_EQ(other.value().front().kind, GeneralNameKind::other);
}

TEST(GeneralName, ARefusalShowsTheValue) {
  const auto said = [](std::string_view hex) {
    return parse_general_names(text::from_hex(hex).value()).error().message();
  };
  EXPECT_NE(said("30058203612062").find("\"a b\""), std::string::npos);
  EXPECT_NE(said("30058203610a62").find("\"a.b\""), std::string::npos) << "no control character";
  EXPECT_NE(said("30058703010203").find("it has 3, 010203"), std::string::npos);
}

TEST(GeneralName, RefusesWhatIsNotOne) {
  const std::pair<std::string_view, std::string_view> refused[] = {
      {"an empty list", "3000"},
      {"not a sequence", "0500"},
      {"trailing octets", "300382016100"},
      {"an empty DNS name", "30028200"},
      {"NUL in a DNS name", "30058203610062"},
      {"a space in a DNS name", "30058203612062"},
      {"8 bits in a DNS name", "30038201e4"},
      {"a line break in an email", "30058103610a62"},
      {"an IP address of 5 octets", "300787050102030405"},
      {"an IP address with mask", "300a87080102030405060708"},
      {"an unknown tag", "30028900"},
      {"a universal tag", "30030c0161"},
      {"a directory name that is not a name", "3004a4020500"},
      {"otherName without value", "3006a00406022a03"},
      {"a UPN that is a number", "3013a011060a2b060104018237140203a003020101"},
      {"a truncated name", "3003820261"},
  };
  for (const auto& [what, hex] : refused) {
    const auto names = parse_general_names(text::from_hex(hex).value());
    ASSERT_FALSE(names.ok()) << what;
    EXPECT_EQ(names.error().code().name, error_code(CryptoErrc::malformed).name) << what;
  }
}

TEST(GeneralName, TakesAHundredAndNoMore) {
  std::vector<GeneralName> names(100, {GeneralNameKind::dns, "a"});
  EXPECT_TRUE(encode_general_names(names).ok());
  names.push_back({GeneralNameKind::dns, "b"});
  EXPECT_FALSE(encode_general_names(names).ok());
}

TEST(GeneralName, DoesNotEncodeWhatItWouldNotRead) {
  const GeneralName refused[] = {
      {GeneralNameKind::dns, ""},
      {GeneralNameKind::dns, "a b"},
      {GeneralNameKind::ip, "1.2.3"},
      {GeneralNameKind::upn, "\xFF"},
      {GeneralNameKind::directory, "nonsense"},
      {GeneralNameKind::other, "8800"},
  };
  for (const GeneralName& name : refused) EXPECT_FALSE(encode_general_names({name}).ok());
}

TEST(GeneralName, CanonicalMakesWhatPeopleTypeComparable) {
  EXPECT_EQ(canonical({GeneralNameKind::ip, "2001:DB8:0::1"})->value, "2001:db8::1");
  EXPECT_EQ(canonical({GeneralNameKind::directory, "cn=x, o=Test"})->value, "CN=x,O=Test");
  EXPECT_EQ(canonical({GeneralNameKind::dns, "Host"})->value, "Host");
  EXPECT_EQ(canonical({GeneralNameKind::other, "8800"})->value, "8800");
  EXPECT_FALSE(canonical({GeneralNameKind::ip, "host"}).ok());
}

TEST(GeneralName, KindsHaveNames) {
  EXPECT_EQ(to_string(GeneralNameKind::dns), "dns");
  EXPECT_EQ(to_string(GeneralNameKind::email), "email");
  EXPECT_EQ(to_string(GeneralNameKind::uri), "uri");
  EXPECT_EQ(to_string(GeneralNameKind::ip), "ip");
  EXPECT_EQ(to_string(GeneralNameKind::upn), "upn");
  EXPECT_EQ(to_string(GeneralNameKind::directory), "directory");
  EXPECT_EQ(to_string(GeneralNameKind::other), "other");
}

TEST(GeneralName, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(*general_name_from_text("dns:a.example"),
            (GeneralName{GeneralNameKind::dns, "a.example"}));
  EXPECT_EQ(*general_name_from_text("ip:2001:DB8::0:1"),
            (GeneralName{GeneralNameKind::ip, "2001:db8::1"}));
  EXPECT_EQ(to_text({GeneralNameKind::uri, "urn:x"}), "uri:urn:x");
  for (const char* bad : {"", "dns", "dns:", "a.example", "DNS:a.example", "ip:a", "other:3000"}) {
    EXPECT_FALSE(general_name_from_text(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace certconnector::crypto
