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
  // Newest first: one by SCEP, one of the endpoint.
  CertificateCommands() {
    core::JobRecord by_scep = testing::issued_job("scep-2", 2, "CN=phone 2,O=Test");
    by_scep.job.key.source = core::JobSource::scep;
    by_scep.job.key.instance = "phones";
    jobs_ = {by_scep, testing::issued_job("job-1", 1, "CN=laptop 1")};
    testing::record_certificate(certificates_, jobs_[1]);
    core::CertificateHolder holder;
    holder.transaction_id = "t2";
    holder.device = "device-2";
    holder.challenge = "challenge-2";
    testing::record_certificate(certificates_, by_scep, holder);
  }

  const core::IssuedCertificate& certificate(std::size_t job) {
    return std::get<core::Issued>(*jobs_.at(job).outcome).certificate;
  }
  std::string serial(std::size_t job) { return text::to_hex(certificate(job).serial); }
  // The CA tells the agent of its revocations.
  void tell(const core::CaFingerprint& ca = testing::kExampleCa) {
    agent_.lookups[ca] = std::make_shared<testing::FakeRegister>();
  }
  void serve_another_ca() {
    auto second = testing::example_view().cas.at(0);
    second.description.name = "second";
    second.description.fingerprint = kSecondCa;
    agent_.view.cas.push_back(second);
  }
  void revoke(std::size_t job) {
    core::RevokeEntry entry;
    entry.id.serial = certificate(job).serial;
    entry.revocation = {clock_.now(), core::RevocationReason::key_compromise, std::nullopt};
    ASSERT_TRUE(certificates_.revoke(testing::kExampleCa, {entry}, clock_.now()).ok());
  }

  wire::CertsListResult list(const std::string& arguments = "{}") {
    return result_of<wire::CertsListResult>(wire::command::kCertsList, arguments);
  }
  wire::Certificate show(const std::string& id) {
    return result_of<wire::CertShowResult>(wire::command::kCertsShow, R"({"id":")" + id + R"("})")
        .certificate;
  }

  const core::CaFingerprint kSecondCa = core::CaFingerprint(64, 'b');
  std::vector<core::JobRecord> jobs_;  // of the certificates
};

TEST_F(CertificateCommands, ListTellsForWhomEachWasIssued) {
  const auto all = list();
  ASSERT_THAT(all.certificates, SizeIs(2));
  EXPECT_FALSE(all.next);
  EXPECT_FALSE(all.searched_to);
  const auto& first = all.certificates[0];
  EXPECT_EQ(first.subject, "CN=phone 2,O=Test");
  EXPECT_EQ(first.serial, serial(0));
  EXPECT_EQ(first.ca_name, "default");
  EXPECT_EQ(first.template_name, "device");
  EXPECT_EQ(first.source, "scep");
  EXPECT_EQ(first.instance, "phones");
  EXPECT_EQ(first.transaction, "t2");
  EXPECT_EQ(first.device, "device-2");
  EXPECT_EQ(first.challenge, "challenge-2");
  EXPECT_EQ(first.lineage, "2");
  EXPECT_EQ(first.issued_at, testing::FakeClock::kStart);
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
  const ListRow rows[] = {{R"({"service":"phones"})", {"scep-2"}},
                          {R"({"service":"printers"})", {}},
                          {R"({"device":"device-2"})", {"scep-2"}},
                          {R"({"device":"device-2","subject":"laptop"})", {}},
                          {R"({"device":"device-2","ca":"default"})", {"scep-2"}},
                          {R"({"transaction":"t2"})", {"scep-2"}},
                          {R"({"transaction":"t1"})", {}},
                          {R"({"lineage":"1"})", {"job-1"}},
                          {R"({"subject":"LAPTOP"})", {"job-1"}},
                          {R"({"subject":"CN="})", {"scep-2", "job-1"}},
                          {R"({"since":"2026-01-01T00:00:00Z"})", {"scep-2", "job-1"}},
                          {R"({"since":"2026-01-01T00:00:01Z"})", {}},
                          {R"({"until":"2026-01-01T00:00:00Z"})", {"scep-2", "job-1"}},
                          {R"({"until":"2025-12-31T23:59:59Z"})", {}},
                          {R"({"after":"2.1767225600000"})", {"job-1"}},
                          {R"({"after":"2.1767225600000","service":"phones"})", {}}};
  for (const ListRow& row : rows) {
    std::vector<std::string> jobs;
    for (const auto& one : list(row.arguments).certificates) jobs.push_back(one.job);
    EXPECT_EQ(jobs, row.jobs) << row.arguments;
  }
}

