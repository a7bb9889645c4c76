#include "agent/cloud/reference/https_management_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "agent/core/failure_codes.h"
#include "common/text/base64.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kCa(64, 'a');

// Twenty minutes before FakeClock::kStart: the endpoint's clock is slow.
constexpr std::string_view kServerTime = "2025-12-31T23:40:00Z";

std::string issue_job(const std::string& id) {
  return R"({"id":")" + id + R"(","type":"issue","ca":")" + kCa +
         R"(","lease":{"number":3,"expires_at":"2025-12-31T23:45:00Z"},)"
         R"("deadline":"2026-01-01T00:40:00Z","issue":{"template":"device","pkcs10":"MAA="}})";
}

std::string lease_answer(const std::string& jobs) {
  return R"({"server_time":")" + std::string(kServerTime) + R"(","jobs":[)" + jobs + "]}";
}

core::LeaseQuery query() {
  core::LeaseQuery query;
  query.cas = {kCa};
  query.wait = Duration{0};
  return query;
}

core::Report issued_report(const std::string& id) {
  core::Report report;
  report.key.id = id;
  report.ca = kCa;
  report.lease_number = 3;
  report.attempts = 1;
  report.finished = FakeClock::kStart;
  core::Issued issued;
  issued.certificate = {Bytes{0x30, 0x00}, Bytes{0x01}, FakeClock::kStart, FakeClock::kStart};
  report.outcome = issued;
  return report;
}

std::string accepted(const std::string& id) {
  return R"({"results":[{"id":")" + id + R"(","digest":")" + std::string(64, '0') +
         R"(","status":"accepted"}]})";
}

TEST(HttpsManagementEndpoint, LeasesJobsWithTimesOfOurOwnClock) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, lease_answer(issue_job("job-1")));
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);

  const auto leased = endpoint->lease(query(), StopToken());

  ASSERT_TRUE(leased) << leased.error().message();
  ASSERT_THAT(leased->jobs, SizeIs(1));
  const core::NewJob& job = leased->jobs[0];
  EXPECT_FALSE(job.rejection.has_value());
  EXPECT_EQ(job.job.key.id, "job-1");
  EXPECT_EQ(job.job.key.instance, "default");
  EXPECT_EQ(job.job.ca, kCa);
  ASSERT_TRUE(job.lease.has_value());
  EXPECT_EQ(job.lease->number, 3U);
  EXPECT_EQ(job.lease->until, clock.now() + std::chrono::minutes(5));
  EXPECT_EQ(job.job.deadline, clock.now() + std::chrono::hours(1));
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].path, "/management/v1/jobs/lease");
  EXPECT_EQ(requests[0].client_subject, shared_pki().client().certificate.subject_text());
  EXPECT_THAT(requests[0].head, HasSubstr("Content-Type:application/json\r\n"));
  EXPECT_THAT(requests[0].body, HasSubstr(R"("types":["issue","revoke"])"));
}

TEST(HttpsManagementEndpoint, RejectsOneBadJobAndTakesItsNeighbours) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    std::string bad = issue_job("bad");
    bad.replace(bad.find("MAA="), 4, "MAA?");
    connection.answer(200, lease_answer(issue_job("a") + "," + bad + ",{}," + issue_job("b")));
  });
  const FakeClock clock;
  const auto leased = make_endpoint(settings_for(server.url()), clock)->lease(query(), StopToken());

  ASSERT_TRUE(leased) << leased.error().message();
  ASSERT_THAT(leased->jobs, SizeIs(3));
  EXPECT_EQ(leased->unreadable, 1U);
  EXPECT_FALSE(leased->jobs[0].rejection.has_value());
  ASSERT_TRUE(leased->jobs[1].rejection.has_value());
  EXPECT_EQ(leased->jobs[1].rejection->code, core::failure::kBadJob.name);
  EXPECT_THAT(leased->jobs[1].rejection->message, HasSubstr("jobs[1].issue.pkcs10: is not base64"));
  EXPECT_FALSE(leased->jobs[2].rejection.has_value());
}

