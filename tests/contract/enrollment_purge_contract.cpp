// An enrollment once its job is gone.
#include "common/crypto/certificate_fields.h"
#include "tests/contract/ledger_contract.h"
#include "tests/support/core/named_certificate.h"

namespace certconnector::contract {
namespace {

using core::EnrollmentStanding;
using core::JobState;
using ::testing::SizeIs;

class EnrollmentPurgeContract : public LedgerContract {
 protected:
  core::JobStore& jobs() { return ledgers_->jobs(); }
  // A certificate that has a subject and a key, and the key's hash.
  static core::Issued real_certificate(const std::string& subject,
                                       Timestamp not_after = at(1'000'000)) {
    return {testing::named_certificate(subject, not_after), {}};
  }
  static crypto::Sha256 key_of(const core::Issued& issued) {
    const auto fields = crypto::parse_certificate_fields(issued.certificate.certificate);
    return crypto::sha256(fields.value().public_key_info);
  }
  // Begins, ends and reports it.
  core::JobTicket issue(const core::NewEnrollment& enrollment, const core::Issued& issued,
                        core::ReportVerdict verdict = core::ReportVerdict::accepted) {
    const core::JobTicket ticket = begun(enrollment).ticket;
    end(issued);
    acknowledge(ticket, verdict);
    return ticket;
  }
};

TEST_P(EnrollmentPurgeContract, AJobStaysAsLongAsItsChallengeCouldComeAgain) {
  const core::JobTicket ticket = issue(request("c", 1, "job-1"), certificate("cert"));
  EXPECT_EQ(*jobs().purge(at(100), at(200), 10), 1U) << "it is filed again";
  EXPECT_EQ(*jobs().purge(at(100), at(200), 10), 0U) << "and not looked at twice";
  ledgers_->restart();
  const EnrollmentStanding again = begun(request("c", 1, "job-2"), at(300));
  EXPECT_EQ(again.ticket.value, ticket.value) << "the device gets what it got";
  EXPECT_TRUE(again.outcome);
  EXPECT_EQ(*jobs().purge(at(900), at(1000), 10), 0U);
  EXPECT_EQ(*jobs().purge(at(901), at(1001), 10), 1U) << "the challenge has ended";
  EXPECT_THAT(*jobs().find("job-1"), ::testing::IsEmpty());
}

TEST_P(EnrollmentPurgeContract, AFailedEnrollmentLeavesItsChallengeUsable) {
  bring(Before::failed, request("c", 1, "job-1"));
  for (const core::Report& report : reports()) acknowledge(report.ticket);
  ASSERT_TRUE(jobs().purge(at(100), at(200), 10).ok());
  EXPECT_TRUE(begun(request("c", 1, "job-2"), at(300)).begun) << "and does not count as used";
}

TEST_P(EnrollmentPurgeContract, AWithheldCertificateIsWithheldUntilItsEnd) {
  const core::Issued issued = real_certificate("CN=phone", at(5000));
  core::NewEnrollment wanted = request("", 1, "job-1");
  wanted.remember_until = {};
  wanted.key.public_key = key_of(issued);
  issue(wanted, issued, core::ReportVerdict::superseded);
  ASSERT_TRUE(jobs().purge(at(100), at(2000), 10).ok());
  ASSERT_TRUE(ledgers_->enrollments().purge_enrollments(at(2000), 10).ok());
  ASSERT_TRUE(find(wanted.key));
  EXPECT_TRUE(find(wanted.key)->withheld);
  EXPECT_EQ(*jobs().purge(at(3101), at(5001), 10), 1U);
}

TEST_P(EnrollmentPurgeContract, APollFindsTheCertificateOfAPurgedJob) {
  const core::Issued issued = real_certificate("CN=phone");
  core::NewEnrollment wanted = request("", 1, "job-1");
  wanted.remember_until = {};
  wanted.key.public_key = key_of(issued);
  issue(wanted, issued);
  ASSERT_EQ(*jobs().purge(at(100), at(200), 10), 1U);
  ASSERT_EQ(*ledgers_->enrollments().purge_enrollments(at(200), 10), 1U);
  ledgers_->restart();

  const auto standing = find(wanted.key);
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->state, JobState::reported);
  EXPECT_FALSE(standing->withheld);
  EXPECT_EQ(std::get<core::Issued>(*standing->outcome).certificate.certificate,
            issued.certificate.certificate);

