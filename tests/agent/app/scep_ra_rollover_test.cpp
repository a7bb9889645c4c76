// One RA follows another while devices enroll: the service understands a device with the old RA
// certificate, and answers with the old RA.
#include <filesystem>
#include <thread>

#include "agent/scep/client_message.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

class ScepRaRollover : public ScepFixture {
 protected:
  scep::OfferedCertificates offer() {
    return scep::read_offer(*client().get("operation=GetCACert").body).value();
  }

  // The RA that follows this one.
  scep::OfferedCertificates offer_after(const crypto::Certificate& old) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      scep::OfferedCertificates now = offer();
      if (now.encryption.der() != old.der()) return now;
      if (std::chrono::steady_clock::now() > patience) {
        throw std::runtime_error("no other RA certificate is offered");
      }
      std::this_thread::yield();
    }
  }

  ScepAnswer enroll_by(const crypto::Certificate& recipient, const std::string& transaction_id) {
    ScepRequest request = enrollment(kSecret, "CN=phone,O=Test", transaction_id);
    request.recipient = recipient;
    return client().ask(request);
  }
};

TEST_F(ScepRaRollover, TheOldOneIsUnderstoodUntilItIsGone) {
  start_static();
  const crypto::Certificate old = client().ra();
  restart_with("ra_separate = yes");
  const scep::OfferedCertificates next = offer_after(old);
  ASSERT_NE(next.signing.der(), next.encryption.der());
  EXPECT_EQ(agent().scep_module().services().front().older_ras, 1U);

  const ScepAnswer by_old = enroll_by(old, "by-old");
  EXPECT_TRUE(by_old.issued()) << by_old.fail_info;
  EXPECT_EQ(by_old.signer->der(), old.der());
  const ScepAnswer by_next = enroll_by(next.encryption, "by-next");
  EXPECT_TRUE(by_next.issued()) << by_next.fail_info;
  EXPECT_EQ(by_next.signer->der(), next.signing.der());

  const ScepAnswer to_signing = enroll_by(next.signing, "to-signing");
  EXPECT_EQ(to_signing.fail_info, kBadCertId);
  EXPECT_EQ(to_signing.signer->der(), next.signing.der());

  std::filesystem::remove_all(site_.folder.file("scep/phones/1"));
  restart();
  EXPECT_EQ(client().ra().der(), next.signing.der());
  EXPECT_EQ(enroll_by(old, "after-old").fail_info, kBadCertId);
  EXPECT_TRUE(enroll_by(next.encryption, "after-next").issued());
  EXPECT_EQ(certificates_issued(), 3U);
}

// Not certificate-request-agent, and not all purposes: under a CA of NTAuth the RA would be an
// enrollment agent of the domain.
TEST_F(ScepRaRollover, TheRaHasPurposesThatGiveNoRight) {
  start_static();
  EXPECT_EQ(client().ra().extended_key_usage(),
            (std::vector<std::string>{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"}));
}

TEST_F(ScepRaRollover, TheRaOfAnotherServiceIsNotOurs) {
  const std::string file = site_.folder.write("lab-challenge", kSecret);
  certconnector::testing::close_to_others(file);
  start_static("", "[scep.lab]\npath = /lab\nchallenge = static\nchallenge_file = " + file + "\n");
  const crypto::Certificate other = ScepClient(agent().scep(), "/lab").ra();
  EXPECT_EQ(enroll_by(other, "elsewhere").fail_info, kBadCertId);
  EXPECT_EQ(certificates_issued(), 0U);
}

}  // namespace
}  // namespace certconnector::app
