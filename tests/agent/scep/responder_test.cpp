// The responder's own answers. PKIOperations end in a pool without threads here; tests/agent/app
// has their outcomes.
#include "agent/scep/responder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/jobs/operating_mode.h"
#include "common/http/client_limit.h"
#include "tests/agent/scep/refusing_check.h"
#include "tests/agent/scep/served_ca.h"
#include "tests/common/http/answered.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::scep {
namespace {

using ::testing::HasSubstr;

std::string body_of(const http::Response& response) {
  return response.body ? std::string(as_text(*response.body)) : std::string();
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [header, value] : response.headers) {
    if (header == name) return value;
  }
  return {};
}

class Elsewhere final : public http::Handler {
 public:
  void handle(http::Request request, http::Reply reply) override {
    reply.send(http::text_response(404, "elsewhere: " + request.path));
  }
};

class ResponderTest : public ::testing::Test {
 protected:
  ResponderTest() { responder_.set_services({phones_}); }

  void give_ra(Timestamp not_after = testing::CertificateSpec().not_after) {
    phones_->set_issuer(ca_.issuer());
    phones_->set_ra({ca_.make_ra_set(not_after)});
  }
  static http::Request request(const std::string& path, const std::string& query = "",
                               const std::string& method = "GET", const std::string& body = "") {
    http::Request made;
    made.method = method;
    made.path = path;
    made.query = query;
    made.body = body;
    made.peer = "192.0.2.1";
    return made;
  }
  // Nothing: it waits for the pool.
  std::optional<http::Response> try_send(http::Request request) {
    return http::testing::answered(responder_, std::move(request));
  }
  http::Response send(http::Request request) {
    return try_send(std::move(request)).value_or(http::text_response(0, "waits"));
  }
  http::Response get(const std::string& query) { return send(request("/scep", query)); }

  static std::shared_ptr<Service> make_service(const std::string& name,
                                               std::vector<std::string> paths) {
    ServiceSettings settings;
    settings.name = name;
    settings.paths = std::move(paths);
    return std::make_shared<Service>(settings, std::make_shared<RefusingCheck>());
  }

  ServedCa ca_;
  testing::FakeClock clock_;
  testing::CapturingLogger logger_;
  testing::FixedRandom random_;
  core::NoCrashPoints crash_points_;
  testing::FakeJobStore store_;
  testing::FakeEnrollmentLedger ledger_;
  testing::FakeChallengeValidator validator_;
  jobs::JobIntake intake_{store_, clock_};
  jobs::OperatingMode operating_mode_;
  jobs::StorageGuard storage_{store_,  operating_mode_, clock_,
                              random_, logger_,         [](const Error&) {}};
  enrollment::EnrollmentQueue enrollment_queue_{ledger_, storage_, clock_, crash_points_, intake_};
  runtime::WorkerPool pool_{0, 1, logger_};
  enrollment::ChallengeValidationPool validation_pool_{validator_, clock_, logger_, 1};
  enrollment::EnrollmentService enrollments_{{enrollment_queue_, validation_pool_, operating_mode_,
                                              clock_, [] { return std::string("job"); }}};
  http::ClientLimit challenge_failures_{{"test.locked_out", "too many guesses"}, clock_, logger_};
  http::ClientLimit refusals_kept_{{"scep.refusals_not_kept", "too many"}, clock_, logger_};
  enrollment::DenialQuota refusals_{refusals_kept_, refusals_kept_};
  Elsewhere elsewhere_;
  std::shared_ptr<Service> phones_ = make_service("phones", {"/scep", "/certsrv/MSCEP/mscep.dll"});
  Responder responder_{{enrollments_,
                        {pool_, refusals_, &challenge_failures_, nullptr},
                        clock_,
                        crash_points_,
                        logger_,
                        [](const std::string&) { return SharedBytes(); }},
                       elsewhere_};
};

