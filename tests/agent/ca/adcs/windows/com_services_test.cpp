// The adapter to AD CS, on COM servers of the test that stand for Microsoft's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "agent/ca/adcs/open_services.h"
#include "tests/agent/ca/adcs/adcs_fixture.h"
#include "tests/agent/ca/adcs/windows/cert_srv.h"

namespace certconnector::ca {
namespace {

using core::RevocationReason;
using testing::AdcsModel;
using testing::CertSrv;
using ::testing::HasSubstr;

class ComServicesTest : public testing::AdcsFixture {
 protected:
  ComServicesTest() : server_(model_) { open(services()); }

  std::unique_ptr<CertificateServices> services(
      const std::string& config = AdcsModel::kConfigString) {
    return open_services(config, clock_).value();
  }
  core::Submission numbered(std::uint8_t number) {
    core::Submission one = submission();
    one.key[1] = number;
    return one;
  }

  CertSrv server_;
};

TEST_F(ComServicesTest, IssueFindAndRevoke) {
  const auto answer = submit(submission());
  const auto* issued = std::get_if<core::Issued>(&answer);
  ASSERT_NE(issued, nullptr);
  const auto found = find();
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->certificate.certificate, issued->certificate.certificate);
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(
      revoke(issued->certificate.serial, RevocationReason::superseded)));
  EXPECT_TRUE(
      std::get<core::Revoked>(revoke(issued->certificate.serial, RevocationReason::superseded))
          .already);
  EXPECT_EQ(model_.reasons().size(), 1U);
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(
      revoke(Bytes{0x12, 0x34}, RevocationReason::superseded)));
}

TEST_F(ComServicesTest, GiveTheChainAndAnswerAProbe) {
  const auto all = services()->chain(testing::kPatient);
  ASSERT_TRUE(all.ok()) << all.error().message();
  EXPECT_EQ(all->size(), model_.chain().size());
  EXPECT_EQ(all->front(), model_.chain().front().der());
  EXPECT_TRUE(ca_->check(testing::kPatient).ok());
  const Status other = services("other.corp.example\\CA")->probe(testing::kPatient);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message(), HasSubstr("config_string is HOST\\CA name"));
}

TEST_F(ComServicesTest, EachFailureHasItsClass) {
  for (const Hresult result : {0x800706BAU, 0x80094015U, 0x80070005U, 0x80094011U}) {
    model_.fail_next({result});
    EXPECT_TRUE(std::holds_alternative<core::CaUnavailable>(submit(submission())))
        << to_text(result);
  }
  for (const Hresult result : {0x800706BEU, 0x80010108U, 0x8001011FU, 0x8000ABCDU}) {
    model_.fail_next({result});
    EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission()))) << to_text(result);
  }
  for (const Hresult result : {0x80094811U, 0x80094014U, 0x800B0114U}) {
    model_.fail_next({result});
    EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(submit(submission()))) << to_text(result);
  }
}

TEST_F(ComServicesTest, ALostAnswerIsFoundAgain) {
  model_.fail_next({hresult::kCallFailed, true});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(submit(submission())));
  EXPECT_TRUE(find().value().has_value());
  EXPECT_EQ(model_.certificates(), 1U);
}

TEST_F(ComServicesTest, ADenialHasTheWordsOfTheCa) {
  model_.deny_with(0x80094812, "Die E-Mail-Adresse fehlt: \xC3\xA4");
  const auto answer = submit(submission());
  const auto* denied = std::get_if<core::DeniedByCa>(&answer);
  ASSERT_NE(denied, nullptr);
  EXPECT_THAT(denied->reason.message, HasSubstr("Die E-Mail-Adresse fehlt: \xC3\xA4"));
  EXPECT_EQ(static_cast<Hresult>(denied->reason.hresult), 0x80094812U);
}

TEST_F(ComServicesTest, ARequestForAManagerIsFetchedOnceItIsIssued) {
  model_.keep_requests();
  const auto answer = submit(submission());
  const auto* pending = std::get_if<core::PendingAtCa>(&answer);
  ASSERT_NE(pending, nullptr);
  EXPECT_THAT(find().error().message(), HasSubstr("waits at the CA"));
  model_.issue(pending->request_id);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(retrieve(pending->request_id)));
  EXPECT_TRUE(std::holds_alternative<core::DeniedByCa>(retrieve("4711")));
}

TEST_F(ComServicesTest, WithoutTheManagementToolsItIssuesAndSaysWhatIsMissing) {
  server_.remove_management_tools();
  const auto answer = submit(submission());
  const auto* issued = std::get_if<core::Issued>(&answer);
  ASSERT_NE(issued, nullptr);
  const auto revoked = revoke(issued->certificate.serial, RevocationReason::superseded);
  const auto* unavailable = std::get_if<core::CaUnavailable>(&revoked);
  ASSERT_NE(unavailable, nullptr);
  EXPECT_THAT(unavailable->message, HasSubstr("RSAT-ADCS-Mgmt"));
  EXPECT_FALSE(find().ok());
}

TEST_F(ComServicesTest, ACallThatHangsIsInDoubtAtItsDeadline) {
  server_.hang();
  StopSource stop;
  auto first = std::async(std::launch::async, [&] {
    return submit(submission(), {Timestamp::max(), stop.token()});
  });
  static_cast<void>(server_.wait_for_hanging(1));
  stop.request_stop();
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(first.get()));
  EXPECT_TRUE(ca_->check(testing::kPatient).ok()) << "other calls go on";
  server_.let_go();
}

TEST_F(ComServicesTest, ManyAtOnceGetTheirOwnAnswers) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5;
  std::vector<std::thread> threads;
  std::atomic<int> issued{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int call = 0; call < kEach; ++call) {
        const auto number = static_cast<std::uint8_t>(thread * kEach + call + 1);
        issued += std::holds_alternative<core::Issued>(submit(numbered(number))) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issued, kThreads * kEach);
  EXPECT_EQ(model_.certificates(), static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace certconnector::ca
