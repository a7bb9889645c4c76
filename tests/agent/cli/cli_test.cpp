// The output and the exit codes of the program when the agent works.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <iomanip>

#include "agent/control/request_errors.h"
#include "proto/control/codec.h"
#include "tests/agent/cli/cli_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The commands in backquotes, split as a shell does it, without the program's name.
std::vector<std::vector<std::string>> commands_in(const std::string& text) {
  std::vector<std::vector<std::string>> commands;
  std::istringstream parts(text);
  bool quoted = false;
  for (std::string part; std::getline(parts, part, '`'); quoted = !quoted) {
    if (!quoted) continue;
    std::istringstream words(part);
    std::string word;
    words >> word;
    auto& command = commands.emplace_back();
    while (words >> std::quoted(word)) command.push_back(word);
  }
  return commands;
}

TEST_F(CliWithAgent, StatusIsOneScreen) {
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_EQ(out_, R"(Agent        working, health ok, version 0.1.0, started 3h ago
Endpoint     https://endpoint.example:8443, reachable, last answer 4s ago
Identity     CN=agent-1, expires in 60 days (2026-03-02), renewal in 36 days
Queue        12 to do, 1 to report
Since start  25 issued, 0 revoked, 1 failed

CA       BACKEND  STATE    CERTIFICATES  RUNNING  CA EXPIRES  CRL
default  local    healthy            25        0  in 9 years  #4, 5 entries, expires in 6 days

JOBS OF CA  TYPE    QUEUED  RUNNING  WAITING  HELD  SUCCEEDED  FAILED  DEAD  CANCELED  REPORTED
default     issue       12        0        0     0         24       0     1         0        25
default     revoke       0        0        0     0          0       1     0         0         0
SUCCEEDED to CANCELED: ended in the last 24 hours, or not reported yet.
)");
  EXPECT_EQ(err_, "");
}

TEST_F(CliWithAgent, StatusTellsHowMuchOfTheDatabaseIsFree) {
  constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;
  agent_.view.database = control::DatabaseView{kGibibyte / 2, kGibibyte / 4};
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("\nDatabase     512 MiB, 50 % of it free for new rows\n\nCA "));
  agent_.view.database = control::DatabaseView{4 * kGibibyte, 3 * kGibibyte};
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("Database     4096 MiB, 75 % of it free for new rows\n"
                              "             `certconnectord --compact` gives that back"));
}

TEST_F(CliWithAgent, StatusSaysWhatIsWrongAndWhatToDo) {
  agent_.view.identity.reset();
  agent_.view.state = jobs::OperatingState::not_enrolled;
  agent_.view.endpoint = {};
  agent_.view.cas.at(0).description.fingerprint.clear();
  agent_.view.cas.at(0).set_up = false;
  agent_.view.counts.clear();
  agent_.view.health = {core::found(core::finding::kIdentityExpired, "identity", "not enrolled",
                                    "certconnector enroll -")};
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, StartsWith("Agent        not enrolled, health down"));
  EXPECT_THAT(out_, HasSubstr("Endpoint     none yet"));
  EXPECT_THAT(out_, HasSubstr("default  local    not set up\n"));
  EXPECT_THAT(out_, EndsWith("Findings\n  down  identity: not enrolled\n"
                             "      -> certconnector enroll -\n"));
}

TEST_F(CliWithAgent, ACaWhoseFilesCannotBeUsedIsUnusable) {
  auto& ca = agent_.view.cas.at(0);
  ca.description.fingerprint.clear();
  ca.healthy = false;
  ca.message = "cannot open key.pem: Permission denied";
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("default  local    unusable\n"));
  EXPECT_THAT(out_, HasSubstr("default: cannot open key.pem: Permission denied"));
  EXPECT_EQ(run({"ca", "publish-crl", "default"}), 1);
  EXPECT_THAT(err_, HasSubstr("cannot be used: cannot open key.pem"));
  EXPECT_THAT(err_, HasSubstr("certconnector ca test NAME"));
}

TEST_F(CliWithAgent, StatusTellsAnEndpointThatWasNotAskedFromOneThatDoesNotAnswer) {
  agent_.view.endpoint = {"https://endpoint.example", false, {}, ""};
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("https://endpoint.example, not asked yet\n"));
  agent_.view.endpoint.last_error = "connection refused";
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("https://endpoint.example, not reachable\n"));
}

