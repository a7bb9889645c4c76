#include "agent/ca/adcs/adcs_ca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/ca/adcs/adcs_fixture.h"
#include "tests/support/adcs/model_services.h"

namespace certconnector::ca {
namespace {

using core::RevocationReason;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AdcsCaTest : public testing::AdcsFixture {
 protected:
  AdcsCaTest() { open(services_of(model_)); }
};

TEST_F(AdcsCaTest, AsksByTheTemplatesNameAtTheCa) {
  EXPECT_TRUE(std::holds_alternative<core::Issued>(submit(submission())));
  EXPECT_THAT(model_.attributes(), ElementsAre(HasSubstr("CertificateTemplate:CorpDevice\n")));
}

TEST_F(AdcsCaTest, ATemplateThatTheCaDoesNotOfferKeepsTheJobForAPerson) {
  const auto answer = submit(submission("later"));
  const auto* unavailable = std::get_if<core::CaUnavailable>(&answer);
  ASSERT_NE(unavailable, nullptr);
  EXPECT_THAT(unavailable->message, HasSubstr("publish the template at this CA"));
  EXPECT_TRUE(unavailable->retry_after.has_value());
}

TEST_F(AdcsCaTest, ADenialHasTheWordsOfTheCaAndItsStatus) {
  model_.deny_with(0x80094811, "Der Schl\xC3\xBCssel ist zu kurz.");
  const auto answer = submit(submission());
  const auto* denied = std::get_if<core::DeniedByCa>(&answer);
  ASSERT_NE(denied, nullptr);
  EXPECT_THAT(denied->reason.message, HasSubstr("Der Schl\xC3\xBCssel ist zu kurz."));
  EXPECT_EQ(static_cast<Hresult>(denied->reason.hresult), 0x80094811U);
}

TEST_F(AdcsCaTest, ADenialWithAnUnknownStatusIsFinal) {
  model_.deny_with(0x8000FFFF, "a policy module of this company");
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(submit(submission())));
}

TEST_F(AdcsCaTest, ADenialForWantOfRightsKeepsTheJob) {
  for (const Hresult status : {0x80094011U, 0x80094012U, 0x80092013U}) {
    model_.deny_with(status, "");
    EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(submit(submission()))) << status;
  }
}

TEST_F(AdcsCaTest, ACaThatWasNotReachedTookNothing) {
  model_.fail_next({hresult::kServerUnavailable});
  EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(submit(submission())));
  EXPECT_THAT(model_.attributes(), IsEmpty());
}

TEST_F(AdcsCaTest, ALostAnswerIsInDoubtAndFoundAgain) {
  model_.fail_next({hresult::kCallFailed, true});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  const auto found = find();
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ(model_.certificates(), 1U);
}

TEST_F(AdcsCaTest, AnAnswerLostBeforeTheCaTookItFindsNothing) {
  model_.fail_next({hresult::kTimeout});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  EXPECT_FALSE(find().value().has_value());
}

TEST_F(AdcsCaTest, ARequestOfAnotherKeyWithTheJobsAttributeIsNotTheJobs) {
  static_cast<void>(issue());
  const crypto::Pkcs10 other = testing::make_request();
  const auto found = ca_->find(submission().key, other.public_key_info(), {}, testing::kPatient);
  EXPECT_FALSE(found.value().has_value());
}

TEST_F(AdcsCaTest, ALostRequestThatWaitsForAManagerIsNotSentAgain) {
  model_.keep_requests();
  model_.fail_next({hresult::kCallFailed, true});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  const auto found = find();
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::transient);
  EXPECT_THAT(found.error().message(), HasSubstr("request 1 waits at the CA"));
  model_.issue("1");
  EXPECT_TRUE(find().value().has_value());
}

TEST_F(AdcsCaTest, ALostRequestThatTheCaWorksOnIsNotSentAgain) {
  model_.work_on_requests();
  model_.fail_next({hresult::kTimeout, true});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  EXPECT_THAT(find().error().message(), HasSubstr("still works on request 1"));
}

TEST_F(AdcsCaTest, ALostRequestWhoseCertificateWasRevokedIsNotSentAgain) {
  model_.fail_next({hresult::kTimeout, true});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  model_.revoke_request("1");
  EXPECT_THAT(find().error().message(), HasSubstr("request 1 was issued and revoked"));
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(retrieve("1")));
}

TEST_F(AdcsCaTest, ARequestThatAManagerDeniesIsDenied) {
  model_.keep_requests();
  static_cast<void>(submit(submission()));
  model_.fail_next({0x80094014});  // as MS-WCCE says of RetrievePending
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(retrieve("1")));
}

TEST_F(AdcsCaTest, AFindThatFailsIsNoAnswer) {
  model_.fail_next({0x80040154});
  const auto found = find();
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().message(), HasSubstr("RSAT-ADCS-Mgmt"));
}

