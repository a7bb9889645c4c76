#include <openssl/x509.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/ca/ca_errors.h"
#include "common/crypto/certificate.h"
#include "common/crypto/der.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::ca::testing {
namespace {

using core::RevocationReason;
using std::chrono::hours;
using std::chrono::seconds;

constexpr hours kWeek{24 * 7};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Bytes octets_of(const ByteSource& source) {
  Bytes octets;
  EXPECT_TRUE(read_all(source, octets));
  return octets;
}

class Crl : public LocalCaFixture {
 protected:
  void SetUp() override { start(); }

  core::IssuedCertificate issue_one() {
    const auto request = make_request({});
    return issue(submission(request)).certificate;
  }
  // Publishes when due; whether it did.
  bool publishes() {
    const auto before = ca_->last_published();
    const auto next = ca_->publish_if_due();
    EXPECT_TRUE(next.ok()) << next.error().message();
    if (next.ok()) {
      EXPECT_GT(next.value(), clock_.now());
    }
    const auto after = ca_->last_published();
    return after && (!before || after->number > before->number);
  }
};

TEST_F(Crl, FirstOneIsEmptyAndVerifies) {
  EXPECT_FALSE(ca_->last_published().has_value());
  EXPECT_TRUE(publishes());
  const auto text = crl_text();
  for (const char* part : {"Version 2", "Issuer: O = Test, CN = Test CA", "No Revoked Certificates",
                           "X509v3 Authority Key Identifier", "verify OK"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
  const auto record = ca_->last_published();
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(has(text, "X509v3 CRL Number: \n                " + std::to_string(record->number)))
      << text;
  EXPECT_EQ(record->next_update, clock_.wall() + kWeek);
  EXPECT_LE(record->this_update, clock_.wall());
  EXPECT_EQ(record->entries, 0U);
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_EQ(as_text(octets_of(*published_.front())), directory_.read("ca/ca.crl"));
}

TEST_F(Crl, ShowsReasonsAndInvalidityDates) {
  const auto plain = issue_one();
  const auto stolen = issue_one();
  static_cast<void>(revoke({plain.serial, {}}, RevocationReason::unspecified));
  core::Revocation theft;
  theft.certificate.serial = stolen.serial;
  theft.reason = RevocationReason::key_compromise;
  theft.invalidity_date = clock_.wall() - hours(48);
  static_cast<void>(ca_->revoke({theft}, {}));
  ASSERT_TRUE(publishes());
  const auto text = crl_text();
  EXPECT_TRUE(has(text, "verify OK"));
  EXPECT_EQ(occurrences(text, "Serial Number:"), 2U);
  EXPECT_EQ(occurrences(text, "X509v3 CRL Reason Code"), 1U) << text;  // unspecified is left out
  EXPECT_TRUE(has(text, "Key Compromise"));
  EXPECT_TRUE(has(text, "Invalidity Date: \n                Dec 30 00:00:00 2025 GMT")) << text;
  EXPECT_EQ(ca_->last_published()->entries, 2U);
}

TEST_F(Crl, MakesOpensslRefuseTheCertificate) {
  const auto good = issue_one();
  const auto bad = issue_one();
  static_cast<void>(revoke({bad.serial, {}}, RevocationReason::key_compromise));
  ASSERT_TRUE(publishes());
  openssl({"crl", "-inform", "DER", "-in", settings_.crl_file, "-out", directory_.file("crl.pem")});
  const auto verify = [&](const Bytes& der, int expected) {
    const auto parsed = crypto::Certificate::from_der(der);
    const auto path = directory_.write("leaf.pem", parsed.value().to_pem());
    return openssl({"verify", "-attime", epoch(), "-crl_check", "-CRLfile",
                    directory_.file("crl.pem"), "-CAfile", settings_.certificate_file, path},
                   expected);
  };
  verify(good.certificate, 0);
  EXPECT_TRUE(has(verify(bad.certificate, 2), "certificate revoked"));
}

TEST_F(Crl, OpensslEncodesManyEntriesTheSameWay) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Bytes serial{static_cast<std::uint8_t>(0x70 + i % 0x20),
                       static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i), 0x01};
    certificate_store_.add_revoked(
        serial, clock_.wall() + kWeek,
        {clock_.wall(), i % 2 == 0 ? RevocationReason::unspecified : RevocationReason::superseded,
         std::nullopt});
  }
  ASSERT_TRUE(publishes());
  const Bytes der = octets_of(*published_.back());
  const unsigned char* at = der.data();
  X509_CRL* parsed = d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()));
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(at, der.data() + der.size());
  unsigned char* out = nullptr;
  const int size = i2d_re_X509_CRL_tbs(parsed, &out);
  const Bytes again(out, out + size);
  OPENSSL_free(out);
  const int entries = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(parsed));
  X509_CRL_free(parsed);
  EXPECT_EQ(entries, 1000);
  EXPECT_NE(std::search(der.begin(), der.end(), again.begin(), again.end()), der.end());
  EXPECT_TRUE(has(crl_text(), "verify OK"));
}

