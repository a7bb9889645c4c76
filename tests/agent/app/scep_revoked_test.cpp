// A device that repeats its request after its certificate was revoked gets nothing.
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ScepRevoked : public ScepFixture {
 protected:
  static constexpr const char* kSubject = "CN=phone,O=Test";

  ScepRequest poll_of(const ScepRequest& request) {
    ScepRequest poll = request;
    poll.type = "20";
    poll.inside = issuer_and_subject(client().ra().issuer(), kSubject);
    return poll;
  }
  static ScepRequest renewal_by(const crypto::Certificate& old, const std::string& transaction_id,
                                std::size_t next_key) {
    ScepRequest renewal;
    renewal.type = "17";
    renewal.transaction_id = transaction_id;
    renewal.certificate = old;
    renewal.inside = scep_pkcs10(rsa_device(next_key).key, scep_subject(kSubject, ""));
    return renewal;
  }
  static ScepRequest with_new_key(const std::string& challenge) {
    ScepRequest anew = enrollment(challenge, kSubject, "T2");
    anew.key = rsa_device(1).key;
    anew.certificate = rsa_device(1).certificate;
    anew.inside = scep_pkcs10(anew.key, scep_subject(kSubject, challenge));
    return anew;
  }
  void expect_revoked(const ScepAnswer& answer, const std::string& reason = "keyCompromise") {
    EXPECT_FALSE(answer.certificate) << "it is on the CRL";
    EXPECT_EQ(answer.status, "2") << answer.text;
    EXPECT_EQ(answer.fail_info, kBadRequest);
    EXPECT_THAT(answer.fail_info_text,
                AllOf(StartsWith("The certificate of this request was revoked on "),
                      HasSubstr("(" + reason + "); enroll with a new key.")));
    EXPECT_EQ(site_.logger.records("scep.refused").back().field("code"), "certificate_revoked");
  }
  // The enrollments of a transaction, as soon as there are `count`.
  std::vector<core::EnrollmentRecord> enrollments_of(const std::string& transaction_id,
                                                     std::size_t count) {
    core::EnrollmentFilter filter;
    filter.transaction_id = transaction_id;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto found = agent().enrollments().list(filter).value();
    while (found.size() < count && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
      found = agent().enrollments().list(filter).value();
    }
    return found;
  }
};

TEST_F(ScepRevoked, AStaticPasswordBringsTheSameKeyNothingMore) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued());
  revoke(*first.certificate);
  expect_revoked(client().ask(request));
  expect_revoked(client().ask(poll_of(request)));
  restart();
  expect_revoked(client().ask(request));

  ScepRequest other_content = request;
  other_content.inside = scep_pkcs10(request.key, scep_subject("CN=phone,O=Test,OU=x", kSecret));
  expect_revoked(client().ask(other_content));
  EXPECT_TRUE(client().ask(with_new_key(kSecret)).issued()) << "a new key is another device";
  EXPECT_EQ(certificates_issued(), 2U);
}

TEST_F(ScepRevoked, AStaticPasswordBringsTheSameKeyNothingMoreThoughItsJobIsGone) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued());
  revoke(*first.certificate);
  const Timestamp later = SystemClock().wall() + std::chrono::hours(1);
  ASSERT_GE(agent().jobs().purge(later, later, 100).value(), 1U);
  ASSERT_TRUE(agent().enrollments().purge_enrollments(later, 100).ok());
  ASSERT_TRUE(agent().enrollments().list({}).value().empty());
  for (int i = 0; i < 2; ++i) {
    expect_revoked(client().ask(request));
    expect_revoked(client().ask(poll_of(request)));
  }
  EXPECT_EQ(certificates_issued(), 0U) << "the job of the first one is gone, and there is no other";
}

TEST_F(ScepRevoked, AChallengeForOneCertificateIsUsedUp) {
  start_signed();
  const ScepRequest request = enrollment(mint(claims()));
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued()) << first.fail_info;
  revoke(*first.certificate);
  expect_revoked(client().ask(request));
  expect_revoked(client().ask(poll_of(request)));

  const auto noted = enrollments_of("T1", 2);
  ASSERT_GE(noted.size(), 2U) << "the denial is kept, for scep explain";
  const auto refused = agent().jobs().find(noted.front().job).value().front();
  EXPECT_EQ(std::get<core::Failed>(*refused.outcome).code, "certificate_revoked");
  EXPECT_TRUE(client().ask(with_new_key(mint(claims("c2")))).issued()) << "with a new challenge";
  EXPECT_EQ(certificates_issued(), 2U);
}

TEST_F(ScepRevoked, TheDenialNamesDeviceAndChallenge) {
  start_signed();
  const ScepRequest request = enrollment(mint(claims()));
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued());
  revoke(*first.certificate);
  expect_revoked(client().ask(request));
  const auto noted = enrollments_of("T1", 2);
  ASSERT_EQ(noted.size(), 2U);
  EXPECT_EQ(noted.front().device, "device-7");
  EXPECT_THAT(noted.front().challenge, HasSubstr(":c1"));
}

TEST_F(ScepRevoked, WhatIsOverBesidesSaysThatItIsRevoked) {
  start_signed();
  const ScepRequest request = enrollment(mint(claims()));
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued());
  revoke(*first.certificate);
  const Timestamp now = SystemClock().wall();
  const std::string id = challenge::key_id(minting_key_.public_key_info()) + ":c1";
  ASSERT_TRUE(agent().challenges().revoke({id, now, "boss", now + std::chrono::hours(2)}).ok());
  expect_revoked(client().ask(request));
}

TEST_F(ScepRevoked, ARepeatedRenewalEndsWithTheRenewedCertificate) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  const ScepRequest renewal = renewal_by(*old.certificate, "renewal", 1);
  const ScepAnswer renewed = client().ask(renewal);
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  revoke(*renewed.certificate, core::RevocationReason::superseded);
  expect_revoked(client().ask(renewal), "superseded");
  expect_revoked(client().ask(poll_of(renewal)), "superseded");
  EXPECT_TRUE(client().ask(renewal_by(*old.certificate, "renewal-2", 2)).issued())
      << "the old certificate is good, and the key is another one";
}

// A thief of one of its keys must not go on with another.
TEST_F(ScepRevoked, AStolenKeyEndsTheRenewalsOfItsLineage) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  const ScepAnswer renewed = client().ask(renewal_by(*old.certificate, "renewal", 1));
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  revoke(*renewed.certificate, core::RevocationReason::key_compromise);
  EXPECT_FALSE(client().ask(renewal_by(*old.certificate, "renewal-2", 2)).issued());
  EXPECT_EQ(code_of("renewal-2"), "lineage_compromised");
}

}  // namespace
}  // namespace certconnector::app
