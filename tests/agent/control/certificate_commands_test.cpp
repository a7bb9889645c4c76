#include <gmock/gmock.h>

#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class CertificateCommands : public testing::CommandDispatcherTest {
 protected:
  // Newest first: one by SCEP, a failed one, one of the endpoint.
  CertificateCommands() {
    core::JobRecord by_scep = testing::issued_job("scep-3", 3, "CN=phone 3,O=Test");
    by_scep.job.key.source = core::JobSource::scep;
    by_scep.job.key.instance = "phones";
    store_.records = {by_scep, testing::failed_job("job-2", 2),
                      testing::issued_job("job-1", 1, "CN=laptop 1")};
    core::EnrollmentRecord enrollment;
    enrollment.key = {"phones", "t3", {}};
    enrollment.device = "device-3";
    enrollment.challenge = "challenge-3";
    enrollment.ticket.value = 3;
    enrollment.job = "scep-3";
    enrollments_.records = {enrollment};
  }

  const core::IssuedCertificate& certificate(std::size_t record) {
    return std::get<core::Issued>(*store_.records.at(record).outcome).certificate;
  }
  // The CA knows this certificate from now on.
  core::CertificateRecord& know(const core::IssuedCertificate& issued) {
    auto known = std::make_shared<testing::FakeRegister>();
    core::CertificateRecord record;
    record.entry.template_name = "device";
    record.entry.certificate = issued;
    known->records = {record};
    agent_.lookups[testing::kExampleCa] = known;
    return known->records.front();
  }

  wire::CertsListResult list(const std::string& arguments = "{}") {
    return result_of<wire::CertsListResult>(wire::command::kCertsList, arguments);
  }
  wire::Certificate show(const std::string& id) {
    return result_of<wire::CertShowResult>(wire::command::kCertsShow, R"({"id":")" + id + R"("})")
        .certificate;
  }
};

TEST_F(CertificateCommands, ListTellsForWhomEachWasIssued) {
  const auto all = list();
  ASSERT_THAT(all.certificates, SizeIs(2)) << "the failed job brought none";
  EXPECT_FALSE(all.next);
  const auto& first = all.certificates[0];
  EXPECT_EQ(first.subject, "CN=phone 3,O=Test");
  EXPECT_EQ(first.serial, text::to_hex(certificate(0).serial));
  EXPECT_EQ(first.ca_name, "default");
  EXPECT_EQ(first.template_name, "device");
  EXPECT_EQ(first.source, "scep");
  EXPECT_EQ(first.instance, "phones");
  EXPECT_EQ(first.transaction, "t3");
  EXPECT_EQ(first.device, "device-3");
  EXPECT_EQ(first.challenge, "challenge-3");
  EXPECT_EQ(first.status, "unknown") << "this CA does not tell";
  EXPECT_EQ(first.certificate, "");
  EXPECT_EQ(all.certificates[1].source, "management");
  EXPECT_EQ(all.certificates[1].job, "job-1");
}

struct ListRow {
  const char* arguments;
  std::vector<std::string> jobs;
};

TEST_F(CertificateCommands, ListTakesFilters) {
  const ListRow rows[] = {{R"({"service":"phones"})", {"scep-3"}},
                          {R"({"service":"printers"})", {}},
                          {R"({"device":"device-3"})", {"scep-3"}},
                          {R"({"device":"device-3","subject":"laptop"})", {}},
                          {R"({"device":"device-3","ca":"default"})", {"scep-3"}},
                          {R"({"subject":"LAPTOP"})", {"job-1"}},
                          {R"({"subject":"CN="})", {"scep-3", "job-1"}},
                          {R"({"after":"3"})", {"job-1"}},
                          {R"({"after":"3","service":"phones"})", {}}};
  for (const ListRow& row : rows) {
    std::vector<std::string> jobs;
    for (const auto& one : list(row.arguments).certificates) jobs.push_back(one.job);
    EXPECT_EQ(jobs, row.jobs) << row.arguments;
  }
  list(R"({"ca":"default"})");
  EXPECT_EQ(store_.last_filter.ca, testing::kExampleCa);
  EXPECT_EQ(store_.last_filter.type, core::JobType::issue);
}

