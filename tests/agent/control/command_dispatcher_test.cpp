#include "agent/control/command_dispatcher.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;

using testing::CommandDispatcherTest;

TEST_F(CommandDispatcherTest, StatusTellsWhatTheAgentTells) {
  const auto status = result_of<wire::StatusResult>(wire::command::kStatus);
  EXPECT_EQ(status.state, "working");
  EXPECT_EQ(status.health, "ok");
  EXPECT_EQ(status.now, testing::FakeClock::kStart);
  EXPECT_EQ(status.identity->agent_id, "agent-1");
  ASSERT_EQ(status.counts.size(), 3U);
  EXPECT_EQ(status.counts.at(0).ca_name, "default");
  EXPECT_EQ(status.cas.at(0).crl->entries, 5U);
  EXPECT_TRUE(status.cas.at(0).templates.at(1).needs_approval);
}

TEST_F(CommandDispatcherTest, DamageThatACommandFindsIsTheAgentsDamage) {
  std::vector<std::string> found;
  auto parts = testing::dispatcher_parts(agent_, {store_, enrollments_, certificates_}, challenges_,
                                         scep_, clock_);
  parts.found_damage = [&](const Error& error) { found.push_back(error.message()); };
  CommandDispatcher dispatcher(parts, logger_);
  const std::string list =
      control_proto::encode_request({std::string(wire::command::kCertsList), "{}"});
  static_cast<void>(dispatcher.answer(list, "root"));
  EXPECT_TRUE(found.empty());
  certificates_.be_damaged(true);
  static_cast<void>(dispatcher.answer(list, "root"));
  EXPECT_EQ(found.size(), 1U);
}

TEST_F(CommandDispatcherTest, HealthIsTheWorstFinding) {
  agent_.view.health = {core::all_is_well("identity", ""),
                        core::found(core::finding::kEndpointFails, "endpoint", "slow", "wait")};
  const auto health = result_of<wire::HealthResult>(wire::command::kHealth);
  EXPECT_EQ(health.health, "degraded");
  EXPECT_EQ(health.findings.at(1).remedy, "wait");
}

TEST_F(CommandDispatcherTest, JobsListPassesTheFiltersOn) {
  store_.records = {testing::failed_job("b", 2), testing::example_job("a", 1)};
  const auto page = result_of<wire::JobsListResult>(
      wire::command::kJobsList,
      R"({"state":"failed","type":"issue","ca":"default","since":"2026-01-01T00:00:00Z","limit":7})");
  ASSERT_EQ(page.jobs.size(), 1U);
  EXPECT_EQ(page.jobs.at(0).id, "b");
  EXPECT_EQ(page.jobs.at(0).outcome->code, "weak_key");
  EXPECT_FALSE(page.next.has_value());
  EXPECT_EQ(store_.last_filter.outcome, core::JobState::failed);
  EXPECT_FALSE(store_.last_filter.state);
  EXPECT_EQ(store_.last_filter.type, core::JobType::issue);
  EXPECT_EQ(store_.last_filter.ca, testing::kExampleCa);
  EXPECT_EQ(store_.last_filter.since, testing::FakeClock::kStart);
  EXPECT_EQ(store_.last_filter.limit, 7U);
}

TEST_F(CommandDispatcherTest, JobsListGoesOnWhereAPageEnded) {
  store_.records = {testing::example_job("c", 3), testing::example_job("b", 2),
                    testing::example_job("a", 1)};
  const auto first = result_of<wire::JobsListResult>(wire::command::kJobsList, R"({"limit":2})");
  ASSERT_EQ(first.jobs.size(), 2U);
  ASSERT_TRUE(first.next.has_value());
  const auto second = result_of<wire::JobsListResult>(
      wire::command::kJobsList, R"({"limit":2,"after":")" + *first.next + R"("})");
  ASSERT_EQ(second.jobs.size(), 1U);
  EXPECT_EQ(second.jobs.at(0).id, "a");
  EXPECT_FALSE(second.next.has_value());
}