TEST_F(CertificateCommands, ListGoesOnWhereAPageEnded) {
  const auto first = list(R"({"limit":1})");
  ASSERT_THAT(first.certificates, SizeIs(1));
  ASSERT_TRUE(first.next);
  EXPECT_EQ(first.searched_to, testing::FakeClock::kStart);
  const auto second = list(R"({"limit":2,"after":")" + *first.next + R"("})");
  ASSERT_THAT(second.certificates, SizeIs(1));
  EXPECT_EQ(second.certificates[0].job, "job-1");
  EXPECT_FALSE(second.next);
}

TEST_F(CertificateCommands, ShowFindsByWhatPeopleCopy) {
  tell();
  const core::IssuedCertificate& issued = certificate(0);
  std::string colons;
  for (std::size_t at = 0; at < serial(0).size(); at += 2) colons += ":" + serial(0).substr(at, 2);
  for (const std::string& id : {serial(0), "00" + serial(0), "0x" + serial(0), colons.substr(1),
                                text::to_hex(crypto::view(crypto::sha256(issued.certificate))),
                                text::to_hex(crypto::view(crypto::sha1(issued.certificate)))}) {
    const auto shown = show(id);
    EXPECT_EQ(shown.serial, serial(0)) << id;
    EXPECT_EQ(shown.status, "valid");
    EXPECT_EQ(shown.device, "device-2");
    EXPECT_FALSE(shown.certificate.empty());
  }
}

TEST_F(CertificateCommands, ShowNeedsNoJob) {
  store_.records.clear();
  EXPECT_EQ(show(serial(1)).job, "job-1");
  core::JobRecord unknown = testing::issued_job("", 3, "CN=older");
  unknown.job.key.instance.clear();
  testing::record_certificate(certificates_, unknown);
  const auto shown =
      show(text::to_hex(std::get<core::Issued>(*unknown.outcome).certificate.serial));
  EXPECT_EQ(shown.template_name, "device");
  EXPECT_EQ(shown.source, "");
  EXPECT_EQ(shown.job, "");
}

TEST_F(CertificateCommands, ShowKnowsRevocationsAndEnds) {
  tell();
  clock_.advance(std::chrono::hours(24 * 366));
  EXPECT_EQ(show(serial(0)).status, "expired");
  revoke(0);
  EXPECT_EQ(show(serial(0)).status, "revoked");
  EXPECT_EQ(show(serial(0)).revocation_reason, "keyCompromise");
}

TEST_F(CertificateCommands, ShowTellsCasApart) {
  serve_another_ca();
  core::JobRecord other = jobs_[0];
  other.job.ca = kSecondCa;
  testing::record_certificate(certificates_, other);
  EXPECT_EQ(show(serial(0)).ca_name, "second") << "the newest";
  const auto named = result_of<wire::CertShowResult>(
      wire::command::kCertsShow, R"({"id":")" + serial(0) + R"(","ca":"default"})");
  EXPECT_EQ(named.certificate.ca_name, "default");
}

TEST_F(CertificateCommands, RevokeIsAJobOfTheAgentsOwn) {
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  const auto revoked = result_of<wire::CertRevokeResult>(
      wire::command::kCertsRevoke, R"({"serial":")" + serial(0) + R"(","reason":"keyCompromise"})");
  EXPECT_EQ(revoked.revoked_at, clock_.now());
  EXPECT_EQ(revoked.ca_name, "default");
  EXPECT_EQ(revoked.state, "succeeded");
  ASSERT_THAT(agent_.run, SizeIs(1));
  const core::Job& job = agent_.run[0].job;
  EXPECT_EQ(job.key.source, core::JobSource::local);
  EXPECT_THAT(job.key.id, StartsWith("revoke-" + serial(0)));
  EXPECT_EQ(job.ca, testing::kExampleCa);
  EXPECT_EQ(job.correlation_id, "by alice");
  const auto& request = std::get<core::RevokeRequest>(job.request);
  EXPECT_EQ(request.serial, certificate(0).serial);
  EXPECT_EQ(request.reason, core::RevocationReason::key_compromise);
  EXPECT_EQ(logger_.count("control.command"), 1U);
}

TEST_F(CertificateCommands, ARevocationThatTakesLongIsToldAsItStands) {
  const auto queued = result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke,
                                                        R"({"serial":")" + serial(0) + R"("})");
  EXPECT_EQ(queued.state, "queued");
  EXPECT_FALSE(queued.revoked_at);
}

