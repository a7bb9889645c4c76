#include "agent/ca/local/database_bond.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ca::testing {
namespace {

using ::testing::HasSubstr;

const std::string kDatabase(32, 'a');

class DatabaseBondTest : public ::testing::Test {
 protected:
  certconnector::testing::TempDirectory folder_;
  const std::string path_ = folder_.file("database");
};

TEST_F(DatabaseBondTest, ComesBackAsItWasWritten) {
  EXPECT_FALSE(read_bond(path_).value());
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1'790'000'000}}) {
    ASSERT_TRUE(write_bond(path_, {kDatabase, number}).ok());
    const auto bond = read_bond(path_).value();
    ASSERT_TRUE(bond);
    EXPECT_EQ(bond->database, kDatabase);
    EXPECT_EQ(bond->crl_number, number);
  }
}

TEST_F(DatabaseBondTest, WhatIsNotABondIsDamage) {
  const std::string good = "database " + kDatabase + "\ncrl 7\n";
  folder_.write("database", good);
  ASSERT_TRUE(read_bond(path_).ok());
  for (const std::string& bad :
       {std::string(), std::string("database"), good.substr(0, good.size() - 1), good + "x",
        "database " + std::string(32, 'x') + "\ncrl 7\n", "database " + kDatabase + "\ncrl -7\n",
        "database " + kDatabase + "\ncrl 99999999999999999999999\n",
        "database " + kDatabase + "\ncrl \n"}) {
    folder_.write("database", bad);
    const auto read = read_bond(path_);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_EQ(read.error().kind(), ErrorKind::corrupt) << bad;
    EXPECT_THAT(read.error().message(), HasSubstr(path_));
  }
}

TEST_F(DatabaseBondTest, OnlyTheSameDatabaseAndNoOlderCopyWillDo) {
  const DatabaseBond bond{kDatabase, 40};
  EXPECT_TRUE(check_bond("lab", path_, bond, {kDatabase, 40}).ok());
  EXPECT_TRUE(check_bond("lab", path_, bond, {kDatabase, 41}).ok())
      << "a kill before the file was written";
  const Status other = check_bond("lab", path_, bond, {std::string(32, 'b'), 50});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::corrupt);
  EXPECT_THAT(other.error().message(), HasSubstr("another database"));
  const Status older = check_bond("lab", path_, bond, {kDatabase, 39});
  ASSERT_FALSE(older.ok());
  EXPECT_EQ(older.error().kind(), ErrorKind::corrupt);
  EXPECT_THAT(older.error().message(), HasSubstr("older copy"));
}

class BoundCa : public LocalCaFixture {};

TEST_F(BoundCa, NamesTheDatabaseAndTheLastCrl) {
  start();
  const auto first = read_bond(settings_.database_file).value();
  ASSERT_TRUE(first) << "from the first start on";
  EXPECT_EQ(first->database, certificate_store_.id().value());
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(read_bond(settings_.database_file).value()->crl_number, ca_->last_published()->number);
}

}  // namespace
}  // namespace certconnector::ca::testing