TEST_F(CommandDispatcherTest, JobsShowHasTheCertificateAndTheHistory) {
  auto record = testing::example_job("a", 1);
  record.state = core::JobState::reported;
  record.ended_as = core::JobState::succeeded;
  record.outcome = core::Issued{{{1, 2, 3}, {0x0A, 0x0B}, clock_.now(), clock_.now()}, "shortened"};
  store_.records = {record};
  store_.events = {{clock_.now(), "retry", "the CA was away"}};
  const auto shown = result_of<wire::JobsShowResult>(wire::command::kJobsShow, R"({"id":"a"})");
  ASSERT_EQ(shown.jobs.size(), 1U);
  EXPECT_EQ(shown.jobs.at(0).job.outcome->certificate, "AQID");
  EXPECT_EQ(shown.jobs.at(0).job.outcome->serial, "0a0b");
  EXPECT_EQ(shown.jobs.at(0).job.ended_as, "succeeded");
  EXPECT_EQ(shown.jobs.at(0).history.at(0).kind, "retry");
}

TEST_F(CommandDispatcherTest, JobsExplainTellsAStory) {
  store_.records = {testing::failed_job("a", 1)};
  const auto story =
      result_of<wire::JobsExplainResult>(wire::command::kJobsExplain, R"({"id":"a"})");
  ASSERT_EQ(story.jobs.size(), 1U);
  EXPECT_FALSE(story.jobs.at(0).happened.empty());
  EXPECT_FALSE(story.jobs.at(0).next.empty());
}

TEST_F(CommandDispatcherTest, ChangesToJobsAreDoneInTheNameOfWhoAsked) {
  store_.records = {testing::failed_job("a", 1)};
  const auto changed =
      result_of<wire::JobChangedResult>(wire::command::kJobsRetry, R"({"id":"a"})");
  EXPECT_EQ(changed.state, "queued");
  ask(wire::command::kJobsCancel, R"({"id":"a"})");
  ask(wire::command::kJobsApprove, R"({"id":"a"})");
  ask(wire::command::kJobsDeny, R"({"id":"a","why":"not ours"})");
  EXPECT_EQ(store_.changes,
            (std::vector<std::string>{"retry a by alice", "cancel a by alice", "approve a by alice",
                                      "deny a by alice: not ours"}));
  EXPECT_EQ(agent_.calls, std::vector<std::string>(4, "jobs_changed"));
  EXPECT_EQ(logger_.count("control.command"), 4U);
}

TEST_F(CommandDispatcherTest, AnIdThatStandsForSeveralJobsNeedsTheInstance) {
  auto other = testing::failed_job("a", 2);
  other.job.key.instance = "second";
  store_.records = {other, testing::failed_job("a", 1)};
  EXPECT_EQ(refusal_of(wire::command::kJobsRetry, R"({"id":"a"})"), "ambiguous_job");
  EXPECT_TRUE(store_.changes.empty());
  const auto changed = result_of<wire::JobChangedResult>(wire::command::kJobsRetry,
                                                         R"({"id":"a","instance":"second"})");
  EXPECT_EQ(changed.instance, "second");
  EXPECT_EQ(store_.changes.size(), 1U);
}

TEST_F(CommandDispatcherTest, AStoreThatRefusesIsAnsweredWithItsWords) {
  store_.records = {testing::failed_job("a", 1)};
  store_.refusal = Error(testing::FakeErrc::refused, ErrorKind::transient, "the disk is full");
  const auto answer = ask(wire::command::kJobsList);
  ASSERT_TRUE(answer.error.has_value());
  EXPECT_EQ(answer.error->code, "refused");
  EXPECT_EQ(answer.error->message, "the disk is full");
  EXPECT_FALSE(answer.error->remedy.empty());
}