TEST_F(CertificateCommands, RevokeGoesToTheOneCaThatKeepsNoRegister) {
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  const auto revoked =
      result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke, R"({"serial":"0a0b"})");
  EXPECT_EQ(revoked.ca_name, "default");
  serve_another_ca();
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":"0a0b"})"), "bad_value");
  const auto named = result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke,
                                                       R"({"serial":"0a0b","ca":"second"})");
  EXPECT_EQ(named.ca_name, "second");
}

TEST_F(CertificateCommands, TheBeginningOfAKnownNumberIsNoNumberOfAnotherCa) {
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  const std::string beginning = serial(0).substr(0, 8);
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":")" + beginning + R"("})"),
            "bad_value");
}

TEST_F(CertificateCommands, RevokeKnowsTheCaOfWhatTheAgentRecorded) {
  serve_another_ca();
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  for (const std::string& id :
       {serial(0), text::to_hex(crypto::view(crypto::sha1(certificate(0).certificate))),
        text::to_hex(crypto::view(crypto::sha256(certificate(0).certificate)))}) {
    const auto revoked = result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke,
                                                           R"({"serial":")" + id + R"("})");
    EXPECT_EQ(revoked.ca_name, "default") << id;
    EXPECT_EQ(std::get<core::RevokeRequest>(agent_.run.back().job.request).serial,
              certificate(0).serial);
  }
  core::JobRecord other = jobs_[0];
  other.job.ca = kSecondCa;
  testing::record_certificate(certificates_, other);
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":")" + serial(0) + R"("})"),
            "bad_value")
      << "two CAs use this serial number";
}

TEST_F(CertificateCommands, RevokeLeavesTheCertificatesOfOtherCasAlone) {
  core::JobRecord other = testing::issued_job("job-3", 3, "CN=elsewhere");
  other.job.ca = core::CaFingerprint(64, 'c');
  testing::record_certificate(certificates_, other);
  const std::string foreign =
      text::to_hex(std::get<core::Issued>(*other.outcome).certificate.serial);
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":")" + foreign + R"("})"),
            "no_such_ca");
  EXPECT_THAT(agent_.run, IsEmpty());
}

TEST_F(CertificateCommands, ARevocationThatFailsSaysWhy) {
  agent_.run_outcome = core::Failed{"not_on_hold", 0, "It is not on hold."};
  const auto answer = ask(wire::command::kCertsRevoke,
                          R"({"serial":")" + serial(0) + R"(","reason":"removeFromCRL"})");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, "not_revoked");
  EXPECT_THAT(answer.error->message, HasSubstr("It is not on hold. (not_on_hold, job revoke-"));
}

TEST_F(CertificateCommands, AnImportedCaRevokesAnySerialNumberWhereItIsNamed) {
  tell();
  const auto known = std::make_shared<testing::FakeRegister>();
  known->issued_more = true;
  agent_.lookups[testing::kExampleCa] = known;
  agent_.run_outcome = core::Revoked{clock_.now(), false};
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke, R"({"serial":"0a51"})"), "no_such_certificate");
  EXPECT_THAT(agent_.run, IsEmpty()) << "it may be a slip of the pen";
  const auto revoked = result_of<wire::CertRevokeResult>(wire::command::kCertsRevoke,
                                                         R"({"serial":"0a51","ca":"default"})");
  EXPECT_EQ(revoked.ca_name, "default");
  ASSERT_THAT(agent_.run, SizeIs(1));
  EXPECT_EQ(std::get<core::RevokeRequest>(agent_.run[0].job.request).serial, (Bytes{0x0a, 0x51}));
  EXPECT_EQ(refusal_of(wire::command::kCertsRevoke,
                       R"({"serial":")" + std::string(64, 'a') + R"(","ca":"default"})"),
            "no_such_certificate")
      << "a thumbprint";
}

struct FailedCertificateCommand {
  std::string_view command;
  const char* arguments;
  const char* code;
};

TEST_F(CertificateCommands, RefusesWhatMakesNoSense) {
  tell();
  const FailedCertificateCommand rows[] = {
      {wire::command::kCertsList, R"({"limit":0})", "bad_value"},
      {wire::command::kCertsList, R"({"limit":501})", "bad_value"},
      {wire::command::kCertsList, R"({"after":"x"})", "bad_value"},
      {wire::command::kCertsList, R"({"after":"2"})", "bad_value"},
      {wire::command::kCertsList, R"({"after":"2.x"})", "bad_value"},
      {wire::command::kCertsList, R"({"lineage":"x"})", "bad_value"},
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
