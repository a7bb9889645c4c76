// The agent compares a certificate of another party's CA with its request before it counts.
#include "agent/jobs/issued_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core/core_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::jobs {
namespace {

using testing::CertificateSpec;
using ::testing::HasSubstr;
using testing::issue_job;
using testing::kTestCa;

class ForeignCa : public testing::CoreFixture {
 protected:
  ForeignCa() {
    ca->chain_der = {pki.root().certificate.der()};
    core::CaPorts ports;
    ports.ca = ca;
    ports.finder = ca.get();
    ports.foreign = true;
    cas.add(ports);
  }
  // The CA answers with a certificate of this kind, whatever it is asked.
  void answers_with(const CertificateSpec& spec, const testing::Credential& issuer) {
    const crypto::Certificate made = testing::issue(issuer, spec).certificate;
    ca->on_submit = [made](const core::Submission&) { return issued(made); };
  }
  // The CA answers with a certificate for the job's key, and with another subject.
  core::Job job_for_another_subject(const std::string& id) {
    CertificateSpec spec;
    spec.subject = "CN=somebody else";
    return job_with_answer(id, spec);
  }
  // The request's subject is CN=dev1; the CA answers with this certificate for its key.
  core::Job job_with_answer(const std::string& id, const CertificateSpec& spec) {
    const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256});
    crypto::Pkcs10Spec asked;
    asked.subject = crypto::parse_rfc4514("CN=dev1").value();
    core::Job job = issue_job(id);
    std::get<core::IssueRequest>(job.request).pkcs10 =
        crypto::make_pkcs10(key.value(), asked).value();
    const crypto::Certificate made = testing::issue_for_key(pki.root(), spec, key.value());
    ca->on_submit = [made](const core::Submission&) { return issued(made); };
    return job;
  }
  static std::optional<core::SubmitAnswer> issued(const crypto::Certificate& certificate) {
    core::Issued issued;
    issued.certificate.certificate = certificate.der();
    issued.certificate.serial = certificate.serial();
    issued.certificate.not_before = certificate.not_before();
    issued.certificate.not_after = certificate.not_after();
    return issued;
  }
  std::string failure_of(const std::string& id) {
    const auto row = store.row(id);
    if (!row.record.outcome) return "no outcome";
    const auto* failed = std::get_if<core::Failed>(&*row.record.outcome);
    return failed == nullptr ? "" : failed->message;
  }

  const testing::TestPki pki;
};

TEST_F(ForeignCa, ACertificateThatDiffersIsRevokedAndNotDelivered) {
  insert(job_for_another_subject("a"));
  work();
  EXPECT_EQ(store.row("a").record.state, core::JobState::failed);
  EXPECT_THAT(failure_of("a"), HasSubstr("its subject is CN=somebody else"));
  EXPECT_THAT(failure_of("a"), HasSubstr("It was revoked"));
  EXPECT_EQ(ca->revocations().size(), 1U);
}

// It could copy from the request what the agent cannot leave out.
TEST_F(ForeignCa, GetsNoRequestThatAsksForMoreThanItsBound) {
  CertificateSpec spec;
  spec.subject = "CN=dev1";
  core::Job job = job_with_answer("a", spec);
  crypto::Pkcs10Spec asked;
  asked.subject = crypto::parse_rfc4514("CN=dev1").value();
  asked.key_usage = crypto::kDigitalSignature | crypto::kKeyAgreement;
  auto& issue = std::get<core::IssueRequest>(job.request);
  issue.pkcs10 =
      crypto::make_pkcs10(crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value(), asked)
          .value();
  issue.at_most.key_usage = crypto::kDigitalSignature;
  insert(job);
  work();
  EXPECT_THAT(failure_of("a"), HasSubstr("asks for the key usage keyAgreement"));
  EXPECT_EQ(ca->submit_calls(), 0);
}