TEST(HttpsManagementEndpoint, AcknowledgesAndExtendsLeases) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200,
                      R"({"leases":[{"id":"a","number":1,"status":"held",)"
                      R"("expires_at":"2026-01-01T00:05:00Z"},)"
                      R"({"id":"b","number":2,"status":"lost"}]})",
                      "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
  });
  const FakeClock clock(FakeClock::kStart + std::chrono::hours(7));
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  const std::vector<core::LeaseClaim> leases = {{"a", 1}, {"b", 2}};

  const auto acknowledged = endpoint->acknowledge(leases, StopToken());
  const auto extended = endpoint->extend(leases, std::chrono::minutes(5), StopToken());

  ASSERT_TRUE(acknowledged) << acknowledged.error().message();
  ASSERT_TRUE(extended) << extended.error().message();
  for (const auto& standings : {*acknowledged, *extended}) {
    ASSERT_THAT(standings, SizeIs(2));
    EXPECT_TRUE(standings[0].held);
    // By the Date header, since no answer has told the endpoint's own time.
    EXPECT_EQ(standings[0].until, clock.now() + std::chrono::minutes(5));
    EXPECT_FALSE(standings[1].held);
  }
}

// Remembers what it heard.
class HearingWitness final : public core::TimeWitness {
 public:
  void saw_time(Timestamp theirs) override { heard.push_back(theirs); }
  std::vector<Timestamp> heard;
};

TEST(HttpsManagementEndpoint, IsReachedWithWhateverItAnswers) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(404, "{}", "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
  });
  const FakeClock clock;
  HearingWitness witness;
  const auto status = make_endpoint(settings_for(server.url()), clock, witness)->reach(StopToken());
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(*status, 404);
  EXPECT_EQ(witness.heard, std::vector<Timestamp>{FakeClock::kStart});
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].path, "/");
  EXPECT_EQ(requests[0].body, "");
}

TEST(HttpsManagementEndpoint, IsNotReachedWhereItRefusesTheCertificate) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(403, "{}");
  });
  const FakeClock clock;
  const auto status = make_endpoint(settings_for(server.url()), clock)->reach(StopToken());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), ErrorKind::denied);
}

TEST(HttpsManagementEndpoint, RefusesAnAnswerAboutOtherLeases) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, R"({"leases":[{"id":"other","number":1,"status":"lost"}]})");
  });
  const FakeClock clock;
  const auto answer =
      make_endpoint(settings_for(server.url()), clock)->acknowledge({{"a", 1}}, StopToken());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::transient);
  EXPECT_THAT(answer.error().message(), HasSubstr("not the lease that was asked about"));
}

TEST(HttpsManagementEndpoint, ReportsResultsWithEachChainOnce) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, R"({"results":[{"id":"a","digest":")" + std::string(64, '0') +
                               R"(","status":"accepted"},{"id":"b","digest":")" +
                               std::string(64, '0') +
                               R"(","status":"superseded","note":"agent 2 was first"}]})");
  });
  const FakeClock clock;
  const auto items = make_endpoint(settings_for(server.url()), clock)
                         ->report({issued_report("a"), issued_report("b")}, StopToken());

  ASSERT_TRUE(items) << items.error().message();
  ASSERT_THAT(*items, SizeIs(2));
  EXPECT_EQ((*items)[0].verdict, core::ReportVerdict::accepted);
  EXPECT_EQ((*items)[1].verdict, core::ReportVerdict::superseded);
  EXPECT_EQ((*items)[1].note, "agent 2 was first");
  const std::string body = server.requests()[0].body;
  EXPECT_THAT(body, HasSubstr(R"("chains":{")" + kCa + R"(":["MAE=","MAI="]})"));
  EXPECT_THAT(body, Not(HasSubstr("chain\"")));
}

TEST(HttpsManagementEndpoint, ReportsAnEnrolmentInTheEndpointsTime) {
  const ScriptedServer server(
      good_server(), [](ScriptedConnection& connection, const auto& request) {
        if (request.path == "/management/v1/jobs/lease") {
          connection.answer(200, lease_answer(""));
        } else {
          connection.answer(200, R"({"results":[{"id":"a","digest":")" + std::string(64, '0') +
                                     R"(","status":"refused","note":"an unknown challenge"}]})");
        }
      });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  ASSERT_TRUE(endpoint->lease(query(), StopToken()));
  core::Report report = issued_report("a");
  report.key.source = core::JobSource::scep;
  report.lease_number = 0;
  report.enrollment = core::EnrollmentDetails{
      "phones", "t-1", {}, "key:7", "device-7", "CN=Phone", FakeClock::kStart};

  const auto items = endpoint->report({report}, StopToken());

  ASSERT_TRUE(items) << items.error().message();
  EXPECT_EQ((*items)[0].verdict, core::ReportVerdict::refused);
  EXPECT_EQ((*items)[0].note, "an unknown challenge");
  const std::string body = server.requests()[1].body;
  EXPECT_THAT(body, HasSubstr(R"("enrollment":{"service":"phones","transaction_id":"t-1")"));
  EXPECT_THAT(body,
              HasSubstr(R"("challenge_id":"key:7","device":"device-7","subject":"CN=Phone")"));
  EXPECT_THAT(body, HasSubstr(R"("requested_at":")" + std::string(kServerTime)));
  EXPECT_THAT(body, Not(HasSubstr("lease_number")));
}

