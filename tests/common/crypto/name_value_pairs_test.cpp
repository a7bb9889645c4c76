#include "common/crypto/name_value_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

using ::testing::HasSubstr;
using Pairs = std::vector<NameValuePair>;

Bytes bmp(std::string_view ascii) {
  Bytes out;
  for (const char c : ascii) {
    out.push_back(0);
    out.push_back(static_cast<std::uint8_t>(c));
  }
  return out;
}

void write_pair(der::Writer& w, const NameValuePair& pair) {
  w.nest(der::kSequence, [&] {
    w.element(der::kBmpString, bmp(pair.name));
    w.element(der::kBmpString, bmp(pair.value));
  });
}

// Each list is an attribute, each pair in it a value.
Pkcs10 request_with(const std::vector<Pairs>& attributes) {
  RequestPieces pieces;
  pieces.attributes = build_der([&](der::Writer& w) {
    for (const Pairs& pairs : attributes) {
      w.nest(der::kSequence, [&] {
        write_oid(w, "1.3.6.1.4.1.311.13.2.1");
        w.nest(der::kSet, [&] {
          for (const NameValuePair& pair : pairs) write_pair(w, pair);
        });
      });
    }
  });
  return Pkcs10::parse(build_request(pieces)).value();
}

Result<std::optional<RequestedPeriod>> period_of(const std::vector<Pairs>& attributes) {
  const auto pairs = name_value_pairs(request_with(attributes));
  if (!pairs.ok()) return pairs.error();
  return requested_period(*pairs);
}

TEST(NameValuePairs, AreReadFromOneAttributeAndFromSeveral) {
  const NameValuePair first{"ValidityPeriod", "Days"};
  const NameValuePair second{"SAN", "dns=x"};
  for (const auto& attributes :
       {std::vector<Pairs>{{first, second}}, std::vector<Pairs>{{first}, {second}}}) {
    const auto pairs = name_value_pairs(request_with(attributes));
    ASSERT_TRUE(pairs.ok()) << pairs.error().message();
    ASSERT_EQ(pairs->size(), 2U);
    EXPECT_EQ((*pairs)[0].name, "ValidityPeriod");
    EXPECT_EQ((*pairs)[0].value, "Days");
    EXPECT_EQ((*pairs)[1].name, "SAN");
    EXPECT_TRUE(names_a_period((*pairs)[0]));
    EXPECT_FALSE(names_a_period((*pairs)[1]));
  }
  EXPECT_TRUE(name_value_pairs(Pkcs10::parse(build_request({})).value())->empty());
  EXPECT_TRUE(names_a_period({"VALIDITYPERIOD", ""}));
  EXPECT_TRUE(names_a_period({"validityperiodunits", ""}));
  EXPECT_FALSE(names_a_period({"ValidityPeriodUnit", ""}));
}

TEST(NameValuePairs, ThatAreNoPairAreRefused) {
  RequestPieces pieces;
  pieces.attributes = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.3.6.1.4.1.311.13.2.1");
      w.nest(der::kSet, [&] { w.element(der::kIa5String, std::string_view("SAN")); });
    });
  });
  EXPECT_FALSE(name_value_pairs(Pkcs10::parse(build_request(pieces)).value()).ok());
  pieces.attributes = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.3.6.1.4.1.311.13.2.1");
      w.nest(der::kSet, [&] {
        w.nest(der::kSequence, [&] {
          for (const char* text : {"SAN", "dns=a", "dns=b"}) {
            w.element(der::kIa5String, std::string_view(text));
          }
        });
      });
    });
  });
  EXPECT_FALSE(name_value_pairs(Pkcs10::parse(build_request(pieces)).value()).ok());
}

TEST(NameValuePairs, NameAPeriodInBothOrders) {
  const NameValuePair unit{"ValidityPeriod", "Days"};
  const NameValuePair count{"validityperiodunits", "30"};
  for (const auto& attributes :
       {std::vector<Pairs>{{unit, count}}, std::vector<Pairs>{{count}, {unit}},
        std::vector<Pairs>{{{"ValidityPeriod", "30"}, {"ValidityPeriodUnits", "DAYS"}}}}) {
    const auto period = period_of(attributes);
    ASSERT_TRUE(period.ok() && *period);
    EXPECT_EQ((*period)->count, 30U);
    EXPECT_EQ((*period)->unit, "days");
    EXPECT_EQ((*period)->length(), std::chrono::hours(24 * 30));
  }
  EXPECT_FALSE(*period_of({}));
}

TEST(NameValuePairs, HaveUnitsOfAFixedLength) {
  const std::pair<const char*, std::chrono::seconds> rows[] = {
      {"Seconds", std::chrono::seconds(1)},    {"Minutes", std::chrono::minutes(1)},
      {"Hours", std::chrono::hours(1)},        {"Days", std::chrono::hours(24)},
      {"Weeks", std::chrono::hours(24 * 7)},   {"Months", std::chrono::hours(730)},
      {"Years", std::chrono::hours(24 * 365)},
  };
  for (const auto& [unit, length] : rows) {
    const auto period = period_of({{{"ValidityPeriod", unit}, {"ValidityPeriodUnits", "12"}}});
    ASSERT_TRUE(period.ok() && *period) << unit;
    EXPECT_EQ((*period)->length(), 12 * length) << unit;
  }
}

TEST(NameValuePairs, ThatNameNoPeriodAreRefused) {
  const std::pair<Pairs, const char*> rows[] = {
      {{{"ValidityPeriod", "Days"}}, "the one and the other"},
      {{{"ValidityPeriodUnits", "3"}}, "the one and the other"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriod", "Days"}},
       "ValidityPeriod stands there twice"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriodUnits", "0"}}, "no period"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriodUnits", "-3"}}, "no period"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriodUnits", "1000001"}}, "no period"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriodUnits", "99999999999999999999"}}, "no period"},
      {{{"ValidityPeriod", "Fortnights"}, {"ValidityPeriodUnits", "3"}}, "no period"},
      {{{"ValidityPeriod", "Days"}, {"ValidityPeriodUnits", "Days"}}, "no period"},
  };
  for (const auto& [pairs, says] : rows) {
    const auto period = period_of({pairs});
    ASSERT_FALSE(period.ok()) << says;
    EXPECT_THAT(period.error().message(), HasSubstr(says));
  }
}

}  // namespace
}  // namespace certconnector::crypto