TEST_F(Crl, HundredThousandEntriesVerify) {
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const Bytes serial{0x11,
                       static_cast<std::uint8_t>(i >> 16U),
                       static_cast<std::uint8_t>(i >> 8U),
                       static_cast<std::uint8_t>(i),
                       1,
                       2,
                       3,
                       4,
                       5,
                       6,
                       7,
                       8,
                       9,
                       10,
                       11,
                       12};
    certificate_store_.add_revoked(serial, clock_.wall() + kWeek,
                                   {clock_.wall(), RevocationReason::superseded, std::nullopt});
  }
  ASSERT_TRUE(publishes());
  EXPECT_EQ(ca_->last_published()->entries, 100000U);
  EXPECT_TRUE(has(openssl({"crl", "-inform", "DER", "-in", settings_.crl_file, "-noout", "-CAfile",
                           settings_.certificate_file}),
                  "verify OK"));
}

// The sizes at which a DER length takes another octet, and at which buffers are full.
TEST_F(Crl, HasTheRightLengthsAtEverySize) {
  for (std::uint32_t i = 0; i < 1700; ++i) {
    certificate_store_.add_revoked(
        {0x22, static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)},
        clock_.wall() + kWeek, {clock_.wall(), RevocationReason::superseded, std::nullopt});
    const bool looked_at = i < 12 || (i > 170 && i < 210) || i > 1690;
    if (!looked_at) continue;
    ASSERT_TRUE(ca_->publish_now().ok());
    const Bytes der = octets_of(*published_.back());
    crypto::der::Reader reader(der);
    auto list = reader.enter(crypto::der::kSequence);
    ASSERT_TRUE(list && reader.at_end()) << i;
    auto tbs = list->enter(crypto::der::kSequence);
    ASSERT_TRUE(tbs) << i;
    while (!tbs->at_end()) ASSERT_TRUE(tbs->read_any()) << i;
    ASSERT_TRUE(list->read(crypto::der::kSequence) && list->read_bit_string() && list->at_end());
  }
  EXPECT_TRUE(has(crl_text(), "verify OK"));
}

TEST_F(Crl, WhatAKilledProcessLeftIsRemovedAndNothingElse) {
  ASSERT_TRUE(publishes());
  const std::string before = directory_.read("ca/ca.crl");
  directory_.write("ca/ca.crl.next-Ab12Cd", before.substr(0, before.size() / 2));
  directory_.write("ca/ca.crl.spool-Ab12Cd", "half an entry");
  directory_.write("ca/ca.crl.backup", "of a person");
  reopen();
  EXPECT_EQ(as_text(octets_of(*published_.back())), before);
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_FALSE(std::filesystem::exists(directory_.file("ca/ca.crl.next-Ab12Cd")));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("ca/ca.crl.spool-Ab12Cd")));
  EXPECT_EQ(directory_.read("ca/ca.crl.backup"), "of a person");
  EXPECT_TRUE(has(crl_text(), "verify OK"));
}