TEST(HttpsManagementEndpoint, RenewsItsIdentityAndSendsTheHeartbeat) {
  const ScriptedServer server(
      good_server(), [](ScriptedConnection& connection, const auto& request) {
        if (request.path == "/management/v1/renew") {
          connection.answer(200, R"({"certificates":["MAE=","MAI="]})");
        } else {
          connection.answer(200, R"({"server_time":"2026-01-01T00:00:00Z"})");
        }
      });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);

  const auto certificates = endpoint->renew_identity(Bytes{0x30, 0x00}, StopToken());
  core::Heartbeat heartbeat;
  heartbeat.version = "1.0";
  heartbeat.state = "working";
  heartbeat.cas = {{kCa, "default", false, "the CRL is late", FakeClock::kStart}};
  const auto sent = endpoint->heartbeat(heartbeat, StopToken());

  ASSERT_TRUE(certificates) << certificates.error().message();
  EXPECT_EQ(*certificates, (std::vector<Bytes>{{0x30, 0x01}, {0x30, 0x02}}));
  EXPECT_TRUE(sent);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(server.requests()[1].body, HasSubstr("the CRL is late"));
}

TEST(HttpsManagementEndpoint, ReportsWhileALongPollWaits) {
  std::promise<void> polling;
  const ScriptedServer server(good_server(),
                              [&polling](ScriptedConnection& connection, const auto& request) {
                                if (request.path == "/management/v1/jobs/lease") {
                                  polling.set_value();
                                  connection.wait_for_client_close();
                                } else {
                                  connection.answer(200, accepted("a"));
                                }
                              });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  StopSource stop;
  auto poll =
      std::async(std::launch::async, [&] { return endpoint->lease(query(), stop.token()); });
  polling.get_future().wait();

  const auto items = endpoint->report({issued_report("a")}, StopToken());
  stop.request_stop();
  const auto leased = poll.get();

  EXPECT_TRUE(items) << items.error().message();
  ASSERT_FALSE(leased);
  EXPECT_EQ(leased.error().code().name, "stopped");
}

TEST(HttpsManagementEndpoint, ReplacesAConnectionThatTheEndpointHadClosed) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, accepted("a"));
    connection.close_after_answer();
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  for (int i = 0; i < 3; ++i) {
    const auto items = endpoint->report({issued_report("a")}, StopToken());
    EXPECT_TRUE(items) << items.error().message();
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpsManagementEndpoint, RepeatsTheRequestIdOfALeaseWhoseAnswerWasLost) {
  std::atomic<int> count{0};
  const ScriptedServer server(good_server(), [&count](ScriptedConnection& connection, const auto&) {
    if (++count == 1) {
      connection.reset();
    } else {
      connection.answer(200, lease_answer(""));
    }
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  EXPECT_FALSE(endpoint->lease(query(), StopToken()));
  EXPECT_TRUE(endpoint->lease(query(), StopToken()));
  EXPECT_TRUE(endpoint->lease(query(), StopToken()));
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_NE(requests[1].body, requests[2].body);
}

TEST(HttpsManagementEndpoint, UsesANewIdentityWhileAnOldRequestFinishes) {
  std::promise<void> polling;
  std::promise<void> renewed;
  const ScriptedServer server(good_server(),
                              [&](ScriptedConnection& connection, const auto& request) {
                                if (request.path == "/management/v1/jobs/lease") {
                                  polling.set_value();
                                  renewed.get_future().wait();
                                  connection.answer(200, lease_answer(issue_job("job-1")));
                                } else {
                                  connection.answer(200, accepted("a"));
                                }
                              });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  auto poll = std::async(std::launch::async, [&] { return endpoint->lease(query(), StopToken()); });
  polling.get_future().wait();
  CertificateSpec spec;
  spec.subject = "CN=renewed";
  spec.extended_key_usage = "clientAuth";
  const Credential fresh = issue(shared_pki().root(), spec);

  const auto updated = endpoint->update_identity({fresh.key, {fresh.certificate.der()}});
  const auto items = endpoint->report({issued_report("a")}, StopToken());
  renewed.set_value();
  const auto leased = poll.get();

  EXPECT_TRUE(updated) << updated.error().message();
  EXPECT_TRUE(items) << items.error().message();
  EXPECT_TRUE(leased) << leased.error().message();
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].client_subject, shared_pki().client().certificate.subject_text());
  EXPECT_EQ(requests[1].client_subject, "CN=renewed");
}