TEST_F(CommandDispatcherTest, RunStateFollowsPauseResumeAndDrain) {
  EXPECT_EQ(result_of<wire::RunStateResult>(wire::command::kPause).state, "paused");
  EXPECT_EQ(result_of<wire::RunStateResult>(wire::command::kDrain).state, "draining");
  EXPECT_EQ(result_of<wire::RunStateResult>(wire::command::kResume).state, "working");
}

TEST_F(CommandDispatcherTest, EnrollPassesTheTokenOnAndNowhereElse) {
  agent_.view.identity.reset();
  EXPECT_EQ(refusal_of(wire::command::kIdentityShow), "not_enrolled");
  const auto enrolled =
      result_of<wire::IdentityResult>(wire::command::kEnroll, R"({"token":"cct1.topsecret"})");
  EXPECT_EQ(enrolled.identity.agent_id, "agent-1");
  EXPECT_EQ(agent_.token, "cct1.topsecret");
  EXPECT_FALSE(logger_.contains("topsecret"));
  EXPECT_EQ(result_of<wire::IdentityResult>(wire::command::kIdentityShow).identity.subject,
            "CN=agent-1");
}

TEST_F(CommandDispatcherTest, CreatesACa) {
  const auto root = result_of<wire::CaCreatedResult>(
      wire::command::kCaCreate,
      R"({"name":"default","kind":"root","subject":"CN=R","key_kind":"ec","key_bits":384,)"
      R"("lifetime_days":10})");
  EXPECT_EQ(root.sha256, testing::kExampleCa);
  EXPECT_EQ(agent_.created.key.kind, crypto::KeyKind::ec);
  EXPECT_EQ(agent_.created.key.bits, 384);
  EXPECT_EQ(agent_.created.lifetime, std::chrono::hours(240));
  const auto subordinate = result_of<wire::CaCreatedResult>(
      wire::command::kCaCreate, R"({"name":"default","kind":"subordinate","subject":"CN=S"})");
  EXPECT_TRUE(subordinate.sha256.empty());
  EXPECT_FALSE(subordinate.request_pem.empty());
}

TEST_F(CommandDispatcherTest, ImportsACa) {
  const auto imported = result_of<wire::CaCreatedResult>(
      wire::command::kCaImport, R"({"name":"default","pkcs12":"AQID","passphrase":"pass12"})");
  EXPECT_EQ(imported.sha256, testing::kExampleCa);
  EXPECT_EQ(agent_.imported.pkcs12, (Bytes{1, 2, 3}));
  EXPECT_EQ(agent_.imported.passphrase, "pass12");
  EXPECT_FALSE(logger_.contains("pass12"));
}

TEST_F(CommandDispatcherTest, ExportsTheChainWithWhatItHolds) {
  const testing::TestPki pki;
  agent_.chain = {pki.intermediate().certificate.der(), pki.root().certificate.der()};
  const auto exported =
      result_of<wire::CaExportResult>(wire::command::kCaExport, R"({"name":"default"})");
  ASSERT_EQ(exported.certificates.size(), 2U);
  EXPECT_FALSE(exported.certificates.at(0).self_signed);
  EXPECT_TRUE(exported.certificates.at(1).self_signed);
  EXPECT_EQ(exported.certificates.at(0).issuer, exported.certificates.at(1).subject);
}

TEST_F(CommandDispatcherTest, ACaWithoutAKeyIsNotSetUp) {
  agent_.view.cas.at(0).description.fingerprint.clear();
  agent_.view.cas.at(0).set_up = false;
  EXPECT_EQ(refusal_of(wire::command::kCaTest, R"({"name":"default"})"), "ca_not_set_up");
  EXPECT_EQ(refusal_of(wire::command::kCaExport, R"({"name":"default"})"), "ca_not_set_up");
  EXPECT_EQ(refusal_of(wire::command::kCaPublishCrl, R"({"name":"default"})"), "ca_not_set_up");
}

