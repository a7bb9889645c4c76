#include "agent/store/sqlite/migrations.h"

#include <gtest/gtest.h>

#include "agent/store/sqlite/statement.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {
namespace {

const DatabaseRole kRole{"test database", "Restore it."};
const Schema kFirst{77, {{"CREATE TABLE a(x INTEGER) STRICT"}}};
const Schema kThird{77,
                    {{"CREATE TABLE a(x INTEGER) STRICT"},
                     {"ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 5"},
                     {"CREATE TABLE b(z INTEGER) STRICT", "INSERT INTO b SELECT x + y FROM a"}}};
const Schema kBroken{77,
                     {kThird.steps[0], kThird.steps[1], {"CREATE TABLE c(x)", "SELECT no_such()"}}};

class MigrationsTest : public ::testing::Test {
 protected:
  Result<Database> open(const Schema& schema) {
    DatabaseOptions options;
    options.path = folder_.file("test.db");
    options.role = kRole;
    return open_writer(options, schema);
  }
  certconnector::testing::TempDirectory folder_;
};

TEST_F(MigrationsTest, OldDataGoesForward) {
  {
    auto first = open(kFirst);
    ASSERT_TRUE(first.ok());
    ASSERT_TRUE(run(*first, "INSERT INTO a(x) VALUES (2)").ok());
  }
  auto third = open(kThird);
  ASSERT_TRUE(third.ok()) << third.error().message();
  EXPECT_EQ(*third->integer("SELECT z FROM b"), 7);
  EXPECT_EQ(*third->integer("PRAGMA user_version"), 3);
}

TEST_F(MigrationsTest, AStepThatFailsLeavesTheVersionBeforeIt) {
  { ASSERT_TRUE(open(kFirst).ok()); }
  EXPECT_FALSE(open(kBroken).ok());
  auto third = open(kThird);
  ASSERT_TRUE(third.ok()) << third.error().message();
  EXPECT_EQ(*third->integer("PRAGMA user_version"), 3);
}

TEST_F(MigrationsTest, BackwardIsRefused) {
  { ASSERT_TRUE(open(kThird).ok()); }
  const auto first = open(kFirst);
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().code(), error_code(StoreErrc::newer_schema));
  EXPECT_EQ(first.error().kind(), ErrorKind::permanent);
}

TEST_F(MigrationsTest, AnInterruptedCreationStartsAnew) {
  folder_.write("test.db.new", "half of somethi");
  auto opened = open(kFirst);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_FALSE(std::filesystem::exists(folder_.file("test.db.new")));
}

}  // namespace
}  // namespace certconnector::store