TEST(HttpsManagementEndpoint, KeepsTheOldIdentityWhenTheNewOneCannotBeUsed) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, accepted("a"));
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  const auto& pki = shared_pki();

  const auto updated =
      endpoint->update_identity({pki.server().key, {pki.client().certificate.der()}});

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code().name, "bad_credentials");
  EXPECT_TRUE(endpoint->report({issued_report("a")}, StopToken()));
}

// The answer to a question, which names it.
std::string verdict(const ReceivedRequest& request, const std::string& rest) {
  const std::string id = R"("request_id":")";
  const std::size_t at = request.body.find(id);
  EXPECT_NE(at, std::string::npos);
  return "{" + request.body.substr(at, id.size() + 36) + R"(","server_time":")" +
         std::string(kServerTime) + R"(","verdict":")" + rest + "}";
}

TEST(HttpsManagementEndpoint, AsksAboutAChallenge) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto& got) {
    connection.answer(200, verdict(got, R"(permitted","permit":{"challenge_id":"key:7",)"
                                        R"("device":"d","expected":{"subject":"CN=a"},)"
                                        R"("expires_at":"2026-01-01T00:10:00Z"})"));
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  const auto answer = endpoint->ask({"phones", "T1", {0x30, 0x00}, "device"},
                                    std::chrono::seconds(20), StopToken());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  const auto& grant = std::get<core::ChallengeAccepted>(*answer);
  EXPECT_EQ(grant.id, "key:7");
  EXPECT_EQ(grant.device, "d");
  EXPECT_EQ(grant.expected.subject, "CN=a");
  EXPECT_EQ(grant.good_for, std::chrono::minutes(30)) << "by the endpoint's own clock";
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].path, "/management/v1/challenges/check");
  EXPECT_THAT(server.requests()[0].body, HasSubstr(R"("template":"device")"));
}

TEST(HttpsManagementEndpoint, TakesOnlyADenialOfAChallengeForOne) {
  int number = 0;
  const ScriptedServer server(good_server(), [&](ScriptedConnection& connection, const auto& got) {
    switch (++number) {
      case 1:
        return connection.answer(
            200, verdict(got, R"(refused","refusal":{"code":"challenge_wrong","message":"a\nb"})"));
      case 2:
        return connection.answer(200, verdict(got, R"(not_now","message":"later")"));
      case 3:
        return connection.answer(403, R"({"code":"agent_revoked","detail":"away"})");
      case 4:
        return connection.answer(404, R"({"code":"not_found"})");
      default:
        return connection.answer(200,
                                 R"({"request_id":"00000000-0000-4000-8000-000000000000",)"
                                 R"("server_time":"2026-01-01T00:00:00Z","verdict":"not_now"})");
    }
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  const auto ask = [&] {
    return endpoint->ask({"phones", "T1", {0x30, 0x00}, ""}, std::chrono::seconds(20), StopToken());
  };
  EXPECT_EQ(std::get<core::ChallengeDenied>(ask().value()).message, "a b");
  EXPECT_EQ(std::get<core::VerdictUnavailable>(ask().value()).message, "later");
  EXPECT_FALSE(ask().ok()) << "we are refused, not the challenge";
  EXPECT_FALSE(ask().ok()) << "an endpoint that knows no such question";
  const auto strange = ask();
  ASSERT_FALSE(strange.ok());
  EXPECT_THAT(strange.error().message(), HasSubstr("is not that of the question"));
}

TEST(HttpsManagementEndpoint, AQuestionEndsAfterItsOwnLimit) {
  const ScriptedServer server(good_server(), [](ScriptedConnection& connection, const auto&) {
    connection.wait_for_client_close();
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url()), clock);
  const auto answer = endpoint->ask({"phones", "T1", {0x30, 0x00}, ""},
                                    std::chrono::milliseconds(200), StopToken());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code().name, "timed_out");
}

}  // namespace
}  // namespace certconnector::testing