TEST_F(ForeignCa, ACertificateOfMoreThanTheBoundIsNotDelivered) {
  struct Row {
    const char* key_usage;
    const char* purposes;
    const char* says;  // empty: it is delivered
  };
  const Row rows[] = {
      {"digitalSignature", "clientAuth", ""},
      {"digitalSignature,keyAgreement", "clientAuth", "its key usage is more"},
      {"digitalSignature", "clientAuth,codeSigning", "usage 1.3.6.1.5.5.7.3.3 is more"},
  };
  int id = 0;
  for (const Row& row : rows) {
    CertificateSpec spec;
    spec.subject = "CN=dev1";
    spec.key_usage = row.key_usage;
    spec.extended_key_usage = row.purposes;
    core::Job job = job_with_answer(std::to_string(++id), spec);
    auto& issue = std::get<core::IssueRequest>(job.request);
    issue.at_most.key_usage = crypto::kDigitalSignature;
    issue.at_most.extended_key_usage = {"1.3.6.1.5.5.7.3.2"};
    insert(job);
    work();
    const std::string failure = failure_of(std::to_string(id));
    EXPECT_THAT(failure, HasSubstr(row.says));
    EXPECT_EQ(failure.empty(), *row.says == '\0') << failure;
  }
}

TEST_F(ForeignCa, WhatCannotBeRevokedIsSaid) {
  ca->on_revoke = [](const core::Revocation&) { return core::CaUnavailable{"gone", {}}; };
  insert(job_for_another_subject("a"));
  work();
  EXPECT_THAT(failure_of("a"), HasSubstr("could not be revoked: revoke serial number"));
}

TEST_F(ForeignCa, ACertificateThatHasEndedIsNotDelivered) {
  CertificateSpec spec;
  spec.subject = "CN=dev1";
  insert(job_with_answer("good", spec));
  work();
  EXPECT_EQ(store.row("good").record.state, core::JobState::succeeded) << failure_of("good");
  spec.not_after = clock.wall();
  insert(job_with_answer("ended", spec));
  work();
  EXPECT_THAT(failure_of("ended"), HasSubstr("it ended on"));
}

// It may be another device's, or the CA's own: a helper that answers for the wrong request must not
// have it revoked.
TEST_F(ForeignCa, ACertificateForAnotherKeyOrOfAnotherIssuerIsNeitherDeliveredNorRevoked) {
  const std::pair<const char*, const testing::Credential*> rows[] = {
      {"its public key is not the request's", &pki.root()}, {"its issuer is", &pki.intermediate()}};
  for (const auto& [difference, issuer] : rows) {
    answers_with({}, *issuer);
    insert(issue_job(difference));
    work();
    EXPECT_EQ(store.row(difference).record.state, core::JobState::failed);
    EXPECT_THAT(failure_of(difference), HasSubstr(difference));
    EXPECT_THAT(failure_of(difference), HasSubstr("does not revoke it"));
  }
  EXPECT_EQ(ca->revocations().size(), 0U);
}

TEST_F(ForeignCa, WhatWasFoundAfterARestartIsComparedAsWell) {
  const core::Job job = issue_job("a");
  ca->issue_silently(core::idempotency_key(job.key));  // no DER at all
  insert(job);
  ASSERT_TRUE(store.claim({job.ca, 10, "the last life", clock.now(), clock.now()}).ok());
  ASSERT_TRUE(store.recover("me", clock.now()).ok());
  work();
  EXPECT_THAT(failure_of("a"), HasSubstr("it cannot be read"));
}

TEST_F(ForeignCa, TheEmbeddedCaIsNotCompared) {
  core::CaPorts own;
  own.ca = ca;
  cas.add(own);
  insert(issue_job("a"));
  work();
  EXPECT_EQ(store.row("a").record.state, core::JobState::succeeded);
}

TEST_F(ForeignCa, ACheckedWaitIsAskedForAgainWhenTheCaSays) {
  ca->on_submit = [](const core::Submission&) -> std::optional<core::SubmitAnswer> {
    return core::PendingAtCa{"42", std::chrono::minutes(20)};
  };
  insert(issue_job("a"));
  work();
  EXPECT_EQ(store.row("a").record.state, core::JobState::waiting);
  EXPECT_EQ(work(), std::chrono::minutes(20));
}

}  // namespace
}  // namespace certconnector::jobs