TEST_F(ResponderTest, FindsAServiceByItsPathsAsClientsWriteThem) {
  struct Row {
    const char* path;
    bool served;
  };
  const Row rows[] = {
      {"/scep", true},
      {"/SCEP", true},
      {"/scep/pkiclient.exe", true},
      {"/Scep/PKIClient.EXE", true},
      {"/certsrv/mscep/mscep.dll", true},
      {"/CertSrv/mscep/mscep.dll/pkiclient.exe", true},
      {"/scep/", true},
      {"/SCEP//", true},
      {"/certsrv/mscep/mscep.dll/", true},
      {"/certsrv/mscep/mscep.dll/pkiclient.exe/", true},
      {"/scep//pkiclient.exe", true},
      {"/", false},
      {"//", false},
      {"/pkiclient.exe", false},
      {"/scep/pkiclient.exe/pkiclient.exe", false},
      {"/sceppkiclient.exe", false},
      {"/other/pkiclient.exe", false},
      {"/scep2", false},
  };
  for (const Row& row : rows) {
    const auto answer = send(request(row.path, "operation=GetCACaps"));
    EXPECT_EQ(answer.status, row.served ? 200U : 404U) << row.path;
    const std::string elsewhere = "elsewhere: " + std::string(row.path) + "\n";
    EXPECT_EQ(body_of(answer) == elsewhere, !row.served) << row.path;
  }
}

// The client appends its query to an address that ends with a '?'.
TEST_F(ResponderTest, AnswersAQueryBehindTwoQuestionMarks) {
  EXPECT_EQ(get("?operation=GetCACaps").status, 200U);
}

TEST_F(ResponderTest, APostWithoutAnOperationIsAPkiOperation) {
  for (const char* query : {"", "?", "message=", "other=1"}) {
    const auto empty = send(request("/scep", query, "POST"));
    EXPECT_EQ(empty.status, 400U) << query;
    EXPECT_THAT(body_of(empty), HasSubstr("needs a message")) << query;
  }
  EXPECT_EQ(body_of(send(request("/scep", "", "POST", "x"))), "waits\n");
  EXPECT_EQ(send(request("/scep", "operation=Other", "POST", "x")).status, 400U);
}

TEST_F(ResponderTest, ServesTheServicesThatItWasGivenLast) {
  responder_.set_services({make_service("printers", {"/printers"})});
  EXPECT_EQ(send(request("/scep", "operation=GetCACaps")).status, 404U);
  EXPECT_EQ(send(request("/printers", "operation=GetCACaps")).status, 200U);
  responder_.set_services({});
  EXPECT_EQ(send(request("/printers", "operation=GetCACaps")).status, 404U);
}

TEST_F(ResponderTest, SaysItsCapabilitiesBeforeItHasAnRa) {
  const auto answer = get("operation=GetCACaps&message=phones");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "text/plain");
  EXPECT_EQ(answer.body, phones_->published().capabilities);
}

TEST_F(ResponderTest, GivesTheCaCertificatesOnceThereIsAnRa) {
  const auto early = get("operation=GetCACert");
  EXPECT_EQ(early.status, 503U);
  EXPECT_EQ(header_of(early, "Retry-After"), "30");
  give_ra();
  const auto answer = get("operation=GetCACert");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "application/x-x509-ca-ra-cert");
  EXPECT_EQ(answer.body, phones_->published().certificates);
}

class FixedAnnouncer final : public core::SuccessorAnnouncer {
 public:
  Result<Bytes> announce(const std::vector<ByteView>& /*certificates*/) override {
    return as_bytes("signed").to_bytes();
  }
};

TEST_F(ResponderTest, GivesTheNextCaWhereThereIsOne) {
  give_ra();
  EXPECT_EQ(get("operation=GetNextCACert").status, 404U);
  ServiceSettings settings;
  settings.paths = {"/next"};
  settings.next_ca = {Bytes{1}};
  const auto next = std::make_shared<Service>(settings, std::make_shared<RefusingCheck>());
  FixedAnnouncer announcer;
  next->set_issuer(ca_.issuer(&announcer));
  responder_.set_services({next});
  const auto answer = send(request("/next", "operation=getnextcacert"));
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "application/x-x509-next-ca-cert");
  EXPECT_EQ(body_of(answer), "signed");
}

TEST_F(ResponderTest, DeniesOtherMethodsAndSaysWhichItTakes) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "get", "TRACE"}) {
    const auto refused = send(request("/scep", "operation=GetCACaps", method));
    EXPECT_EQ(refused.status, 405U) << method;
    EXPECT_EQ(header_of(refused, "Allow"), "GET, HEAD, POST") << method;
  }
  EXPECT_EQ(send(request("/scep", "operation=GetCACaps", "HEAD")).status, 200U);
  EXPECT_EQ(send(request("/scep", "operation=GetCACaps", "POST")).status, 200U);
}