TEST_F(Crl, AnErrorInTheMiddleLeavesTheOldFileAndNothingBeside) {
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(directory_.path() / "ca"), {});
  };
  ASSERT_TRUE(publishes());
  const std::string before = directory_.read("ca/ca.crl");
  const auto many = files();
  certificate_store_.fail_reads(true);
  EXPECT_FALSE(ca_->publish_now().ok());
  certificate_store_.fail_reads(false);
  EXPECT_EQ(directory_.read("ca/ca.crl"), before);
  EXPECT_EQ(files(), many);
  EXPECT_EQ(as_text(octets_of(*published_.back())), before);
}

TEST_F(Crl, WhoReadsTheOldOneReadsItToTheEnd) {
  ASSERT_TRUE(publishes());
  const std::string before = directory_.read("ca/ca.crl");
  ASSERT_TRUE(ca_->publish_now().ok());
  ASSERT_EQ(published_.size(), 2U);
  EXPECT_NE(directory_.read("ca/ca.crl"), before);
  EXPECT_EQ(as_text(octets_of(*published_.front())), before);
}

TEST_F(Crl, RevocationsAreGatheredForTheInterval) {
  ASSERT_TRUE(publishes());
  static_cast<void>(revoke({issue_one().serial, {}}, RevocationReason::superseded));
  clock_.advance(seconds(1));
  EXPECT_FALSE(publishes());
  static_cast<void>(revoke({issue_one().serial, {}}, RevocationReason::superseded));
  const auto next = ca_->publish_if_due();
  ASSERT_TRUE(next.ok());
  clock_.advance(next.value() - clock_.now());
  EXPECT_TRUE(publishes());
  EXPECT_EQ(ca_->last_published()->entries, 2U);
  clock_.advance(hours(1));
  EXPECT_FALSE(publishes());  // nothing changed
}

TEST_F(Crl, IsRenewedBeforeItEnds) {
  ASSERT_TRUE(publishes());
  clock_.advance(kWeek * 2 / 3 - hours(1));
  EXPECT_FALSE(publishes());
  clock_.advance(hours(2));
  EXPECT_TRUE(publishes());
}

TEST_F(Crl, IsRenewedWhenTheClockWentBack) {
  ASSERT_TRUE(publishes());
  clock_.advance(seconds(60));
  clock_.jump_wall(-hours(24));
  EXPECT_TRUE(publishes());  // with a number that rose all the same
  EXPECT_LE(ca_->last_published()->this_update, clock_.wall());
}

TEST_F(Crl, ExpiredCertificateStaysForOneMoreCrl) {
  settings_.templates.front().validity = hours(24);
  reopen();
  static_cast<void>(revoke({issue_one().serial, {}}, RevocationReason::key_compromise));
  ASSERT_TRUE(publishes());
  EXPECT_EQ(ca_->last_published()->entries, 1U);
  clock_.advance(hours(25));
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(ca_->last_published()->entries, 1U);  // it expired since the last CRL
  clock_.advance(hours(1));
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(ca_->last_published()->entries, 0U);
}

TEST_F(Crl, NumberRisesAcrossRestartsAndFailures) {
  if (!certconnector::testing::names_of_open_files_can_be_used_again()) {
    GTEST_SKIP() << "a file of Wine that is open keeps its name";
  }
  ASSERT_TRUE(publishes());
  const auto first = ca_->last_published()->number;
  reopen();
  EXPECT_EQ(ca_->last_published()->number, first);
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(ca_->last_published()->number, first + 1);
  // The file cannot be replaced: the number that was taken is not used again.
  std::filesystem::remove(settings_.crl_file);
  std::filesystem::create_directory(settings_.crl_file);
  EXPECT_FALSE(ca_->publish_now().ok());
  EXPECT_TRUE(ca_->why_unpublishable().has_value());
  EXPECT_EQ(ca_->last_published()->number, first + 1);
  std::filesystem::remove(settings_.crl_file);
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(ca_->last_published()->number, first + 3);
  EXPECT_FALSE(ca_->why_unpublishable().has_value());
}

