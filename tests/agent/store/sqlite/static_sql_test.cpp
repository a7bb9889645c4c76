#include "agent/store/sqlite/static_sql.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace certconnector::store {
namespace {

// A text that is gone would leave its address to another one, and the cache would run the wrong
// statement.
static_assert(!std::is_constructible_v<StaticSql, const char*>);
static_assert(!std::is_constructible_v<StaticSql, std::string>);
static_assert(!std::is_constructible_v<StaticSql, char (&)[9]>);
static_assert(std::is_convertible_v<const char (&)[9], StaticSql>);

TEST(StaticSqlText, KeepsTheLiteralsAddress) {
  static constexpr char kSelect[] = "SELECT 1";
  EXPECT_EQ(StaticSql(kSelect).text(), kSelect);
}

}  // namespace
}  // namespace certconnector::store
