#include "common/text/base64.h"

#include <gtest/gtest.h>

namespace certconnector::text {
namespace {

// RFC 4648 section 10.
constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  for (const auto& [plain, encoded] : kVectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto decoded = from_base64(encoded);
    ASSERT_TRUE(decoded.has_value()) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base64, RoundTripsEveryOctetAtEveryLength) {
  Bytes bytes;
  for (unsigned i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << "length " << i;
    bytes.push_back(static_cast<std::uint8_t>(i * 7));
  }
}

TEST(Base64, RefusesWhatDoesNotEncodeBackToItself) {
  const std::string_view refused[] = {
      "Z",    "Zg",   "Zg=",      "Zg===",  "=",           "==",       "====",
      "Z===", "Zh==", "Zm9=",     "Zm9v\n", "Zm9v====",    "Zm 9v",    "Zm9v Zm",
      "Zm9-", "Zm9_", "Zg==Zg==", "Z=g=",   "Zm9vZ\xFFg=", "Zm9v,,,,", "\xC3\xA4\xC3\xA4",
  };
  for (const std::string_view text : refused) EXPECT_EQ(from_base64(text), std::nullopt) << text;
  EXPECT_EQ(from_base64(std::string_view("Zm\0v", 4)), std::nullopt);
}

}  // namespace
}  // namespace certconnector::text
