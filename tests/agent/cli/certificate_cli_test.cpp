// The commands that show and revoke certificates.
#include <gmock/gmock.h>

#include "common/text/hex.h"
#include "proto/control/codec.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class CertificateCli : public CliTest {
 protected:
  CertificateCli() {
    store_.records = {issued_job("job-2", 2, "CN=phone 2"), issued_job("job-1", 1, "CN=phone 1")};
    record_certificate(certificates_, store_.records[1]);
    record_certificate(certificates_, store_.records[0]);
    agent_.run_outcome = core::Revoked{FakeClock::kStart, false};
    start_agent();
  }

  // Another certificate, with this serial number.
  void record(const std::string& serial) {
    core::JobRecord job = issued_job("job-of-" + serial, 3, "CN=phone 3");
    std::get<core::Issued>(*job.outcome).certificate.serial = *text::from_hex(serial);
    record_certificate(certificates_, job);
  }

  [[nodiscard]] std::string serial() const {
    return text::to_hex(std::get<core::Issued>(*store_.records.at(0).outcome).certificate.serial);
  }
};

TEST_F(CertificateCli, ListIsATable) {
  EXPECT_EQ(run({"certs", "list"}), 0);
  EXPECT_THAT(out_, StartsWith("SERIAL"));
  EXPECT_THAT(out_, HasSubstr(serial()));
  EXPECT_THAT(out_, HasSubstr("CN=phone 1"));
  EXPECT_THAT(out_, HasSubstr("management default"));
  EXPECT_EQ(run({"certs", "list", "--subject", "nobody"}), 0);
  EXPECT_EQ(out_, "No certificates.\n");
}

TEST_F(CertificateCli, ListSaysHowToGoOn) {
  EXPECT_EQ(run({"certs", "list", "--limit", "1", "--subject", "phone"}), 0);
  EXPECT_THAT(out_, EndsWith("\nThere may be more: certconnector certs list --subject phone "
                             "--limit 1 --after 2.1767225600000\n"));
  EXPECT_EQ(run({"certs", "list", "--limit", "9999"}), 1);
  EXPECT_THAT(err_, HasSubstr("1 to 500"));
}

