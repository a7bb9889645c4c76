// Certificates of release 0.1.0 get the lineages that their jobs tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "agent/core/certificate_rules.h"
#include "agent/enrollment/rules/enrollment_identity.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/digest.h"
#include "common/crypto/pkcs10.h"
#include "tests/agent/store/sqlite/first_release_files.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/test_pki.h"

namespace certconnector::store {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::OpenStores;
using stored_jobs::at;
using stored_jobs::kCa;

void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message());
}

class FirstReleaseLineagesTest : public ::testing::Test {
 protected:
  FirstReleaseLineagesTest() : ca_(make_ca()) {}

  static Credential make_ca() {
    CertificateSpec spec;
    spec.subject = "CN=ca";
    spec.ca = true;
    return certconnector::testing::make_self_signed(spec);
  }
  static CertificateSpec device() {
    CertificateSpec spec;
    spec.subject = "CN=phone";
    return spec;
  }
  static core::Issued issued_to(const Credential& one) {
    core::Issued outcome;
    outcome.certificate.certificate = one.certificate.der();
    outcome.certificate.serial = one.certificate.serial();
    outcome.certificate.not_before = at(0);
    outcome.certificate.not_after = at(86'400);
    return outcome;
  }
  struct Enrolled {
    std::string job;
    Credential credential;
    const Credential* renews = nullptr;  // its key signs the message
    std::string challenge;
    std::string device;
    bool external = false;
  };
  // An enrollment with its certificate, as 0.1.0 wrote both.
  void enroll(FirstReleaseFiles& files, const Enrolled& one) {
    const core::Issued issued = issued_to(one.credential);
    core::CertificateEntry entry;
    const core::CertificateLabel label = files.add_job(one.job, issued);
    entry.key = label.key;
    entry.template_name = label.template_name;
    entry.certificate = issued.certificate;
    files.add_certificate(entry);
    const std::int64_t ticket = ++tickets_;
    core::IssueRequest request;
    request.template_name = "device";
    request.pkcs10 = crypto::make_pkcs10(one.credential.key, {}).value();
    must(run(files.queue(), "UPDATE request SET record = ?2 WHERE ticket = ?1", ticket,
             encode_request(request).value()));
    must(run(files.queue(),
             "INSERT OR IGNORE INTO origin(number, source, instance) VALUES (2, 2, 'phones')"));

    core::NewEnrollment enrollment;
    const Credential& signer = one.renews != nullptr ? *one.renews : one.credential;
    enrollment.key = {"phones", "T-" + one.job,
                      crypto::sha256(signer.certificate.public_key_info())};
    Bytes right = signer.certificate.der();
    const ByteView key = one.credential.certificate.public_key_info();
    right.insert(right.end(), key.begin(), key.end());
    enrollment.right = one.renews != nullptr ? crypto::sha256(right) : crypto::sha256(key);
    const auto pkcs10 = crypto::Pkcs10::parse(request.pkcs10);
    enrollment.request = crypto::sha256(pkcs10->certification_request_info());
    enrollment.job.job.request = request;
    must(run(files.queue(),
             "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, "
             "challenge, device, subject, at, attempts, remember_until, outside) "
             "VALUES (?, 1, ?, 2, ?, ?, ?, ?, 'CN=phone', ?, 1, ?, ?)",
             ticket, enrollment::identity_of(enrollment).claim, enrollment.key.transaction_id,
             enrollment.key.public_key,
             one.challenge.empty() ? std::nullopt : std::make_optional(one.challenge), one.device,
             at(0), at(0), one.external));
  }
  static core::CertificateRecord record(OpenStores& stores, const Credential& one) {
    return stores.certificates.find(kCa, core::CertificateId{one.certificate.serial(), {}})
        .value()
        .value();
  }

  Credential ca_;
  Credential first_ = certconnector::testing::issue(ca_, device());
  Credential second_ = certconnector::testing::issue(ca_, device());
  Credential third_ = certconnector::testing::issue(ca_, device());
  std::int64_t tickets_ = 0;
  certconnector::testing::TempDirectory folder_;
};

TEST_F(FirstReleaseLineagesTest, ARenewalJoinsWhatItRenewed) {
  {
    FirstReleaseFiles files(folder_.path().string());
    enroll(files, {"a", first_, nullptr, "challenge", "device-7", false});
    enroll(files, {"b", second_, &first_, "", "", false});
    enroll(files, {"c", third_, &second_, "", "", false});
  }
  OpenStores stores(folder_.file("agent.db"));
  const auto lineage = record(stores, first_).lineage;
  EXPECT_EQ(record(stores, second_).lineage, lineage);
  EXPECT_EQ(record(stores, third_).lineage, lineage);
  EXPECT_EQ(record(stores, third_).entry.holder.device, "device-7");
  core::CertificateFilter of_lineage;
  of_lineage.lineage = lineage;
  EXPECT_EQ(stores.certificates.list(of_lineage)->certificates.size(), 3U);
  const auto state = stores.enrollments.find(lineage, at(10));
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->in_force, 3U);
  const auto look = stores.enrollments.supersede({{"phones", kCa, Duration(0)}}, at(1000), 10);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->looked_at, 0U) << "nothing from before is revoked";
}

TEST_F(FirstReleaseLineagesTest, EnrollmentsAreFoundByDeviceAndTransaction) {
  {
    FirstReleaseFiles files(folder_.path().string());
    enroll(files, {"a", first_, nullptr, "challenge", "device-7", false});
    enroll(files, {"b", second_, &first_, "", "", false});
  }
  OpenStores stores(folder_.file("agent.db"));
  core::EnrollmentFilter of_device;
  of_device.device = "device-7";
  EXPECT_EQ(stores.enrollments.list(of_device)->size(), 1U);
  core::EnrollmentFilter of_transaction;
  of_transaction.transaction_id = "T-b";
  EXPECT_EQ(stores.enrollments.list(of_transaction)->size(), 1U);
  core::CertificateFilter certificates;
  certificates.device = "device-7";
  EXPECT_EQ(stores.certificates.list(certificates)->certificates.size(), 2U)
      << "a renewal is of the device of its lineage";
}

TEST_F(FirstReleaseLineagesTest, WhatNothingProvesHasOneOfItsOwn) {
  {
    FirstReleaseFiles files(folder_.path().string());
    enroll(files, {"a", first_, nullptr, "", "", false});
    enroll(files, {"b", second_, &first_, "", "", true});  // NDES does not tell
    enroll(files, {"c", third_, &first_, "", "", false});
    must(run(files.queue(), "UPDATE enrollment SET claim = zeroblob(32) WHERE ticket = 3"));
  }
  OpenStores stores(folder_.file("agent.db"));
  EXPECT_FALSE(record(stores, first_).lineage == record(stores, second_).lineage);
  EXPECT_FALSE(record(stores, first_).lineage == record(stores, third_).lineage);
}

}  // namespace
}  // namespace certconnector::store