TEST_F(AdcsCaTest, ARequestThatAManagerIssuesLaterIsFetched) {
  model_.keep_requests();
  const auto answer = submit(submission());
  const auto* pending = std::get_if<core::PendingAtCa>(&answer);
  ASSERT_NE(pending, nullptr);
  EXPECT_TRUE(std::holds_alternative<core::PendingAtCa>(retrieve(pending->request_id)));
  model_.fail_next({hresult::kCallFailed});
  EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(retrieve(pending->request_id)))
      << "it is asked again";
  model_.issue(pending->request_id);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(retrieve(pending->request_id)));
}

TEST_F(AdcsCaTest, ARequestThatTheCaHasForgottenIsDenied) {
  for (const char* id : {"4711", "12345678901", "1x", "-1", ""}) {
    EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(retrieve(id))) << id;
  }
}

TEST_F(AdcsCaTest, ARevocationIsMadeOnce) {
  const Bytes serial = issue();
  const auto first = revoke(serial, RevocationReason::key_compromise);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(first));
  EXPECT_FALSE(std::get<core::Revoked>(first).already);
  const auto second = revoke(serial, RevocationReason::superseded);
  ASSERT_TRUE(std::holds_alternative<core::Revoked>(second));
  EXPECT_TRUE(std::get<core::Revoked>(second).already);
  EXPECT_THAT(model_.reasons(), ElementsAre(1U)) << "a second one would change date and reason";
}

TEST_F(AdcsCaTest, ARevocationWhoseAnswerWasLostIsNotMadeAgain) {
  const Bytes serial = issue();
  model_.fail_next({hresult::kOk});  // standing
  model_.fail_next({hresult::kCallFailed, true});
  EXPECT_TRUE(
      std::holds_alternative<core::CaUnavailable>(revoke(serial, RevocationReason::superseded)));
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(revoke(serial, RevocationReason::superseded)));
  EXPECT_EQ(model_.reasons().size(), 1U);
}

TEST_F(AdcsCaTest, AHoldIsLiftedAndNothingElse) {
  const Bytes serial = issue();
  static_cast<void>(revoke(serial, RevocationReason::certificate_hold));
  EXPECT_TRUE(
      std::holds_alternative<core::Revoked>(revoke(serial, RevocationReason::remove_from_crl)));
  EXPECT_THAT(model_.reasons(), ElementsAre(6U, kReleaseHold));
  static_cast<void>(revoke(serial, RevocationReason::key_compromise));
  EXPECT_TRUE(
      std::holds_alternative<core::DeniedByCa>(revoke(serial, RevocationReason::remove_from_crl)));
}

TEST_F(AdcsCaTest, AHoldBecomesARevocationForGood) {
  const Bytes serial = issue();
  static_cast<void>(revoke(serial, RevocationReason::certificate_hold));
  EXPECT_TRUE(
      std::holds_alternative<core::Revoked>(revoke(serial, RevocationReason::key_compromise)));
  EXPECT_THAT(model_.reasons(), ElementsAre(6U, 1U));
}

TEST_F(AdcsCaTest, ReasonsThatAdcsDoesNotHaveAreUnspecified) {
  static_cast<void>(revoke(issue(), RevocationReason::privilege_withdrawn));
  static_cast<void>(revoke(issue(), RevocationReason::aa_compromise));
  EXPECT_THAT(model_.reasons(), Each(0U));
  EXPECT_EQ(model_.reasons().size(), 2U);
}

TEST_F(AdcsCaTest, ASerialNumberIsNeededToRevoke) {
  core::Revocation one;
  one.certificate.thumbprint = Bytes(32, 1);
  EXPECT_TRUE(
      std::holds_alternative<core::DeniedByCa>(ca_->revoke({one}, testing::kPatient).at(0)));
}

TEST_F(AdcsCaTest, ACheckAsksTheCaAndSubmitsNothing) {
  EXPECT_TRUE(ca_->check(testing::kPatient).ok());
  model_.fail_next({hresult::kAccessDenied});
  const Status denied = ca_->check(testing::kPatient);
  ASSERT_FALSE(denied.ok());
  EXPECT_THAT(denied.error().message(), HasSubstr("Read and Enroll"));
  EXPECT_THAT(model_.attributes(), IsEmpty());
}

TEST(DispositionOfRow, HasOtherNumbersThanACall) {
  const std::vector<std::pair<int, RequestDisposition>> rows{
      {8, RequestDisposition::incomplete}, {9, RequestDisposition::under_submission},
      {20, RequestDisposition::issued},    {21, RequestDisposition::revoked},
      {30, RequestDisposition::error},     {31, RequestDisposition::denied},
      {12, RequestDisposition::error}};
  for (const auto& [number, disposition] : rows) {
    EXPECT_EQ(disposition_of_row(number), disposition) << number;
  }
}

TEST(SerialText, HasNoMoreZerosThanItsOctets) {
  EXPECT_EQ(serial_text(Bytes{0, 0, 0x0a, 0xbc}), "0abc");
  EXPECT_EQ(serial_text(Bytes{0}), "00");
}

}  // namespace
}  // namespace certconnector::ca
