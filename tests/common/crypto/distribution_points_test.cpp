#include "common/crypto/distribution_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/der.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

using ::testing::ElementsAre;

constexpr std::uint8_t kUri = der::context_primitive(6);
constexpr std::uint8_t kDns = der::context_primitive(2);

// `points` writes the contents of the list.
Result<std::vector<DistributionPoint>> parse(const std::function<void(der::Writer&)>& points,
                                             Bytes& kept) {
  kept = build_der([&](der::Writer& w) { w.nest(der::kSequence, [&] { points(w); }); });
  return parse_distribution_points(kept);
}

// A point of these names and what `more` holds behind them.
void write_point(der::Writer& w, const std::vector<std::pair<std::uint8_t, std::string>>& names,
                 const Bytes& more = {}) {
  w.nest(der::kSequence, [&] {
    w.nest(der::context(0), [&] {
      w.nest(der::context(0), [&] {
        for (const auto& [tag, name] : names) w.element(tag, name);
      });
    });
    w.raw(more);
  });
}

TEST(DistributionPoints, NameEachUriOnce) {
  Bytes kept;
  const auto points = parse(
      [](der::Writer& w) {
        write_point(w, {{kUri, "http://a"}, {kDns, "b"}, {kUri, "ldap:///c"}});
        write_point(w, {{kUri, "http://a"}}, {der::context_primitive(1), 2, 6, 0x40});
        write_point(w, {{kUri, "http://d"}}, {der::context(2), 0});
      },
      kept);
  ASSERT_TRUE(points.ok()) << points.error().message();
  EXPECT_THAT(uris_of(*points), ElementsAre("http://a", "ldap:///c", "http://d"));
  ASSERT_EQ(points->size(), 3U);
  EXPECT_FALSE((*points)[0].some_reasons || (*points)[0].other_issuer || (*points)[0].relative);
  EXPECT_TRUE((*points)[1].some_reasons);
  EXPECT_TRUE((*points)[2].other_issuer);
}

TEST(DistributionPoints, AreTwentyOfTwentyNamesAtMost) {
  Bytes kept;
  for (const std::size_t count : {20U, 21U}) {
    const std::vector<std::pair<std::uint8_t, std::string>> names(count, {kUri, "http://a"});
    EXPECT_EQ(parse([&](der::Writer& w) { write_point(w, names); }, kept).ok(), count == 20);
    const auto points = parse(
        [&](der::Writer& w) {
          for (std::size_t i = 0; i < count; ++i) write_point(w, {{kUri, "http://a"}});
        },
        kept);
    EXPECT_EQ(points.ok(), count == 20);
  }
}

TEST(DistributionPoints, ThatHoldSomethingElseAreRefused) {
  const Bytes relative{der::kSequence, 4, 0xA0, 2, 0xA1, 0};
  Bytes kept;
  const auto read = parse([&](der::Writer& w) { w.raw(relative); }, kept);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->front().relative);
  const Bytes bad[] = {
      {der::kSequence, 2, der::kNull, 0},                    // no field of a point
      {der::kSequence, 4, 0xA2, 0, 0xA0, 0},                 // in another order
      {der::kSequence, 6, 0xA0, 4, 0xA0, 0, der::kNull, 0},  // behind the names
      {der::kSequence, 6, 0xA0, 4, 0xA1, 0, der::kNull, 0},  // behind the relative name
      {der::kSequence, 4, 0xA0, 2, der::kNull, 0},           // neither
      {der::kSequence, 5, 0xA0, 3, 0xA0, 1, 0x86},           // cut off
  };
  for (const Bytes& point : bad) {
    EXPECT_FALSE(parse([&](der::Writer& w) { w.raw(point); }, kept).ok());
  }
}

}  // namespace
}  // namespace certconnector::crypto