TEST_F(CertificateCommands, ListGoesOnWhereAPageEnded) {
  const auto first = list(R"({"limit":1})");
  ASSERT_THAT(first.certificates, SizeIs(1));
  ASSERT_TRUE(first.next);
  EXPECT_EQ(first.searched_to, store_.records[0].received);
  const auto second = list(R"({"limit":2,"after":")" + *first.next + R"("})");
  ASSERT_THAT(second.certificates, SizeIs(1));
  EXPECT_EQ(second.certificates[0].job, "job-1");
  EXPECT_FALSE(second.next);
}

TEST_F(CertificateCommands, ASearchEndsAfterSoManyJobsAndSaysHowFarItLooked) {
  const core::JobRecord failed = testing::failed_job("f", 1);
  store_.records.clear();
  for (std::int64_t ticket = 20500; ticket > 0; --ticket) {
    store_.records.push_back(failed);
    store_.records.back().ticket.value = ticket;
  }
  const auto page = list();
  EXPECT_THAT(page.certificates, IsEmpty());
  EXPECT_EQ(page.next, "501");
  EXPECT_TRUE(page.searched_to);
  EXPECT_FALSE(list(R"({"after":"501"})").next);
}

TEST_F(CertificateCommands, ShowLooksAsFarBackAsThereAreJobs) {
  const core::JobRecord issued = store_.records.at(0);
  const core::JobRecord failed = testing::failed_job("f", 1);
  store_.records.clear();
  for (std::int64_t ticket = 41000; ticket > 1; --ticket) {
    store_.records.push_back(failed);
    store_.records.back().ticket.value = ticket;
  }
  store_.records.push_back(issued);
  store_.records.back().ticket.value = 1;
  const auto* found = std::get_if<core::Issued>(&*issued.outcome);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(show(text::to_hex(found->certificate.serial)).job, issued.job.key.id);
}

TEST_F(CertificateCommands, ShowFindsByWhatPeopleCopy) {
  const core::IssuedCertificate& issued = certificate(0);
  know(issued);
  const std::string serial = text::to_hex(issued.serial);
  std::string colons;
  for (std::size_t at = 0; at < serial.size(); at += 2) colons += ":" + serial.substr(at, 2);
  for (const std::string& id : {serial, "00" + serial, "0x" + serial, colons.substr(1),
                                text::to_hex(crypto::view(crypto::sha256(issued.certificate)))}) {
    const auto shown = show(id);
    EXPECT_EQ(shown.serial, serial) << id;
    EXPECT_EQ(shown.status, "valid");
    EXPECT_EQ(shown.device, "device-3");
    EXPECT_FALSE(shown.certificate.empty());
  }
  EXPECT_EQ(show(text::to_hex(crypto::view(crypto::sha1(certificate(2).certificate)))).job,
            "job-1");
}

TEST_F(CertificateCommands, ShowKnowsRevocationsAndWhatHasNoJobAnyMore) {
  core::CertificateRecord& record = know(certificate(0));
  const std::string serial = text::to_hex(certificate(0).serial);
  record.revocation =
      core::RevocationRecord{clock_.now(), core::RevocationReason::key_compromise, std::nullopt};
  EXPECT_EQ(show(serial).status, "revoked");
  EXPECT_EQ(show(serial).revocation_reason, "keyCompromise");
  store_.records.clear();
  const auto shown = show(serial);
  EXPECT_EQ(shown.template_name, "device");
  EXPECT_EQ(shown.source, "");
  EXPECT_FALSE(shown.issued_at);
  clock_.advance(std::chrono::hours(24 * 366));
  record.revocation.reset();
  EXPECT_EQ(show(serial).status, "expired");
}