  core::EnrollmentKey other = wanted.key;
  other.public_key.fill(9);
  EXPECT_FALSE(find(other)) << "another key";
  other = wanted.key;
  other.service = "printers";
  EXPECT_FALSE(find(other)) << "another service";
  other = wanted.key;
  other.transaction_id = "another";
  EXPECT_FALSE(find(other));
}

TEST_P(EnrollmentPurgeContract, ADenialHidesNoCertificateOfAPurgedJob) {
  const core::Issued issued = real_certificate("CN=phone");
  core::NewEnrollment wanted = request("", 1, "job-1");
  wanted.remember_until = {};
  wanted.key.public_key = key_of(issued);
  issue(wanted, issued);
  ASSERT_EQ(*jobs().purge(at(100), at(200), 10), 1U);
  core::NewEnrollment again = refusal(wanted, denied());
  again.job.job.key.id = "job-2";
  static_cast<void>(begun(again, at(300)));
  const auto standing = find(wanted.key);
  ASSERT_TRUE(standing && standing->outcome);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(*standing->outcome));
  core::EnrollmentKey other = wanted.key;
  other.public_key.fill(9);
  again.key = other;
  again.job.job.key.id = "job-3";
  static_cast<void>(begun(again, at(300)));
  ASSERT_TRUE(find(other) && find(other)->outcome);
  EXPECT_TRUE(std::holds_alternative<core::Failed>(*find(other)->outcome));
}

TEST_P(EnrollmentPurgeContract, APollOfARenewalIsSignedWithTheOldKey) {
  const core::Issued old = real_certificate("CN=phone");
  core::NewEnrollment first = request("", 1, "job-1");
  first.key.public_key = key_of(old);
  issue(first, old);
  core::NewEnrollment renewal = request("", 1, "job-2");
  renewal.key.transaction_id = "renewal";
  renewal.key.public_key = key_of(old);
  renewal.renewal = core::Renewal{old.certificate.serial, {3, 6}};
  core::Issued renewed = certificate("renewed", at(1'000'000));  // without a key that is read
  issue(renewal, renewed);
  ASSERT_EQ(*jobs().purge(at(100), at(2000), 10), 2U);
  ledgers_->restart();
  const auto standing = find(renewal.key);
  ASSERT_TRUE(standing);
  EXPECT_EQ(std::get<core::Issued>(*standing->outcome).certificate.serial,
            renewed.certificate.serial);
}

TEST_P(EnrollmentPurgeContract, ALineageNeedsNoJobs) {
  const core::Issued old = real_certificate("CN=phone");
  core::NewEnrollment first = request("c", 1, "job-1");
  issue(first, old);
  ASSERT_EQ(*jobs().purge(at(1001), at(1001), 10), 1U);
  ASSERT_EQ(*ledgers_->enrollments().purge_enrollments(at(1001), 10), 1U);
  core::NewEnrollment renewal = request("", 1, "job-2");
  renewal.device.clear();
  renewal.renewal = core::Renewal{old.certificate.serial, {3, 6}};
  const core::Issued renewed = certificate("renewed", at(1'000'000));
  issue(renewal, renewed);
  ASSERT_EQ(*jobs().purge(at(1001), at(1001), 10), 1U);
  ledgers_->restart();
  core::CertificateFilter filter;
  filter.device = first.device;
  const auto page = *ledgers_->certificates().list(filter);
  ASSERT_THAT(page.certificates, SizeIs(2)) << "the renewal has the device of its lineage";
  for (const core::ListedCertificate& one : page.certificates) {
    EXPECT_EQ(one.record.lineage, page.certificates[0].record.lineage);
  }
}

INSTANTIATE_TEST_SUITE_P(On, EnrollmentPurgeContract, ::testing::ValuesIn(all_ledgers()),
                         ledgers_name);

}  // namespace
}  // namespace certconnector::contract