TEST_F(CommandDispatcherTest, TheTestOfACaTellsWhatItsCertificateForbids) {
  agent_.view.cas.at(0).description.limits = {"it cannot issue template device"};
  const auto tested =
      result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})");
  EXPECT_NE(tested.message.find("; but it cannot issue template device"), std::string::npos);
}

TEST_F(CommandDispatcherTest, ACaDoesNotPassItsTestWhileTheAgentIssuesNothing) {
  for (const auto state : {jobs::OperatingState::clock_wrong, jobs::OperatingState::storage_full}) {
    agent_.view.state = state;
    EXPECT_EQ(refusal_of(wire::command::kCaTest, R"({"name":"default"})"), "at_rest");
  }
  agent_.view.state = jobs::OperatingState::paused;
  const auto tested =
      result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})");
  EXPECT_NE(tested.message.find("; but nothing is issued now. A person has paused"),
            std::string::npos);
}

TEST_F(CommandDispatcherTest, AnIdThatIsTooShortForABeginningIsSaidToBe) {
  EXPECT_NE(problem_of(wire::command::kJobsShow, R"({"id":"abc"})").find("at least 4 characters"),
            std::string::npos);
  EXPECT_EQ(problem_of(wire::command::kJobsShow, R"({"id":"abcd"})").find("at least 4 characters"),
            std::string::npos);
  EXPECT_NE(problem_of(wire::command::kCertsShow, R"({"id":"0ab"})").find("at least 4 characters"),
            std::string::npos);
}

TEST_F(CommandDispatcherTest, ACaWhoseFilesCannotBeUsedIsNotToBeSetUpAnew) {
  agent_.view.cas.at(0).description.fingerprint.clear();
  EXPECT_EQ(refusal_of(wire::command::kCaExport, R"({"name":"default"})"), "ca_unusable");
  EXPECT_EQ(refusal_of(wire::command::kCaPublishCrl, R"({"name":"default"})"), "ca_unusable");
  EXPECT_EQ(refusal_of(wire::command::kCaTest, R"({"name":"default"})"), "");  // tries again
}

TEST_F(CommandDispatcherTest, WhatThrowsIsAnInternalErrorAndTheAgentGoesOn) {
  agent_.on_status = [] { throw std::runtime_error("boom"); };
  EXPECT_EQ(refusal_of(wire::command::kStatus), "internal");
  EXPECT_EQ(logger_.count("control.exception"), 1U);
  agent_.on_status = [] { throw 1; };
  EXPECT_EQ(refusal_of(wire::command::kStatus), "internal");
  agent_.on_status = nullptr;
  EXPECT_EQ(refusal_of(wire::command::kStatus), "");
}

// It counts and lists the jobs of a day.
TEST_F(CommandDispatcherTest, CommandsThatNeedAPartOfTheStatusDoNotMakeTheWhole) {
  agent_.on_status = [] { throw std::runtime_error("made the whole status"); };
  for (const auto command :
       {wire::command::kVersion, wire::command::kPause, wire::command::kResume,
        wire::command::kDrain, wire::command::kIdentityShow, wire::command::kCaList,
        wire::command::kJobsList, wire::command::kCertsList}) {
    EXPECT_NE(refusal_of(command), "internal") << command;
  }
}

TEST_F(CommandDispatcherTest, AnAnswerThatDoesNotFitIsAnError) {
  for (std::int64_t i = 0; i < 1000; ++i) {
    store_.records.push_back(testing::example_job("job-" + std::to_string(i), 1000 - i));
    store_.records.back().last_message = std::string(5000, 'x');
  }
  EXPECT_EQ(refusal_of(wire::command::kJobsList, R"({"limit":1000})"), "bad_value");
  EXPECT_EQ(refusal_of(wire::command::kJobsList, R"({"limit":100})"), "");
}

struct Row {
  const char* what;
  std::string_view command;
  const char* arguments;
  const char* code;
};
class FailedCommand : public CommandDispatcherTest, public ::testing::WithParamInterface<Row> {};

