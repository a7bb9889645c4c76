#include "agent/ca/local/database_bond.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ca::testing {
namespace {

using ::testing::HasSubstr;

const std::string kDatabase(32, 'a');

DatabaseBond bond_of(const std::string& database, std::uint64_t progress, std::uint64_t crl) {
  return {{database, progress}, crl, {}};
}

class DatabaseBondTest : public ::testing::Test {
 protected:
  certconnector::testing::TempDirectory folder_;
  const std::string path_ = folder_.file("database");
};

TEST_F(DatabaseBondTest, ComesBackAsItWasWritten) {
  EXPECT_FALSE(read_bond(path_).value());
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1'790'000'000}}) {
    const DatabaseBond bond = bond_of(kDatabase, number + 3, number);
    ASSERT_TRUE(write_bond(path_, bond).ok());
    const auto read = read_bond(path_).value();
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == bond);
  }
}

TEST_F(DatabaseBondTest, WhatIsNotABondIsDamage) {
  const std::string ca = "ca " + std::string(64, 'c') + "\n";
  const std::string head = "database " + kDatabase + "\n";
  const std::string good = head + "progress 9\ncrl 7\n" + ca;
  folder_.write("database", good);
  ASSERT_TRUE(read_bond(path_).ok());
  for (const std::string& bad :
       {std::string(), std::string("database"), good.substr(0, good.size() - 1), good + "x",
        "database " + std::string(32, 'x') + "\nprogress 9\ncrl 7\n" + ca,
        head + "progress 9\ncrl -7\n" + ca, head + "crl 7\n" + ca,
        head + "progress 9\ncrl 99999999999999999999999\n" + ca, head + "progress 9\ncrl \n" + ca,
        head + "progress 9\ncrl 7\nca cc\n"}) {
    folder_.write("database", bad);
    const auto read = read_bond(path_);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_EQ(read.error().kind(), ErrorKind::corrupt) << bad;
    EXPECT_THAT(read.error().message(), HasSubstr(path_));
  }
}

TEST_F(DatabaseBondTest, OnlyTheSameDatabaseAndNoOlderCopyWillDo) {
  const DatabaseBond bond = bond_of(kDatabase, 9, 40);
  EXPECT_TRUE(check_bond("lab", bond, bond).ok());
  EXPECT_TRUE(check_bond("lab", bond, bond_of(kDatabase, 10, 41)).ok())
      << "a kill before the file was written";
  const auto refusal = [&](const DatabaseBond& recorded) {
    const Status checked = check_bond("lab", bond, recorded);
    EXPECT_FALSE(checked.ok());
    if (checked.ok()) return std::string();
    EXPECT_EQ(checked.error().kind(), ErrorKind::corrupt);
    EXPECT_THAT(checked.error().message(), HasSubstr("--salvage"));
    return checked.error().message();
  };
  EXPECT_THAT(refusal(bond_of(std::string(32, 'b'), 50, 50)), HasSubstr("another database"));
  EXPECT_THAT(refusal(bond_of(kDatabase, 9, 39)), HasSubstr("older copy"));
  EXPECT_THAT(refusal(bond_of(kDatabase, 8, 40)), HasSubstr("older copy")) << "no CRL came between";
  DatabaseBond of_another_ca = bond_of(std::string(32, 'b'), 0, 0);
  of_another_ca.ca.fill(1);
  EXPECT_TRUE(check_bond("lab", bond, of_another_ca).ok())
      << "the certificate is wrong, not the database";
}

class BoundCa : public LocalCaFixture {
 protected:
  void record_certificate() {
    core::CertificateEntry entry;
    entry.certificate.certificate = {1};
    entry.certificate.serial = {1};
    ASSERT_TRUE(
        certificate_store_.record(ca_->describe().fingerprint, {entry}, clock_.wall()).ok());
  }
};

TEST_F(BoundCa, NamesTheDatabaseAndTheLastCrl) {
  start();
  const auto first = read_bond(settings_.database_file).value();
  ASSERT_TRUE(first) << "from the first start on";
  EXPECT_EQ(first->database.id, certificate_store_.mark().value().id);
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(read_bond(settings_.database_file).value()->crl_number, ca_->last_published()->number);
}

TEST_F(BoundCa, TellsHowFarTheDatabaseWasWithoutACrlBetween) {
  start();
  ASSERT_TRUE(ca_->publish_now().ok());
  const std::uint64_t before = read_bond(settings_.database_file).value()->database.progress;
  record_certificate();
  const auto next = ca_->publish_if_due();
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(read_bond(settings_.database_file).value()->database.progress, before)
      << "a call comes after each outcome";
  ASSERT_LE(*next - clock_.now(), std::chrono::minutes(1));
  clock_.advance(*next - clock_.now());
  ASSERT_TRUE(ca_->publish_if_due().ok());
  EXPECT_GT(read_bond(settings_.database_file).value()->database.progress, before);
}

TEST_F(BoundCa, TellsAtItsEndHowFarTheDatabaseWas) {
  start();
  const std::uint64_t before = read_bond(settings_.database_file).value()->database.progress;
  record_certificate();
  ca_.reset();
  EXPECT_GT(read_bond(settings_.database_file).value()->database.progress, before);
}

}  // namespace
}  // namespace certconnector::ca::testing