TEST_F(ResponderTest, TheHealthPageSaysWhatIsMissing) {
  const auto early = get("");
  EXPECT_EQ(early.status, 503U);
  EXPECT_THAT(body_of(early), HasSubstr("its RA certificate is not there"));
  phones_->set_problem("the CA of the service is not served; set it up first");
  EXPECT_THAT(body_of(get("")),
              HasSubstr("cannot enroll yet: the CA of the service is not served"));
  EXPECT_THAT(body_of(get("")), HasSubstr("certconnector scep list"));
}

TEST_F(ResponderTest, TheHealthPageSaysThatItWorksAsLongAsItDoes) {
  const Duration life = std::chrono::hours(24);
  give_ra(clock_.wall() + life);
  const auto answer = get("");
  EXPECT_EQ(answer.status, 403U) << "as NDES does";
  EXPECT_THAT(body_of(answer), HasSubstr("The SCEP service works."));
  EXPECT_THAT(body_of(answer), HasSubstr("?operation=GetCACaps"));
  EXPECT_THAT(body_of(answer), HasSubstr("certconnector scep explain"));
  EXPECT_EQ(get("message=x").status, 403U);
  phones_->set_problem("the CA does not issue its RA certificate: no");
  EXPECT_EQ(get("").status, 403U) << "only the next one is missing";
  clock_.advance(life);
  EXPECT_EQ(get("").status, 503U);
  EXPECT_THAT(body_of(get("")), HasSubstr("does not issue its RA certificate"));
}

TEST_F(ResponderTest, DeniesUnknownOperations) {
  struct Row {
    const char* query;
    const char* why;
  };
  const Row rows[] = {
      {"operation=GetCACapsX", "no such SCEP operation"},
      {"operation=%20", "no such SCEP operation"},
      {"operation=%2", "percent sign"},
      {"operation=GetCACaps&operation=GetCACert", "operation twice"},
      {"operation=PKIOperation", "PKIOperation needs a message"},
      {"operation=PKIOperation&message=", "PKIOperation needs a message"},
      {"operation=PKIOperation&message=!", "not base64"},
  };
  for (const Row& row : rows) {
    const auto refused = get(row.query);
    EXPECT_EQ(refused.status, 400U) << row.query;
    EXPECT_THAT(body_of(refused), HasSubstr(row.why)) << row.query;
  }
  const auto empty = send(request("/scep", "operation=PKIOperation&message=MA==", "POST"));
  EXPECT_EQ(empty.status, 400U) << "a POST brings it in its body";
}

TEST_F(ResponderTest, ARequestThatDoesNotFitIntoThePoolHasToComeAgain) {
  EXPECT_FALSE(try_send(request("/scep", "operation=PKIOperation", "POST", "one")));
  const auto refused = send(request("/scep", "operation=PKIOperation&message=MAA="));
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(header_of(refused, "Retry-After"), "30");
  EXPECT_EQ(get("operation=GetCACaps").status, 200U) << "needs no pool";
}

TEST_F(ResponderTest, WhoeverWaitsIsAnsweredWhenThePoolCloses) {
  std::optional<http::Response> got;
  responder_.handle(request("/scep", "operation=PKIOperation", "POST", "one"),
                    http::Reply([&got](http::Response answer) { got = std::move(answer); }));
  EXPECT_FALSE(got);
  pool_.close();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 500U);
  EXPECT_EQ(send(request("/scep", "operation=PKIOperation", "POST", "two")).status, 503U);
}

TEST_F(ResponderTest, AClientThatGuessesIsLockedOutOfPkiOperationsAlone) {
  challenge_failures_.set(1, std::chrono::hours(1));
  challenge_failures_.count("192.0.2.1");
  const auto refused = send(request("/scep", "operation=PKIOperation", "POST", "one"));
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(header_of(refused, "Retry-After"), "3600");
  EXPECT_EQ(get("operation=GetCACaps").status, 200U);
  auto neighbor = request("/scep", "operation=PKIOperation", "POST", "one");
  neighbor.peer = "192.0.2.2";
  EXPECT_FALSE(try_send(std::move(neighbor))) << "waits for the pool";
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(send(request("/scep", "operation=PKIOperation", "POST", "one")).status, 503U)
      << "the pool is full";
}

}  // namespace
}  // namespace certconnector::scep
