#include "agent/store/sqlite/subject_grams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace certconnector::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

BlockEntries entries_of(const std::vector<std::size_t>& offsets) {
  BlockEntries entries;
  for (const std::size_t offset : offsets) entries.insert(offset);
  return entries;
}

std::vector<std::size_t> offsets_of(const BlockEntries& entries, std::size_t below = 4096) {
  std::vector<std::size_t> offsets;
  entries.for_each_down(below, [&](std::size_t offset) {
    offsets.push_back(offset);
    return true;
  });
  return offsets;
}

TEST(SubjectGrams, AreTheDistinctTriplesOfOctets) {
  EXPECT_THAT(grams_of("abcab"), ElementsAre(0x616263, 0x626361, 0x636162));
  EXPECT_THAT(grams_of("aaaaa"), SizeIs(1));
  EXPECT_THAT(grams_of("ab"), IsEmpty());
  EXPECT_THAT(grams_of("\xC3\xBCx"), ElementsAre(0xC3BC78)) << "octets, not characters";
}

TEST(SubjectGrams, EntriesSurviveTheirEncoding) {
  std::vector<std::size_t> every;
  std::vector<std::size_t> third;
  for (std::size_t i = 0; i < 4096; ++i) {
    every.insert(every.begin(), i);
    if (i % 3 == 0) third.insert(third.begin(), i);
  }
  const std::vector<std::size_t> rows[] = {{},    {0},  {4095}, {4095, 0}, {4095, 200, 199, 70, 1},
                                           every, third};
  for (const auto& offsets : rows) {
    const Bytes encoded = entries_of(offsets).encode();
    EXPECT_LE(encoded.size(), 513U);
    const auto decoded = BlockEntries::decode(encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(offsets_of(*decoded), offsets);
    EXPECT_EQ(decoded->size(), offsets.size());
  }
  EXPECT_THAT(offsets_of(entries_of({4095, 200, 70}), 200), ElementsAre(70)) << "below a place";
}

TEST(SubjectGrams, WhatNoEncodingGivesIsDamage) {
  for (const Bytes& bent :
       {Bytes{}, Bytes{2}, Bytes{1, 0}, Bytes{0, 0x80}, Bytes{0, 0xFF, 0xFF}, Bytes(512, 1)}) {
    EXPECT_FALSE(BlockEntries::decode(bent));
  }
}

TEST(SubjectGrams, ABlockKnowsWhichSubjectsHoldAGram) {
  BlockGrams block;
  block.add(3, "abc");
  block.add(7, "xabcabc");
  const auto encoded = block.encode();
  ASSERT_THAT(encoded, SizeIs(4));
  EXPECT_EQ(encoded[0].gram, 0x616263U);
  EXPECT_THAT(offsets_of(*BlockEntries::decode(encoded[0].entries)), ElementsAre(7, 3));
  EXPECT_EQ(encoded[3].gram, 0x786162U);
  EXPECT_THAT(offsets_of(*BlockEntries::decode(encoded[3].entries)), ElementsAre(7));
}

}  // namespace
}  // namespace certconnector::store