TEST_F(CertificateCli, ListTakesTimesAsJobsDo) {
  EXPECT_EQ(run({"certs", "list", "--since", "2h", "--until", "2026-01-01T00:00:00Z"}), 0);
  EXPECT_THAT(out_, HasSubstr("CN=phone 2"));
  EXPECT_EQ(run({"certs", "list", "--until", "2h"}), 0);
  EXPECT_EQ(out_, "No certificates.\n");
  EXPECT_EQ(run({"certs", "list", "--since", "soon"}), 64);
  EXPECT_THAT(err_, HasSubstr("--since 'soon' is neither a time such as"));
  EXPECT_EQ(run({"certs", "list", "--since", "2h", "--limit", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("certs list --since 2h --limit 1 --after 2."));
}

TEST_F(CertificateCli, ListFindsALineage) {
  EXPECT_EQ(run({"certs", "show", serial()}), 0);
  EXPECT_THAT(out_, HasSubstr("Lineage       2\n"));
  EXPECT_EQ(run({"certs", "list", "--lineage", "2"}), 0);
  EXPECT_THAT(out_, HasSubstr("CN=phone 2"));
  EXPECT_EQ(run({"certs", "list", "--lineage", "x"}), 1);
}

TEST_F(CertificateCli, ShowHasItInFullOrAsPem) {
  EXPECT_EQ(run({"certs", "show", serial()}), 0);
  EXPECT_THAT(out_, StartsWith("Serial        " + serial() + "\n"));
  EXPECT_THAT(out_, HasSubstr("Status        unknown: its CA does not tell this agent\n"));
  EXPECT_THAT(out_, HasSubstr("Issued for    endpoint default, job job-2\n"));
  EXPECT_EQ(run({"certs", "show", "--pem", serial()}), 0);
  EXPECT_THAT(out_, StartsWith("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_EQ(run({"certs", "show", "0102"}), 1);
  EXPECT_EQ(run({"certs", "show"}), 64);
}

TEST_F(CertificateCli, TheBeginningOfASerialNumberIsEnoughToSeeIt) {
  record("ab12cd34ef");
  record("ab12ff");
  EXPECT_EQ(run({"certs", "show", "AB:12:C"}), 0) << err_;
  EXPECT_THAT(out_, StartsWith("Serial        ab12cd34ef\n"));
  EXPECT_EQ(run({"certs", "lineage", "show", "ab12c"}), 0) << err_;
  EXPECT_EQ(run({"certs", "show", "ab1"}), 1) << "too short";
  EXPECT_EQ(run({"certs", "show", "ab12d"}), 1);
  EXPECT_EQ(run({"certs", "show", "ab12"}), 64);
  EXPECT_THAT(err_, HasSubstr("several serial numbers begin with 'ab12': ab12cd34ef, ab12ff\n"));
}

// The CA keeps no records here: a number that nobody knows is revoked as it is.
TEST_F(CertificateCli, ARevocationNeedsTheWholeSerialNumber) {
  record("ab12cd34ef");
  EXPECT_EQ(run({"certs", "revoke", "ab12cd"}), 1);
  EXPECT_THAT(err_, HasSubstr("is the beginning of the serial number ab12cd34ef"));
  EXPECT_THAT(agent_.run, IsEmpty());
  EXPECT_EQ(run({"certs", "revoke", "ab12cd", "--ca", "default"}), 0);
  ASSERT_THAT(agent_.run, SizeIs(1));
  const auto& revoked = std::get<core::RevokeRequest>(agent_.run.front().job.request);
  EXPECT_EQ(text::to_hex(revoked.serial), "ab12cd");
  EXPECT_EQ(run({"certs", "revoke", "--lineage", "ab12cd"}), 1);
  terminal_ = true;
  EXPECT_EQ(run({"certs", "revoke", "ab12cd"}, "n\n"), 1);
  EXPECT_THAT(err_, HasSubstr("Revoke the certificate ab12cd?")) << "not another one";
  EXPECT_THAT(agent_.run, SizeIs(1));
}

TEST_F(CertificateCli, RevokeDoesItAtOnceForAScript) {
  EXPECT_EQ(run({"certs", "revoke", serial(), "--reason", "superseded"}), 0);
  EXPECT_THAT(out_, HasSubstr(": revoked at 2026-01-01 00:00:00 UTC (CA default, job revoke-"));
  EXPECT_EQ(err_, "");
  EXPECT_THAT(agent_.run, SizeIs(1));
  EXPECT_EQ(run({"certs", "revoke"}), 64);
}

TEST_F(CertificateCli, RevokeAsksAtATerminal) {
  terminal_ = true;
  EXPECT_EQ(run({"certs", "revoke", serial()}, "n\n"), 1);
  EXPECT_THAT(err_, HasSubstr(serial() + ", CN=phone 2? Only a hold can be taken back. [y/N]"));
  EXPECT_EQ(run({"certs", "revoke", serial()}, ""), 1);
  EXPECT_THAT(agent_.run, IsEmpty());
  EXPECT_EQ(run({"certs", "revoke", serial()}, "y\n"), 0);
  EXPECT_EQ(run({"certs", "revoke", "--yes", serial()}), 0);
  EXPECT_EQ(run({"certs", "revoke", "--json", serial()}), 0);
  EXPECT_THAT(agent_.run, SizeIs(3));
}

TEST_F(CertificateCli, ALineageIsShownAndAllowedMore) {
  EXPECT_EQ(run({"certs", "lineage", "show", serial()}), 0);
  EXPECT_THAT(out_, StartsWith("Lineage       2\nIn force      0\n"));
  EXPECT_THAT(out_, HasSubstr("Allowed       0 beyond the limits\n"));
  EXPECT_THAT(out_, HasSubstr("CN=phone 2"));
  EXPECT_EQ(run({"certs", "lineage", "allow", serial(), "--count", "2"}), 0);
  EXPECT_THAT(out_, HasSubstr("Allowed       2 beyond the limits\n"));
  EXPECT_EQ(run({"--json", "certs", "lineage", "allow", serial()}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("allowed":3)"));
  EXPECT_EQ(run({"certs", "lineage", "allow"}), 64);
  EXPECT_EQ(run({"certs", "lineage", "show", "0102"}), 1);
}

TEST_F(CertificateCli, RevokeTakesAWholeLineage) {
  terminal_ = true;
  EXPECT_EQ(run({"certs", "revoke", "--lineage", serial()}, "n\n"), 1);
  EXPECT_THAT(err_, HasSubstr("Revoke all of the lineage of the certificate " + serial()));
  EXPECT_THAT(agent_.run, IsEmpty());
  EXPECT_EQ(run({"certs", "revoke", "--lineage", "--yes", "--reason", "keyCompromise", serial()}),
            0);
  EXPECT_THAT(out_, HasSubstr(serial() + ": revoked at 2026-01-01 00:00:00 UTC (job revoke-"));
  EXPECT_THAT(out_, HasSubstr("Lineage 2 renews no more.\n"));
  EXPECT_THAT(agent_.run, SizeIs(1));
}

TEST_F(CertificateCli, RevokeSaysSoWhenItHasToWait) {
  agent_.run_outcome.reset();
  EXPECT_EQ(run({"certs", "revoke", serial()}), 0);
  EXPECT_THAT(out_, HasSubstr("its revocation is queued; see: certconnector jobs explain revoke-"));
}

}  // namespace
}  // namespace certconnector::testing