TEST_F(CertificateCommands, RevokeIsAJobOfTheAgentsOwn) {
  know(certificate(0));
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  const std::string serial = text::to_hex(certificate(0).serial);
  const auto revoked = result_of<wire::CertRevokeResult>(
      wire::command::kCertsRevoke, R"({"serial":")" + serial + R"(","reason":"keyCompromise"})");
  EXPECT_EQ(revoked.revoked_at, clock_.now());
  EXPECT_EQ(revoked.ca_name, "default");
  EXPECT_EQ(revoked.state, "succeeded");
  ASSERT_THAT(agent_.run, SizeIs(1));
  const core::Job& job = agent_.run[0].job;
  EXPECT_EQ(job.key.source, core::JobSource::local);
  EXPECT_THAT(job.key.id, StartsWith("revoke-" + serial));
  EXPECT_EQ(job.ca, testing::kExampleCa);
  EXPECT_EQ(job.correlation_id, "by alice");
  const auto& request = std::get<core::RevokeRequest>(job.request);
  EXPECT_EQ(request.serial, certificate(0).serial);
  EXPECT_EQ(request.reason, core::RevocationReason::key_compromise);
  EXPECT_EQ(logger_.count("control.command"), 1U);
}

TEST_F(CertificateCommands, ARevocationThatTakesLongIsToldAsItStands) {
  know(certificate(0));
  const auto queued = result_of<wire::CertRevokeResult>(
      wire::command::kCertsRevoke,
      R"({"serial":")" + text::to_hex(certificate(0).serial) + R"("})");
  EXPECT_EQ(queued.state, "queued");
  EXPECT_FALSE(queued.revoked_at);
}

TEST_F(CertificateCommands, RevokeGoesToTheOneCaThatKeepsNoRegister) {
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  const auto revoked =
      result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke, R"({"serial":"0a0b"})");
  EXPECT_EQ(revoked.ca_name, "default");
  auto second = testing::example_view().cas.at(0);
  second.description.name = "second";
  second.description.fingerprint = std::string(64, 'b');
  agent_.view.cas.push_back(second);
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":"0a0b"})"), "bad_value");
  const auto named = result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke,
                                                       R"({"serial":"0a0b","ca":"second"})");
  EXPECT_EQ(named.ca_name, "second");
}

TEST_F(CertificateCommands, ARevocationThatFailsSaysWhy) {
  know(certificate(0));
  agent_.run_outcome = core::Failed{"not_on_hold", 0, "It is not on hold."};
  const auto answer =
      ask(wire::command::kCertsRevoke, R"({"serial":")" + text::to_hex(certificate(0).serial) +
                                           R"(","reason":"removeFromCRL"})");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, "not_revoked");
  EXPECT_THAT(answer.error->message, HasSubstr("It is not on hold. (not_on_hold, job revoke-"));
}

struct FailedCertificateCommand {
  std::string_view command;
  const char* arguments;
  const char* code;
};

TEST_F(CertificateCommands, RefusesWhatMakesNoSense) {
  know(certificate(0));
  const FailedCertificateCommand rows[] = {
      {wire::command::kCertsList, R"({"limit":0})", "bad_value"},
      {wire::command::kCertsList, R"({"limit":501})", "bad_value"},
      {wire::command::kCertsList, R"({"after":"x"})", "bad_value"},
      {wire::command::kCertsList, R"({"ca":"nobody"})", "no_such_ca"},
      {wire::command::kCertsShow, R"({"id":"0102"})", "no_such_certificate"},
      {wire::command::kCertsShow, R"({"id":""})", "bad_value"},
      {wire::command::kCertsShow, R"({"id":"phone"})", "bad_value"},
      {wire::command::kCertsShow, R"({"id":"00"})", "no_such_certificate"},
      {wire::command::kCertsRevoke, R"({"serial":"0102"})", "no_such_certificate"},
      {wire::command::kCertsRevoke, R"({"serial":"00"})", "bad_value"},
      {wire::command::kCertsRevoke, R"({"serial":"0102","reason":"anger"})", "bad_value"}};
  for (const FailedCertificateCommand& row : rows) {
    EXPECT_EQ(refusal_of(row.command, row.arguments), row.code) << row.arguments;
  }
  EXPECT_THAT(agent_.run, IsEmpty());
}

}  // namespace
}  // namespace certconnector::control