TEST_P(FailedCommand, HasItsCode) {
  EXPECT_EQ(refusal_of(GetParam().command, GetParam().arguments), GetParam().code);
  EXPECT_TRUE(agent_.calls.empty());
}

namespace c = wire::command;
INSTANTIATE_TEST_SUITE_P(
    Commands, FailedCommand,
    ::testing::Values(
        Row{"unknown_command", "jobs.explode", "{}", "unknown_command"},
        Row{"unknown_argument", c::kStatus, R"({"verbose":true})", "bad_arguments"},
        Row{"no_such_state", c::kJobsList, R"({"state":"lost"})", "bad_value"},
        Row{"no_such_outcome", c::kJobsList, R"({"outcome":"queued"})", "bad_value"},
        Row{"two_outcomes", c::kJobsList, R"({"state":"dead","outcome":"failed"})", "bad_value"},
        Row{"no_such_type", c::kJobsList, R"({"type":"renew"})", "bad_value"},
        Row{"no_such_ca", c::kJobsList, R"({"ca":"nowhere"})", "no_such_ca"},
        Row{"empty_page", c::kJobsList, R"({"limit":0})", "bad_value"},
        Row{"endless_page", c::kJobsList, R"({"limit":1001})", "bad_value"},
        Row{"bad_cursor", c::kJobsList, R"({"after":"12x"})", "bad_value"},
        Row{"no_such_job", c::kJobsShow, R"({"id":"x"})", "no_such_job"},
        Row{"no_such_job_to_retry", c::kJobsRetry, R"({"id":"x"})", "no_such_job"},
        Row{"no_such_ca_to_test", c::kCaTest, R"({"name":"x"})", "no_such_ca"},
        Row{"no_such_ca_to_make", c::kCaCreate, R"({"name":"x","kind":"root","subject":"CN=x"})",
            "no_such_ca"},
        Row{"bad_kind", c::kCaCreate, R"({"name":"default","kind":"leaf","subject":"CN=x"})",
            "bad_value"},
        Row{"no_subject", c::kCaCreate, R"({"name":"default","kind":"root","subject":""})",
            "bad_value"},
        Row{"weak_key", c::kCaCreate,
            R"({"name":"default","kind":"root","subject":"CN=x","key_bits":1024})", "bad_value"},
        Row{"odd_curve", c::kCaCreate,
            R"({"name":"default","kind":"root","subject":"CN=x","key_kind":"ec","key_bits":255})",
            "bad_value"},
        Row{"no_lifetime", c::kCaCreate,
            R"({"name":"default","kind":"root","subject":"CN=x","lifetime_days":0})", "bad_value"},
        Row{"endless_lifetime", c::kCaCreate,
            R"({"name":"default","kind":"root","subject":"CN=x","lifetime_days":9223372036854775807})",
            "bad_value"},
        Row{"nothing_to_import", c::kCaImport, R"({"name":"default"})", "bad_value"},
        Row{"both_to_import", c::kCaImport,
            R"({"name":"default","pkcs12":"AQID","certificate_pem":"x"})", "bad_value"},
        Row{"import_not_base64", c::kCaImport, R"({"name":"default","pkcs12":"!"})", "bad_value"},
        Row{"relative_backup", c::kBackup, R"({"folder":"backup"})", "bad_value"},
        Row{"no_token", c::kEnroll, "{}", "bad_arguments"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST_F(CommandDispatcherTest, RequestsThatAreNoneAreRefused) {
  const auto code_of = [&](const std::string& text) {
    const auto answer = wire::decode_answer(dispatcher_.answer(text, "alice"));
    return answer.ok() && answer->error ? answer->error->code : std::string();
  };
  EXPECT_EQ(code_of("hello"), "bad_message");
  EXPECT_EQ(code_of(R"({"version":0,"command":"status"})"), "unsupported_version");
  EXPECT_EQ(code_of(R"({"version":1,"command":"status","arguments":{},"x":1})"), "bad_message");
}

}  // namespace
}  // namespace certconnector::control
