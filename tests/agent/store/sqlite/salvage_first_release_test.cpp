// The files of release 0.1.0, of which one is damaged or missing.
#include <filesystem>

#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/first_release_files.h"
#include "tests/agent/store/sqlite/salvage_fixture.h"

namespace certconnector::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class SalvageOfFirstRelease : public SalvageTest {
 protected:
  // A waiting job, one with its certificate, and a certificate without its job, which is revoked.
  void make_files() {
    FirstReleaseFiles files(folder_.path().string());
    files.add_job("waiting", std::nullopt);
    core::Issued ours = issued("ours");
    ours.certificate.serial = {'o', 'u', 'r', 's'};
    const core::CertificateLabel label = files.add_job("ours", ours);
    files.add_enrollment(2, "T-ours", "device-7");
    files.add_certificate({label.key, label.template_name, ours.certificate});
    core::IssuedCertificate alone = issued("alone").certificate;
    alone.serial = {'a', 'l', 'o', 'n', 'e'};
    core::CertificateLabel other;
    other.key.fill(9);
    files.add_certificate({other.key, "device", alone}, true);
  }
  void damage(const std::string& name) {
    const std::string image = folder_.read(name);
    folder_.write(name, std::string(image.size(), 'x'));
  }
};

TEST_F(SalvageOfFirstRelease, BothComeOver) {
  make_files();
  const auto report = run_salvage();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->complete());
  EXPECT_THAT(report->damaged, SizeIs(2));
  EXPECT_FALSE(is_there("queue.db"));
  EXPECT_FALSE(is_there("inventory.db"));
  OpenStores stores(file("agent.db"));
  const auto jobs = stores.jobs.list({}).value();
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(std::get<core::Issued>(*jobs[0].outcome).certificate.certificate,
            issued("ours").certificate.certificate);
  EXPECT_EQ(stores.certificates.count(kCa).value(), 2U);
  EXPECT_THAT(revoked(stores), SizeIs(1));
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 42U);
  core::EnrollmentFilter of_device;
  of_device.device = "device-7";
  EXPECT_THAT(stores.enrollments.list(of_device).value(), SizeIs(1));
  core::EnrollmentFilter of_transaction;
  of_transaction.transaction_id = "T-ours";
  EXPECT_THAT(stores.enrollments.list(of_transaction).value(), SizeIs(1));
}

TEST_F(SalvageOfFirstRelease, TheChallengesOfJobsThatAreOverStayBehind) {
  {
    FirstReleaseFiles files(folder_.path().string());
    files.add_device_job("over", issued("over"));
    files.add_device_job("waiting", std::nullopt);
  }
  ASSERT_TRUE(run_salvage().ok());
  OpenStores stores(file("agent.db"));
  EXPECT_FALSE(holds_challenge(stores.jobs, "over"));
  EXPECT_TRUE(holds_challenge(stores.jobs, "waiting"));
}

TEST_F(SalvageOfFirstRelease, ADamagedQueueCostsNoCertificate) {
  for (const bool missing : {false, true}) {
    SCOPED_TRACE(missing);
    std::filesystem::remove(file("agent.db"));
    make_files();
    missing ? static_cast<void>(std::filesystem::remove(file("queue.db"))) : damage("queue.db");
    const auto report = run_salvage();
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(lossy(*report).count("certificates"), 0U);
    EXPECT_EQ(lossy(*report).count("revocations"), 0U);
    EXPECT_TRUE(of(*report, "jobs").more_lost);
    OpenStores stores(file("agent.db"));
    EXPECT_EQ(stores.certificates.count(kCa).value(), 2U);
    EXPECT_THAT(revoked(stores), SizeIs(1));
    EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 42U);
    EXPECT_EQ(stores.jobs.insert({issue_job("new")}, at(9))->front(), core::InsertResult::inserted);
  }
}

TEST_F(SalvageOfFirstRelease, ADamagedInventoryLeavesTheCertificatesOfTheJobs) {
  for (const bool missing : {false, true}) {
    SCOPED_TRACE(missing);
    std::filesystem::remove(file("agent.db"));
    make_files();
    missing ? static_cast<void>(std::filesystem::remove(file("inventory.db")))
            : damage("inventory.db");
    options_.cas = {{kCa, {}, {50, {{{'a', 'l', 'o', 'n', 'e'}, {at(5), {}, {}}}}}}};
    const auto report = run_salvage();
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(lossy(*report).count("jobs"), 0U);
    EXPECT_TRUE(of(*report, "certificates").more_lost);
    EXPECT_TRUE(of(*report, "revocations").more_lost);
    OpenStores stores(file("agent.db"));
    EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(2));
    EXPECT_EQ(stores.certificates.count(kCa).value(), 1U) << "that of the job";
    EXPECT_THAT(revoked(stores), SizeIs(1)) << "that of the published CRL";
    EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 51U);
  }
}

TEST_F(SalvageOfFirstRelease, IntactFilesBesideADamagedDatabaseAreTheWay) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  damage("agent.db");
  const auto report = run_salvage();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), error_code(StoreErrc::not_allowed));
  EXPECT_THAT(report.error().message(), HasSubstr("Move agent.db away"));
  std::filesystem::remove(file("agent.db"));
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(2));
}

// The start refuses them as older than a CRL, and names the salvage.
TEST_F(SalvageOfFirstRelease, FilesThatAreOlderThanACrlGoOnWithItsRevocations) {
  make_files();
  { OpenStores stores(file("agent.db")); }
  options_.cas = {{kCa, {}, {2000, {{Bytes(16, 1), {at(5), {}, {}}}}}}};
  const auto report = run_salvage();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_FALSE(report->complete());
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(stores.jobs.list({}).value(), SizeIs(2));
  core::RevokeEntry again;
  again.id.serial = Bytes(16, 1);
  EXPECT_EQ(stores.certificates.revoke(kCa, {again}, at(9))->front().change,
            core::RevokeChange::already_revoked);
  EXPECT_FALSE(is_there("inventory.db.damaged"));
}

TEST_F(SalvageOfFirstRelease, RetiredFilesHoldNothing) {
  make_files();
  {
    OpenStores stores(file("agent.db"));
    ASSERT_TRUE(stores.jobs.probe().ok());
  }
  std::filesystem::remove(file("agent.db"));
  const auto report = run_salvage();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), error_code(StoreErrc::not_found));
  EXPECT_TRUE(is_there("queue.db"));
}

}  // namespace
}  // namespace certconnector::store