TEST_F(CliWithAgent, StatusFitsTheScreenWhateverTheNumbers) {
  for (auto& count : agent_.view.counts) count.count = 1000000;
  agent_.view.cas.at(0).description.name = std::string(60, 'n');
  agent_.view.cas.at(0).certificates = 100000000;
  EXPECT_EQ(run({"status"}), 0);
  std::istringstream lines(out_);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST_F(CliWithAgent, StatusAsJsonIsADocumentOnOneLine) {
  EXPECT_EQ(run({"status", "--json"}), 0);
  EXPECT_THAT(out_, StartsWith(R"({"version":1,"ok":true,"agent_version":"0.1.0","state":)"));
  EXPECT_THAT(out_, HasSubstr(R"("queue_depth":12,)"));
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
}

TEST_F(CliWithAgent, StatusIsShownAnewWhileItIsWatched) {
  screens_ = 3;
  out_steers_ = true;
  EXPECT_EQ(run({"status", "--watch"}), 0);
  std::size_t screens = 0;
  for (std::size_t at = 0; (at = out_.find("\x1b[H\x1b[2J", at)) != std::string::npos; ++at) {
    ++screens;
  }
  EXPECT_EQ(screens, 3U);
  screens_ = 1;
  out_steers_ = false;
  EXPECT_EQ(run({"status", "--watch"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("\x1b"))) << "a pipe, or a terminal that is dumb";
}

TEST_F(CliWithAgent, ColourIsForTerminalsAndNeverForJson) {
  run({"status"});
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
  color_ = true;
  run({"status"});
  EXPECT_THAT(out_, HasSubstr("\x1b[32mworking\x1b[0m"));
  run({"status", "--json"});
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
}

TEST_F(CliWithAgent, TextFromTheAgentCannotSteerTheTerminal) {
  agent_.view.endpoint.last_error = "\x1b]0;owned\x07";
  auto job = failed_job("a", 1);
  job.outcome = core::Failed{"x", 0, "\x1b[2J"};
  store_.records = {job};
  run({"status"});
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
  run({"jobs", "list"});
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
  EXPECT_THAT(out_, HasSubstr("\\x1b[2J"));
}

TEST_F(CliWithAgent, TheExitCodeSaysTheHealth) {
  EXPECT_EQ(run({"health"}), 0);
  EXPECT_EQ(out_, "ok\n");
  agent_.view.health = {
      core::found(core::finding::kCrlNotPublished, "crl.default", "expires in 1h", "publish")};
  EXPECT_EQ(run({"health"}), 1);
  EXPECT_EQ(out_, "degraded\n  degraded  crl.default: expires in 1h\n      -> publish\n");
  agent_.view.health = {
      core::found(core::finding::kStorageFailing, "queue", "disk full", "make room")};
  EXPECT_EQ(run({"health"}), 2);
  EXPECT_EQ(run({"health", "--json"}), 2);
  EXPECT_THAT(out_, StartsWith(R"({"version":1,"ok":true,"health":"down")"));
}

TEST_F(CliWithAgent, VersionIsOfBothPrograms) {
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_THAT(
      out_,
      HasSubstr(
          "certconnectord 0.1.0, commit 0a1b2c3d4e5f, control protocol 1, OpenSSL 3, SQLite 3"));
  EXPECT_EQ(run({"version", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("agent_version":"0.1.0")"));
  EXPECT_THAT(out_, HasSubstr(R"("program_version":")"));
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_THAT(out_, StartsWith("certconnector "));
}

TEST_F(CliWithAgent, JobsListIsATable) {
  store_.records = {failed_job("b", 2), example_job("a", 1)};
  EXPECT_EQ(run({"jobs", "list"}), 0);
  EXPECT_EQ(out_, R"(ID  TYPE   STATE   CA       TRIES  RECEIVED  DETAIL
b   issue  failed  default      1  3m ago    weak_key: the key has 1024 bits
a   issue  queued  default      0  3m ago
)");
}

TEST_F(CliWithAgent, JobsListTellsHowToGetTheNextPage) {
  store_.records = {failed_job("b", 2), failed_job("a", 1)};
  EXPECT_EQ(run({"jobs", "list", "--state", "failed", "--limit", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("certconnector jobs list --state failed --limit 1 --after 2"));
  EXPECT_EQ(run({"jobs", "list", "--state", "failed", "--limit", "1", "--after", "2"}), 0);
  EXPECT_THAT(out_, HasSubstr("\na   issue"));
  EXPECT_EQ(run({"jobs", "list", "--after", "1"}), 0);
  EXPECT_EQ(out_, "No jobs.\n");
}

TEST_F(CliWithAgent, JobsListTellsHowFarItLooked) {
  store_.searched_to = testing::FakeClock::kStart;
  EXPECT_EQ(run({"jobs", "list", "--ca", "default"}), 0);
  EXPECT_THAT(out_, HasSubstr("Looked back to "));
  EXPECT_THAT(out_, HasSubstr("certconnector jobs list --ca default --after 1"));
}

TEST_F(CliWithAgent, JobsThatFailedAreListedAlsoOnceTheyAreReported) {
  core::JobRecord reported = failed_job("b", 2);
  reported.state = core::JobState::reported;
  reported.ended_as = core::JobState::failed;
  store_.records = {reported, example_job("a", 1)};
  for (const char* option : {"--state", "--outcome"}) {
    EXPECT_EQ(run({"jobs", "list", option, "failed"}), 0);
    EXPECT_THAT(out_, HasSubstr("\nb   issue  "));
    EXPECT_THAT(out_, Not(HasSubstr("\na ")));
  }
  EXPECT_EQ(run({"jobs", "list", "--outcome", "dead"}), 0);
  EXPECT_EQ(out_, "No jobs.\n");
  EXPECT_NE(run({"jobs", "list", "--outcome", "reported"}), 0);
  EXPECT_THAT(err_,
              HasSubstr("no outcome 'reported'; there are succeeded, failed, dead, canceled"));
}

TEST_F(CliWithAgent, JobsListReadsTimesAsPeopleSayThem) {
  EXPECT_EQ(run({"jobs", "list", "--since", "2h"}), 0);
  EXPECT_EQ(store_.last_filter.since, FakeClock::kStart - std::chrono::hours(2));
  EXPECT_EQ(run({"jobs", "list", "--until", "soon"}), 64);
}

TEST_F(CliWithAgent, JobsShowAndExplainTellAllOfAJob) {
  store_.records = {failed_job("a", 1)};
  store_.events = {{clock_.now(), "retry", "the CA was away"}};
  EXPECT_EQ(run({"jobs", "show", "a"}), 0);
  EXPECT_THAT(out_, HasSubstr("Message       the key has 1024 bits"));
  EXPECT_THAT(out_, HasSubstr("2026-01-01 00:00:00 UTC  retry: the CA was away"));
  EXPECT_EQ(run({"jobs", "explain", "a"}), 0);
  EXPECT_THAT(out_, StartsWith("Job a (management, default) is failed."));
  EXPECT_THAT(out_, HasSubstr("\nNext\n"));
}

TEST_F(CliWithAgent, AZeroIsNotTheDefault) {
  for (const char* list : {"jobs", "certs"}) {
    EXPECT_EQ(run({list, "list", "--limit", "0"}), 1) << list;
    EXPECT_THAT(err_, HasSubstr("a page has 1 to ")) << list;
  }
  EXPECT_EQ(run({"certs", "lineage", "allow", "--count", "0", "0a"}), 1);
  EXPECT_THAT(err_, HasSubstr("allows 1 to 100"));
}

TEST_F(CliWithAgent, TheBeginningOfAJobsIdIsEnough) {
  store_.records = {failed_job("3f1c9f52", 2), failed_job("3f1c0000", 1), failed_job("77", 3)};
  EXPECT_EQ(run({"jobs", "explain", "3f1c9"}), 0);
  EXPECT_THAT(out_, StartsWith("Job 3f1c9f52 "));
  EXPECT_EQ(run({"jobs", "retry", "3f1c9"}), 0);
  EXPECT_EQ(out_, "3f1c9f52: will be tried again, now queued\n");
  EXPECT_EQ(run({"jobs", "retry", "3f1c"}), 64);
  EXPECT_THAT(err_,
              HasSubstr("several jobs have an id that begins with '3f1c': 3f1c0000, 3f1c9f52\n"
                        "  Give more characters of the id"));
  EXPECT_EQ(run({"jobs", "retry", "3f1"}), 1) << "too short";
  EXPECT_THAT(err_, HasSubstr("no job '3f1'"));
  EXPECT_EQ(run({"jobs", "retry", "3f1c5"}), 1);
  EXPECT_THAT(err_, HasSubstr("no job '3f1c5'"));
}

TEST_F(CliWithAgent, AnIdThatBeginsOthersIsMeantItself) {
  store_.records = {failed_job("job-1", 2), failed_job("job-10", 1), failed_job("job-11", 3)};
  EXPECT_EQ(run({"jobs", "explain", "job-1"}), 0);
  EXPECT_THAT(out_, StartsWith("Job job-1 "));
  store_.records.clear();
  for (int i = 10; i < 30; ++i) store_.records.push_back(failed_job("many" + std::to_string(i), i));
  EXPECT_EQ(run({"jobs", "explain", "many"}), 64);
  EXPECT_THAT(err_, HasSubstr("many18, many19 and more\n"));
}

TEST_F(CliWithAgent, JobsListShowsWhatPeopleLookUp) {
  store_.records = {failed_job("a", 1)};
  std::get<core::Failed>(*store_.records.front().outcome).hresult = -2146877420;
  EXPECT_EQ(run({"jobs", "list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("hresult":-2146877420,"hresult_hex":"0x80094014")"));
}

TEST_F(CliWithAgent, JobsAreChangedOneByOneAndTheWorstCodeCounts) {
  store_.records = {failed_job("b", 2), failed_job("a", 1)};
  EXPECT_EQ(run({"jobs", "retry", "a", "b"}), 0);
  EXPECT_EQ(out_, "a: will be tried again, now queued\nb: will be tried again, now queued\n");
  EXPECT_EQ(run({"jobs", "cancel", "x", "a"}), 1);
  EXPECT_EQ(out_, "a: canceled, now canceled\n");
  EXPECT_THAT(err_, HasSubstr("no job 'x'"));
  EXPECT_EQ(run({"jobs", "deny", "a", "--reason", "not ours"}), 0);
  EXPECT_EQ(store_.changes.back(), "deny a by alice: not ours");
  EXPECT_EQ(run({"jobs", "approve"}), 64);
}

TEST_F(CliWithAgent, EnrollReadsTheTokenFromWhereNobodyElseSeesIt) {
  EXPECT_EQ(run({"enroll", "-"}, "  cct1.abc \n"), 0);
  EXPECT_EQ(agent_.token, "cct1.abc");
  EXPECT_THAT(out_, StartsWith("Enrolled.\nAgent id     agent-1\n"));
  const std::string file = folder_.write("token", "cct1.file\n");
  EXPECT_EQ(run({"enroll", "--token-file", file}), 0);
  EXPECT_EQ(agent_.token, "cct1.file");
  EXPECT_EQ(run({"enroll", "cct1.arg"}), 0);
  EXPECT_EQ(agent_.token, "cct1.arg");
  EXPECT_EQ(run({"enroll"}, "cct1.in\n"), 0);
  EXPECT_EQ(run({"enroll"}), 64);
  EXPECT_EQ(run({"enroll", "cct1.arg", "--token-file", file}), 64);
  EXPECT_EQ(run({"enroll", "-"}, "\n"), 64);
  EXPECT_EQ(run({"enroll", "--token-file", folder_.file("missing")}), 1);
}

TEST_F(CliWithAgent, CaCreateTellsWhatToDoNext) {
  EXPECT_EQ(run({"ca", "create", "default", "--root", "--subject", "CN=R", "--key", "ec:256"}), 0);
  EXPECT_THAT(out_, HasSubstr("certconnector ca export default --out default.cer"));
  EXPECT_EQ(agent_.created.subject, "CN=R");
  EXPECT_EQ(agent_.created.key.kind, crypto::KeyKind::ec);
  EXPECT_EQ(run({"ca", "create", "default", "--subordinate", "--subject", "CN=S", "--out",
                 folder_.file("request.pem")}),
            0);
  EXPECT_THAT(folder_.read("request.pem"), StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
  EXPECT_THAT(out_, HasSubstr("certconnector ca import default --certificate"));
  EXPECT_EQ(run({"ca", "create", "default", "--subject", "CN=S"}), 64);
  EXPECT_EQ(run({"ca", "create", "default", "--root"}), 64);
  EXPECT_EQ(run({"ca", "create", "default", "--root", "--subject", "CN=R", "--key", "big"}), 64);
  EXPECT_EQ(run({"ca", "create", "other", "--root", "--subject", "CN=R"}), 1);
}

TEST_F(CliWithAgent, TheWaysToSetUpACaAreCommandsThatItTakes) {
  const Error error(control::RequestErrc::ca_not_set_up, ErrorKind::permanent, "");
  const auto commands = commands_in(control::remedy_for(error));
  ASSERT_EQ(commands.size(), 2U);
  for (const auto& command : commands) EXPECT_NE(run(command), 64) << err_;
}

TEST_F(CliWithAgent, CaExportWritesTheRoot) {
  const TestPki pki;
  agent_.chain = {pki.intermediate().certificate.der(), pki.root().certificate.der()};
  EXPECT_EQ(run({"ca", "export", "default", "--out", folder_.file("root.cer")}), 0);
  EXPECT_EQ(folder_.read("root.cer"), std::string(as_text(pki.root().certificate.der())));
  EXPECT_EQ(run({"ca", "export", "default"}), 0);
  EXPECT_EQ(out_, pki.root().certificate.to_pem());
  EXPECT_EQ(run({"ca", "export", "default", "--issuing"}), 0);
  EXPECT_EQ(out_, pki.intermediate().certificate.to_pem());
  EXPECT_EQ(run({"ca", "export", "default", "--chain"}), 0);
  EXPECT_EQ(out_, pki.intermediate().certificate.to_pem() + pki.root().certificate.to_pem());
  EXPECT_EQ(run({"ca", "export", "default", "--format", "der"}), 64);
  EXPECT_EQ(run({"ca", "export", "default", "--chain", "--issuing"}), 64);
  agent_.chain.pop_back();
  EXPECT_EQ(run({"ca", "export", "default"}), 1);
  EXPECT_THAT(err_, HasSubstr("does not reach its root"));
}

TEST_F(CliWithAgent, CaListShowsOneInFull) {
  EXPECT_EQ(run({"ca", "list", "default"}), 0);
  EXPECT_THAT(out_, HasSubstr("Templates     device, vpn (by approval)"));
  EXPECT_THAT(out_, HasSubstr("CRL           #4, 5 entries, expires in 6 days\n"
                              "              and 16 of its partitions\n"));
  EXPECT_EQ(run({"ca", "list", "other"}), 1);
  agent_.view.cas.push_back(agent_.view.cas.front());
  agent_.view.cas.back().description.name = "lab";
  EXPECT_EQ(run({"ca", "list", "lab", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("name":"lab")"));
  EXPECT_THAT(out_, Not(HasSubstr(R"("name":"default")")));
  agent_.view.cas.pop_back();
  EXPECT_EQ(run({"ca", "test", "default"}), 0);
  EXPECT_EQ(run({"ca", "publish-crl", "default"}), 0);
  EXPECT_THAT(out_, StartsWith("default: CRL published, number 4"));
}

TEST_F(CliWithAgent, APersonAtATerminalSeesHowFarTheBackupIs) {
  std::promise<void> asked;
  std::atomic<int> times{0};
  agent_.on_backup_progress = [&] {
    if (++times == 1) asked.set_value();
  };
  agent_.on_backup = [&] { asked.get_future().wait(); };
  terminal_ = true;
  EXPECT_EQ(run({"backup", "there"}), 0);
  EXPECT_THAT(err_, StartsWith("copying pages: 75 %\n"));
  EXPECT_THAT(out_, StartsWith("The backup is in " + folder_.file("there")));
}

TEST_F(CliWithAgent, ADatabaseThatCannotBeWrittenIsNotCalledFull) {
  agent_.view.state = jobs::OperatingState::storage_full;
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("database not writable, health"));
  EXPECT_THAT(out_, HasSubstr("until its database can be written"));
  EXPECT_THAT(out_, Not(HasSubstr("full")));
}

TEST_F(CliWithAgent, TheListOfCasSaysThatNothingIsIssued) {
  agent_.view.state = jobs::OperatingState::clock_wrong;
  for (const std::vector<std::string>& list :
       {std::vector<std::string>{"ca", "list"}, {"ca", "list", "default"}}) {
    EXPECT_EQ(run(list), 0);
    EXPECT_THAT(out_, HasSubstr("The machine's clock is wrong"));
  }
  EXPECT_EQ(run({"ca", "list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"at_rest\":\"The machine's clock is wrong"));
}

TEST_F(CliWithAgent, RunStateIdentityBackupAndConfiguration) {
  EXPECT_EQ(run({"pause"}), 0);
  EXPECT_EQ(out_, "The agent is now: paused\n");
  EXPECT_EQ(run({"resume", "--json"}), 0);
  EXPECT_EQ(out_, "{\"version\":1,\"ok\":true,\"state\":\"working\"}\n");
  EXPECT_EQ(run({"drain"}), 0);
  EXPECT_EQ(run({"identity", "show"}), 0);
  EXPECT_THAT(out_, HasSubstr("Valid to     2026-03-02 00:00:00 UTC (in 60 days)"));
  EXPECT_EQ(run({"identity", "renew"}), 0);
  EXPECT_EQ(run({"backup", "there"}), 0);
  EXPECT_EQ(agent_.calls.back(), "backup " + folder_.file("there"));
  EXPECT_EQ(run({"config", "show"}), 0);
  EXPECT_EQ(out_, "[agent]\nworkers = 2\n");
  EXPECT_EQ(run({"config", "show", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("settings":[{"section":"agent","key":"workers","value":"2"}])"));
}

}  // namespace
}  // namespace certconnector::testing