TEST_F(Crl, SaysBeforeTheNextOneThatItCannotBeWritten) {
  ASSERT_TRUE(publishes());
  EXPECT_EQ(ca_->why_unpublishable(), std::nullopt);
  const std::filesystem::path folder = std::filesystem::path(settings_.crl_file).parent_path();
  const std::filesystem::path aside = folder.string() + ".aside";
  std::filesystem::rename(folder, aside);
  std::ofstream(folder) << "a file";
  EXPECT_TRUE(has(ca_->why_unpublishable().value_or(""), folder.u8string()));
  std::filesystem::remove(folder);
  std::filesystem::rename(aside, folder);
  EXPECT_EQ(ca_->why_unpublishable(), std::nullopt);
}

TEST_F(Crl, NumberRisesAfterAnOlderCertificateStoreWasRestored) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ca_->publish_now().ok());
  const auto before = ca_->last_published()->number;
  certificate_store_.forget();
  reopen();
  clock_.advance(hours(1));
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_GT(ca_->last_published()->number, before);
}

TEST_F(Crl, AfterARestartWithoutRevocationsNothingIsDone) {
  ASSERT_TRUE(publishes());
  published_.clear();
  reopen();
  ASSERT_EQ(published_.size(), 1U);  // what is on disk is handed on to be served
  EXPECT_EQ(as_text(octets_of(*published_.front())), directory_.read("ca/ca.crl"));
  clock_.advance(hours(1));
  EXPECT_FALSE(publishes());
}

TEST_F(Crl, AfterARestartRevocationsThatMayBeMissingArePublished) {
  ASSERT_TRUE(publishes());
  static_cast<void>(revoke({issue_one().serial, {}}, RevocationReason::superseded));
  reopen();
  EXPECT_FALSE(publishes());  // the pace holds across restarts
  clock_.advance(seconds(10));
  EXPECT_TRUE(publishes());
  EXPECT_EQ(ca_->last_published()->entries, 1U);
}

TEST_F(Crl, LostFileIsMadeAgain) {
  if (!certconnector::testing::names_of_open_files_can_be_used_again()) {
    GTEST_SKIP() << "a file of Wine that is open keeps its name";
  }
  ASSERT_TRUE(publishes());
  std::filesystem::remove(settings_.crl_file);
  reopen();
  clock_.advance(seconds(10));
  EXPECT_TRUE(publishes());
  EXPECT_TRUE(has(crl_text(), "verify OK"));
}

TEST_F(Crl, FailedAttemptsKeepTheirDistance) {
  certificate_store_.fail_writes(true);
  EXPECT_FALSE(ca_->publish_if_due().ok());
  certificate_store_.fail_writes(false);
  EXPECT_FALSE(publishes());
  clock_.advance(seconds(10));
  EXPECT_TRUE(publishes());
}

TEST_F(Crl, FileIsReadableByTheWebServer) {
  ASSERT_TRUE(publishes());
  EXPECT_EQ(certconnector::testing::openness_of(settings_.crl_file),
            certconnector::testing::Openness::all_read);
}

TEST_F(Crl, CheckNoticesThatItExpired) {
  ASSERT_TRUE(publishes());
  EXPECT_TRUE(ca_->check({}).ok());
  clock_.advance(kWeek + seconds(1));
  const auto status = ca_->check({});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), error_code(CaErrc::crl_expired));
}

TEST(CrlKeys, EveryKindOfKeySigns) {
  struct Fixture : LocalCaFixture {
    void TestBody() override {}
    void run(crypto::KeySpec key) {
      start(key);
      ASSERT_TRUE(ca_->publish_now().ok());
      EXPECT_TRUE(has(crl_text(), "verify OK"));
    }
  };
  for (const auto& key : {crypto::KeySpec{crypto::KeyKind::rsa, 2048},
                          {crypto::KeyKind::ec, 256},
                          crypto::KeySpec{crypto::KeyKind::ec, 384},
                          {crypto::KeyKind::ec, 521}}) {
    Fixture().run(key);
  }
}

}  // namespace
}  // namespace certconnector::ca::testing
