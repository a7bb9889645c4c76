#include "agent/ca/local/crl_partition.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "agent/ca/ca_errors.h"
#include "agent/ca/local/partition_register.h"
#include "common/crypto/certificate.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::ca::testing {
namespace {

using core::RevocationReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUrl = "http://pki.example/issuing.crl";
constexpr const char* kNewUrl = "http://other.example/crl";

// In certificates and on disk: a row may be added, none may ever change.
TEST(CrlPartitionRule, PutsEachSerialWhereItWasFromTheFirstRelease) {
  struct Row {
    Bytes serial;
    std::size_t of_2, of_16, of_64;
  };
  const Row rows[] = {{{0x01}, 2, 6, 6},  // SHA-256 begins with 4bf5122f344554c5
                      {{0x00, 0x00, 0x01}, 2, 6, 6},
                      {{0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 1, 5, 37}};
  for (const Row& row : rows) {
    EXPECT_EQ(partition_of(row.serial, 2).number, row.of_2);
    EXPECT_EQ(partition_of(row.serial, 16).number, row.of_16);
    EXPECT_EQ(partition_of(row.serial, 64).number, row.of_64);
  }
}

TEST(CrlPartitionRule, NamesEachPartitionAsFromTheFirstRelease) {
  EXPECT_EQ(partition_name(kUrl, {3, 16}), "http://pki.example/issuing-3-of-16.crl");
  EXPECT_EQ(partition_name(kNewUrl, {1, 2}), "http://other.example/crl-1-of-2");
  EXPECT_EQ(partition_name("/var/ca.crl", {64, 64}), "/var/ca-64-of-64.crl");
  EXPECT_FALSE(can_have_partitions("http://pki.example/crl?ca=1"));
  EXPECT_FALSE(can_have_partitions("http://pki.example/#crl"));
  EXPECT_TRUE(can_have_partitions(kUrl));
}

class PartitionedCrl : public LocalCaFixture {
 protected:
  void SetUp() override {
    start();
    configure(2, kUrl);
  }

  void configure(std::size_t partitions, const std::string& url) {
    settings_.crl_partitions = partitions;
    settings_.templates.front().crl_url = url;
    reopen();
  }

  core::IssuedCertificate issue_one() {
    const auto request = make_request({});
    return issue(submission(request)).certificate;
  }
  core::IssuedCertificate issue_revoked() {
    auto made = issue_one();
    static_cast<void>(revoke({made.serial, {}}, RevocationReason::key_compromise));
    return made;
  }

  static std::string suffix(const CrlPartition& partition) {
    return "-" + std::to_string(partition.number) + "-of-" + std::to_string(partition.of);
  }
  std::string file_of(const CrlPartition& partition) {
    return directory_.file("ca/ca" + suffix(partition) + ".crl");
  }
  std::string text_of_crl(const std::string& file) {
    return openssl({"crl", "-inform", "DER", "-in", file, "-noout", "-text", "-CAfile",
                    settings_.certificate_file});
  }

  // What openssl says about the certificate with that CRL and no other.
  std::string verify(const core::IssuedCertificate& one, const std::string& crl, bool good) {
    openssl({"crl", "-inform", "DER", "-in", crl, "-out", directory_.file("crl.pem")});
    const auto parsed = crypto::Certificate::from_der(one.certificate);
    const auto path = directory_.write("leaf.pem", parsed.value().to_pem());
    return openssl({"verify", "-attime", epoch(), "-crl_check", "-CRLfile",
                    directory_.file("crl.pem"), "-CAfile", settings_.certificate_file, path},
                   good ? 0 : 2);
  }

  void publish() {
    const Status published = ca_->publish_now();
    ASSERT_TRUE(published.ok()) << published.error().message();
  }
};

TEST_F(PartitionedCrl, CertificatesNameThatOfTheirSerialNumber) {
  std::set<std::size_t> seen;
  for (int i = 0; i < 30; ++i) {
    const auto one = issue_one();
    const CrlPartition partition = partition_of(one.serial, 2);
    seen.insert(partition.number);
    EXPECT_THAT(text_of(one.certificate),
                HasSubstr("URI:http://pki.example/issuing" + suffix(partition) + ".crl\n"));
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(PartitionedCrl, EveryPartitionIsPublishedBesideTheFullOne) {
  for (int i = 0; i < 12; ++i) static_cast<void>(issue_revoked());
  publish();
  EXPECT_THAT(published_names_, ElementsAre("default-1-of-2", "default-2-of-2", "default"));
  std::size_t entries = 0;
  for (const CrlPartition partition : {CrlPartition{1, 2}, CrlPartition{2, 2}}) {
    const std::string text = text_of_crl(file_of(partition));
    EXPECT_THAT(text, HasSubstr("verify OK"));
    EXPECT_THAT(text, HasSubstr("X509v3 Issuing Distribution Point: critical"));
    EXPECT_THAT(text, HasSubstr("URI:http://pki.example/issuing" + suffix(partition) + ".crl"));
    EXPECT_THAT(text, HasSubstr("X509v3 CRL Number: \n                " +
                                std::to_string(ca_->last_published()->number)));
    for (std::size_t at = text.find("Serial Number:"); at != std::string::npos;
         at = text.find("Serial Number:", at + 1)) {
      ++entries;
    }
  }
  EXPECT_EQ(entries, 12U);
  EXPECT_EQ(ca_->last_published()->entries, 12U);
  EXPECT_THAT(crl_text(), Not(HasSubstr("Issuing Distribution Point")));
}

TEST_F(PartitionedCrl, OpensslTakesThatOfTheCertificateAndNoOther) {
  const auto good = issue_one();
  const auto bad = issue_revoked();
  publish();
  for (const auto* one : {&good, &bad}) {
    const bool is_good = one == &good;
    const CrlPartition own = partition_of(one->serial, 2);
    const CrlPartition other{3 - own.number, 2};
    const std::string said = verify(*one, file_of(own), is_good);
    if (!is_good) {
      EXPECT_THAT(said, HasSubstr("certificate revoked"));
    }
    EXPECT_THAT(verify(*one, file_of(other), false), HasSubstr("different CRL scope"));
    verify(*one, settings_.crl_file, is_good);  // the full one serves everybody
  }
}

TEST_F(PartitionedCrl, AnotherNumberOfPartitionsLeavesThoseThatCertificatesName) {
  const auto good = issue_one();
  const auto bad = issue_revoked();
  publish();
  for (const std::size_t next : {8U, 0U}) {
    configure(next, kUrl);
    clock_.advance(std::chrono::hours(24 * 6));
    publish();  // else it ends a day later
    clock_.advance(std::chrono::hours(24 * 2));
    verify(good, file_of(partition_of(good.serial, 2)), true);
    EXPECT_THAT(verify(bad, file_of(partition_of(bad.serial, 2)), false),
                HasSubstr("certificate revoked"));
  }
  const auto plain = issue_one();
  EXPECT_THAT(text_of(plain.certificate), HasSubstr("URI:http://pki.example/issuing.crl\n"));
}

TEST_F(PartitionedCrl, AnotherUrlLeavesTheOneThatCertificatesName) {
  const auto before = issue_one();
  configure(2, kNewUrl);
  const auto after = issue_one();
  publish();
  for (const auto* one : {&before, &after}) {
    verify(*one, file_of(partition_of(one->serial, 2)), true);
  }
}

TEST_F(PartitionedCrl, AreThereBeforeTheFirstRevocation) {
  const auto next = ca_->publish_if_due();
  ASSERT_TRUE(next.ok());
  const auto one = issue_one();
  verify(one, file_of(partition_of(one.serial, 2)), true);
}

TEST_F(PartitionedCrl, ALostFileIsMadeAgainAndTheOthersAreServedMeanwhile) {
  if (!certconnector::testing::names_of_open_files_can_be_used_again()) {
    GTEST_SKIP() << "a file of Wine that is open keeps its name";
  }
  publish();
  std::filesystem::remove(file_of({1, 2}));
  published_names_.clear();
  reopen();
  EXPECT_THAT(published_names_, ElementsAre("default-2-of-2", "default"));
  clock_.advance(std::chrono::seconds(10));
  ASSERT_TRUE(ca_->publish_if_due().ok());
  EXPECT_TRUE(std::filesystem::exists(file_of({1, 2})));
}

TEST_F(PartitionedCrl, NoNumberMeansNone) {
  std::filesystem::remove(settings_.partition_register);
  configure(0, kUrl);
  publish();
  EXPECT_THAT(published_names_, ElementsAre("default"));
  EXPECT_FALSE(std::filesystem::exists(settings_.partition_register));
}

TEST_F(PartitionedCrl, TheRegisterIsThereBeforeACertificateNamesAnything) {
  EXPECT_THAT(directory_.read("ca/crl-partitions"),
              HasSubstr("\n2 http://pki.example/issuing.crl\n"));
  configure(4, kNewUrl);
  const auto known = read_partition_register(settings_.partition_register);
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(*known, (PartitionedUrls{{2, {kUrl}}, {4, {kNewUrl}}}));
}

TEST_F(PartitionedCrl, ARegisterThatCannotBeReadIsNotForgotten) {
  for (const char* line : {"2", "3 http://pki.example/a", "two http://pki.example/a",
                           "2 http://pki.example/a b", "2 \x01", "-2 http://pki.example/a"}) {
    directory_.write("ca/crl-partitions", std::string(line) + "\n");
    const auto opened = LocalCa::open(settings_, parts());
    ASSERT_FALSE(opened.ok()) << line;
    EXPECT_EQ(opened.error().code(), error_code(CaErrc::bad_register)) << line;
    EXPECT_EQ(directory_.read("ca/crl-partitions"), std::string(line) + "\n");
  }
}

TEST_F(PartitionedCrl, AUrlWithAQueryIsRefused) {
  settings_.templates.front().crl_url = "http://pki.example/crl?ca=1";
  const auto opened = LocalCa::open(settings_, parts());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), error_code(CaErrc::bad_template));
  EXPECT_THAT(directory_.read("ca/crl-partitions"), Not(HasSubstr("ca=1")));
}

}  // namespace
}  // namespace certconnector::ca::testing
