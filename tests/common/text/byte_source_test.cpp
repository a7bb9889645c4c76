#include "common/text/byte_source.h"

#include <gtest/gtest.h>

#include <limits>

namespace certconnector {
namespace {

TEST(ByteSource, InMemoryGivesAnyPieceAndNothingBeyondItsEnd) {
  const BytesInMemory source(as_bytes("octets").to_bytes());
  EXPECT_EQ(source.size(), 6U);
  Bytes piece(3);
  ASSERT_TRUE(source.read(2, piece));
  EXPECT_EQ(as_text(piece), "tet");
  ASSERT_TRUE(source.read(3, piece));
  EXPECT_EQ(as_text(piece), "ets");
  EXPECT_FALSE(source.read(4, piece));
  EXPECT_FALSE(source.read(std::numeric_limits<std::uint64_t>::max(), piece));
  ASSERT_TRUE(read_all(source, piece));
  EXPECT_EQ(as_text(piece), "octets");
}

}  // namespace
}  // namespace certconnector
