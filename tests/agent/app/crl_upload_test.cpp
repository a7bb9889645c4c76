#include "agent/app/crl_upload.h"

#include <gtest/gtest.h>

#include "agent/app/errors.h"
#include "agent/ca/earlier_records.h"

namespace certconnector::app {
namespace {

class CrlUploadTest : public ::testing::Test {
 protected:
  Result<std::optional<Bytes>> add(const std::string& id, std::uint64_t offset, std::uint64_t size,
                                   const Bytes& octets) {
    return upload_.add({id, offset, size, octets});
  }
  void expect_refused(const Result<std::optional<Bytes>>& answer) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), error_code(AppErrc::bad_upload));
  }

  CrlUpload upload_;
};

TEST_F(CrlUploadTest, GivesTheWholeWithItsLastPart) {
  EXPECT_EQ(add("a", 0, 3, {1, 2, 3}).value(), (Bytes{1, 2, 3}));
  EXPECT_FALSE(add("b", 0, 3, {1, 2}).value());
  EXPECT_EQ(add("b", 2, 3, {3}).value(), (Bytes{1, 2, 3}));
  expect_refused(add("b", 3, 3, {4}));
}

TEST_F(CrlUploadTest, PartsOfTwoCrlsDoNotMix) {
  ASSERT_TRUE(add("a", 0, 4, {1, 2}).ok());
  ASSERT_TRUE(add("b", 0, 4, {5, 6}).ok());
  expect_refused(add("a", 2, 4, {3, 4}));
  EXPECT_EQ(add("b", 2, 4, {7, 8}).value(), (Bytes{5, 6, 7, 8}));
}

TEST_F(CrlUploadTest, RefusesGapsAndWhatIsTooLarge) {
  expect_refused(add("a", 2, 4, {3, 4}));
  expect_refused(add("a", 0, 0, {}));
  expect_refused(add("a", 0, 4, {}));
  expect_refused(add("a", 0, 2, {1, 2, 3}));
  expect_refused(add("a", 0, ca::kMaxCrlSize + 1, {1}));
  ASSERT_TRUE(add("a", 0, 4, {1, 2}).ok());
  expect_refused(add("a", 1, 4, {3}));
  expect_refused(add("a", 3, 4, {3}));
  expect_refused(add("a", 2, 4, {3, 4, 5}));
}

}  // namespace
}  // namespace certconnector::app
