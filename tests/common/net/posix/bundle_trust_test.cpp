#include "common/crypto/posix/bundle_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "tests/support/temp_directory.h"

namespace certconnector::crypto {
namespace {

TEST(BundleTrust, ASystemWithoutRootsIsNamed) {
  const certconnector::testing::TempDirectory folder;
  const auto trust = bundle_trust(folder.file("none.pem"), folder.file("none"));
  ASSERT_FALSE(trust.ok());
  EXPECT_EQ(trust.error().code(), error_code(CryptoErrc::unsupported));
  EXPECT_THAT(trust.error().message(), ::testing::HasSubstr("ca-certificates"));
  EXPECT_FALSE(bundle_trust(folder.write("empty.pem", ""), folder.file("none")).ok());
}

}  // namespace
}  // namespace certconnector::crypto
