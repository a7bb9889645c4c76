// `ca import` and `ca adopt`: what the caller's files become in the messages to the agent.
#include <gmock/gmock.h>

#include <filesystem>

#include "agent/cli/openssl_index.h"
#include "agent/core/certificate_rules.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kDer = std::string("\x30\x03\x02\x01\x07", 5);  // of a certificate or a CRL

std::string pem_of(const std::string& label) {
  return "text before\n-----BEGIN " + label + "-----\nMAMC\nAQc=\n-----END " + label + "-----\n";
}

class CaImport : public CliTest {
 protected:
  CaImport() { start_agent(); }
  int import(const std::vector<std::string>& more) {
    const std::string pem = folder_.write("ca.pem", "PEM");
    std::vector<std::string> words{"ca", "import", "default", "--certificate", pem, "--key", pem};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  bool imported() const { return !agent_.imported.name.empty() && !agent_.imported.examine; }
};

TEST_F(CaImport, ReadsTheCallersFiles) {
  const std::string p12 = folder_.write("ca.p12", "\x01\x02");
  EXPECT_EQ(run({"ca", "import", "default", "--pkcs12", p12, "--passphrase-file", "-",
                 "--no-revocations"},
                "pw\n"),
            0);
  EXPECT_EQ(agent_.imported.pkcs12, (Bytes{1, 2}));
  EXPECT_EQ(agent_.imported.passphrase, "pw");
  EXPECT_TRUE(agent_.imported.past_is_told);
  EXPECT_EQ(import({"--no-revocations"}), 0);
  EXPECT_EQ(agent_.imported.certificate_pem, "PEM");
  EXPECT_EQ(agent_.imported.key_pem, "PEM");
  EXPECT_EQ(run({"ca", "import", "default"}), 64);
  EXPECT_EQ(import({"--no-revocations", "--crl", p12}), 64);
  folder_.write("ca.der", kDer);
  const std::vector<std::string> der{
      "ca", "import", "default", "--certificate", folder_.file("ca.der"), "--no-revocations"};
  EXPECT_EQ(run(der), 0);
  EXPECT_EQ(agent_.imported.certificate_pem,
            "-----BEGIN CERTIFICATE-----\nMAMCAQc=\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(run({"ca", "import", "default", "--certificate", folder_.file("missing")}), 1);
}

TEST_F(CaImport, WithoutACrlItSaysWhereOneIs) {
  agent_.import_answer.crl_addresses = {"http://pki.example/old.crl", "ldap://pki.example/x",
                                        "http://a/';rm -rf /;'"};
  EXPECT_EQ(import({}), 1);
  EXPECT_FALSE(imported());
  EXPECT_THAT(err_, HasSubstr("curl -fo default.crl 'http://pki.example/old.crl'"));
  EXPECT_THAT(err_, HasSubstr("ldap://pki.example/x"));
  EXPECT_THAT(err_, HasSubstr("--crl default.crl"));
  EXPECT_THAT(err_, HasSubstr("--no-revocations"));
  EXPECT_THAT(err_, Not(HasSubstr("rm -rf")));
}

TEST_F(CaImport, NeedsNoCrlOfACaThatTheAgentKnows) {
  agent_.import_answer.past_is_known = true;
  agent_.import_answer.certificates = 17;
  EXPECT_EQ(import({}), 0) << err_;
  EXPECT_TRUE(imported());
  EXPECT_THAT(out_, HasSubstr("17 certificates"));
}

TEST_F(CaImport, TellsWhatTheCertificateForbids) {
  agent_.import_answer.past_is_known = true;
  agent_.import_answer.limits = {"it cannot issue template device"};
  EXPECT_EQ(import({}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("limits the CA: it cannot issue template device\n"));
}

TEST_F(CaImport, SendsTheCrlBeforeTheCa) {
  agent_.taken.added = 3;
  agent_.taken.notes = {"the CRL expired"};
  for (const std::string& content : {kDer, pem_of("X509 CRL")}) {
    agent_.earlier.clear();
    agent_.calls.clear();
    EXPECT_EQ(import({"--crl", folder_.write("old.crl", content)}), 0) << err_;
    ASSERT_EQ(agent_.earlier.size(), 1U);
    EXPECT_EQ(std::string(as_text(agent_.earlier[0].crl.octets)), kDer);
    EXPECT_EQ(agent_.earlier[0].crl.size, kDer.size());
    EXPECT_THAT(agent_.calls,
                ElementsAre("import_ca default", "take_earlier default", "import_ca default"));
    EXPECT_TRUE(imported());
    EXPECT_THAT(out_, HasSubstr("Revocations: 3 taken"));
    EXPECT_THAT(out_, HasSubstr("the CRL expired"));
  }
}

TEST_F(CaImport, SendsALargeCrlInParts) {
  const std::string large = "\x30" + std::string(5'000'000, 'x');
  EXPECT_EQ(import({"--crl", folder_.write("large.crl", large)}), 0) << err_;
  ASSERT_EQ(agent_.earlier.size(), 3U);
  std::string whole;
  for (const control::EarlierRecords& one : agent_.earlier) {
    EXPECT_EQ(one.crl.offset, whole.size());
    EXPECT_EQ(one.crl.upload, agent_.earlier[0].crl.upload);
    whole += as_text(one.crl.octets);
  }
  EXPECT_EQ(whole, large);
}

TEST_F(CaImport, AFileThatIsNoCrlStopsTheImport) {
  for (const std::string& content : {std::string(), std::string("hello"), pem_of("CERTIFICATE"),
                                     pem_of("X509 CRL") + pem_of("X509 CRL")}) {
    EXPECT_EQ(import({"--crl", folder_.write("bad.crl", content)}), 1);
    EXPECT_FALSE(imported());
    EXPECT_THAT(agent_.earlier, IsEmpty());
  }
  EXPECT_EQ(import({"--crl", folder_.file("missing")}), 1);
}

TEST_F(CaImport, SendsTheCertificatesOfAFolder) {
  const std::filesystem::path folder = folder_.path() / "issued";
  std::filesystem::create_directories(folder / "below");
  folder_.write("issued/a.pem", pem_of("CERTIFICATE") + pem_of("CERTIFICATE"));
  folder_.write("issued/b.cer", kDer);
  folder_.write("issued/notes.txt", "no certificate");
  folder_.write("issued/key.pem", pem_of("PRIVATE KEY"));
  agent_.taken.added = 3;
  agent_.taken.refused = {{0, "not issued by it"}};
  EXPECT_EQ(import({"--no-revocations", "--issued", folder.generic_u8string(), "--json"}), 0)
      << err_;
  EXPECT_THAT(out_, HasSubstr(R"("certificates_added":3,"certificates_known":0,)"));
  EXPECT_THAT(out_, HasSubstr(R"(: not issued by it"],"without_certificate":)"));
  agent_.earlier.clear();
  EXPECT_EQ(import({"--no-revocations", "--issued", folder.generic_u8string()}), 0) << err_;
  ASSERT_EQ(agent_.earlier.size(), 1U);
  EXPECT_EQ(agent_.earlier[0].certificates.size(), 3U);
  EXPECT_THAT(out_, HasSubstr("3 taken"));
  EXPECT_THAT(out_, HasSubstr("3 files hold no certificate"));
  EXPECT_THAT(out_, HasSubstr("not issued by it"));
  EXPECT_THAT(out_, HasSubstr("issued/"));
}

TEST_F(CaImport, AFolderAloneTellsNoRevocations) {
  const std::filesystem::path folder = folder_.path() / "issued";
  std::filesystem::create_directories(folder);
  folder_.write("issued/a.pem", pem_of("CERTIFICATE"));
  agent_.taken.crl_addresses = {"http://pki.example/of-issued.crl"};
  EXPECT_EQ(import({"--issued", folder.generic_u8string()}), 1);
  EXPECT_FALSE(imported());
  EXPECT_THAT(err_, HasSubstr("http://pki.example/of-issued.crl"));
}

TEST_F(CaImport, SendsAnIndexWithItsCertificates) {
  folder_.write("index.txt",
                "# a comment\n"
                "V\t300101000000Z\t\t0A\tunknown\t/CN=good\n"
                "R\t300101000000Z\t250101000000Z,keyCompromise\t0b0c\tunknown\t/CN=stolen\r\n"
                "R\t300101000000Z\t250101000000Z\t0D\tunknown\t/CN=x\n"
                "E\t200101000000Z\t\t0E\tunknown\t/CN=old\n"
                "V\t300101000000Z\t\t0F\tunknown\t/CN=lost\n");
  std::filesystem::create_directories(folder_.path() / "newcerts");
  folder_.write("newcerts/0A.pem", pem_of("CERTIFICATE"));
  std::filesystem::create_directories(folder_.path() / "revoked" / "certs_by_serial");
  folder_.write("revoked/certs_by_serial/0b0c.crt", pem_of("CERTIFICATE"));
  EXPECT_EQ(import({"--issued", folder_.file("index.txt")}), 0) << err_;
  ASSERT_EQ(agent_.earlier.size(), 2U);
  const auto& revocations = agent_.earlier[0].revocations;
  ASSERT_EQ(revocations.size(), 2U);
  EXPECT_EQ(text::to_hex(revocations[0].serial), "0b0c");
  EXPECT_EQ(revocations[0].revocation.reason, core::RevocationReason::key_compromise);
  EXPECT_EQ(to_rfc3339(revocations[0].revocation.at), "2025-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(*revocations[0].not_after), "2030-01-01T00:00:00Z");
  EXPECT_EQ(agent_.earlier[1].certificates.size(), 2U);
  EXPECT_THAT(out_, HasSubstr("1 valid certificates are in the index alone"));
  EXPECT_TRUE(imported());
}

TEST_F(CaImport, ABrokenIndexStopsTheImportAndNamesTheLine) {
  folder_.write("index.txt", "V\t300101000000Z\t\t0A\tunknown\t/CN=good\nR\tbroken\n");
  EXPECT_EQ(import({"--issued", folder_.file("index.txt")}), 1);
  EXPECT_THAT(err_, HasSubstr("line 2 of"));
  EXPECT_FALSE(imported());
}

TEST_F(CaImport, AdoptTakesThemLaterAndPublishes) {
  EXPECT_EQ(run({"ca", "adopt", "default", "--crl", folder_.write("old.crl", kDer)}), 0) << err_;
  ASSERT_EQ(agent_.earlier.size(), 1U);
  EXPECT_EQ(agent_.earlier[0].certificate_pem, "");
  EXPECT_THAT(agent_.calls, ElementsAre("take_earlier default", "publish_crl default"));
  EXPECT_EQ(run({"ca", "adopt", "default", "--no-revocations"}), 0);
  EXPECT_EQ(agent_.earlier.size(), 2U) << "it was in use elsewhere: the agent has to hear of it";
  EXPECT_EQ(run({"ca", "adopt", "default"}), 64);
  EXPECT_EQ(run({"ca", "adopt", "--crl", "x"}), 64);
}

TEST(OpensslIndex, ReadsItsLines) {
  const auto line = cli::parse_index_line(
      "R\t20570926235753Z\t490101000000Z,keyTime,20260102030405Z\tff\tunknown\t/CN=a\tb");
  ASSERT_TRUE(line.ok() && *line);
  EXPECT_EQ(to_rfc3339((*line)->not_after), "2057-09-26T23:57:53Z");
  EXPECT_EQ(to_rfc3339((*line)->revoked_at), "2049-01-01T00:00:00Z");
  EXPECT_EQ((*line)->reason, "keyCompromise");
  EXPECT_EQ(to_rfc3339(*(*line)->invalidity_date), "2026-01-02T03:04:05Z");
  EXPECT_EQ((*cli::parse_index_line("R\t300101000000Z\t250101000000Z,holdInstruction,"
                                    "holdInstructionReject\t01\tunknown\t/CN=a"))
                ->reason,
            "certificateHold");
  EXPECT_FALSE(*cli::parse_index_line(""));
  EXPECT_FALSE(*cli::parse_index_line("#"));
}

TEST(OpensslIndex, RefusesWhatCannotBeRead) {
  for (const char* line :
       {"V", "X\t300101000000Z\t\t0A\tunknown\t/CN=a", "V\t3001010000Z\t\t0A\tunknown\t/CN=a",
        "V\t301301000000Z\t\t0A\tunknown\t/CN=a", "V\t300101000000Z\t\tXY\tunknown\t/CN=a",
        "V\t300101000000Z\t\t-0A\tunknown\t/CN=a", "V\t300101000000Z\t\t00\tunknown\t/CN=a",
        "V\t300101000000Z\t\t\tunknown\t/CN=a", "R\t300101000000Z\t\t0A\tunknown\t/CN=a",
        "R\t300101000000Z\t250101000000Z,stolen\t0A\tunknown\t/CN=a",
        "V\t300101000000Z\t\t../../etc/passwd\tunknown\t/CN=a"}) {
    EXPECT_FALSE(cli::parse_index_line(line).ok()) << line;
  }
}

}  // namespace
}  // namespace certconnector::testing
