// Queries of a device by name: a certificate (GetCert), the CRL (GetCRL), and the outcome of its
// request (CertPoll). RFC 8894 sections 3.3.3 to 3.3.5.
#include <openssl/x509.h>

#include <memory>

#include "common/http/static_artifacts.h"
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

class ScepReference : public ScepFixture {
 protected:
  // The device of this number enrolls; its transaction is "enroll-NUMBER".
  crypto::Certificate enrolled(std::size_t number) {
    const std::string transaction = "enroll-" + std::to_string(number);
    ScepRequest request = enrollment("", "CN=phone,O=Test", transaction);
    request.key = rsa_device(number).key;
    request.certificate = rsa_device(number).certificate;
    request.inside = scep_pkcs10(
        request.key, scep_subject("CN=phone " + std::to_string(number) + ",O=Test", kSecret));
    const ScepAnswer answer = client().ask(request);
    if (!answer.issued()) throw std::runtime_error("the device did not enroll");
    return *answer.certificate;
  }

  // `type` 21 or 22, by the device of this number with this certificate.
  static ScepRequest asking(const std::string& type, std::size_t number,
                            const crypto::Certificate& with, ByteView issuer, ByteView serial) {
    ScepRequest request;
    request.type = type;
    request.transaction_id = "ask-" + type;
    request.key = rsa_device(number).key;
    request.certificate = with;
    request.inside = issuer_and_serial(issuer, serial);
    return request;
  }
  static ScepRequest get_cert(std::size_t number, const crypto::Certificate& with,
                              const crypto::Certificate& wanted) {
    return asking("21", number, with, wanted.issuer(), wanted.serial());
  }

  crypto::Certificate ca() {
    const auto issuer = agent().cas().find_ca("default");
    return crypto::Certificate::from_der(issuer->ports.ca->chain().front()).value();
  }
};

TEST_F(ScepReference, ADeviceGetsItsOwnCertificateAndAnothers) {
  start_static();
  const crypto::Certificate own = enrolled(0);
  const crypto::Certificate other = enrolled(1);
  for (const crypto::Certificate& wanted : {own, other}) {
    const ScepAnswer answer = client().ask(get_cert(0, own, wanted));
    ASSERT_TRUE(answer.issued()) << answer.status << answer.fail_info;
    EXPECT_EQ(answer.certificate->der(), wanted.der());
    EXPECT_FALSE(answer.crl);
  }
}

TEST_F(ScepReference, NobodyElseGetsACertificateAndNoOneAnUnknownOne) {
  start_static();
  const crypto::Certificate own = enrolled(0);
  const crypto::Certificate& stranger = rsa_device(1).certificate;
  EXPECT_EQ(client().ask(get_cert(1, stranger, own)).fail_info, kBadCertId) << "self-signed asker";
  const Bytes unknown(16, 0x5A);
  EXPECT_EQ(client().ask(asking("21", 0, own, own.issuer(), unknown)).fail_info, kBadCertId);
  EXPECT_EQ(client().ask(get_cert(0, own, stranger)).fail_info, kBadCertId) << "other issuer";
  const ScepRequest other_name = asking("21", 0, own, stranger.issuer(), own.serial());
  EXPECT_EQ(client().ask(other_name).fail_info, kBadCertId) << "our serial, other issuer";

  // Signed by another CA of the same name, with the serial number of one of our certificates.
  certconnector::testing::CertificateSpec like_our_ca;
  like_our_ca.subject = own.issuer_text();
  like_our_ca.ca = true;
  const auto forger = certconnector::testing::make_self_signed(like_our_ca);
  certconnector::testing::CertificateSpec like_ours;
  like_ours.subject = own.subject_text();
  const crypto::Certificate forged =
      certconnector::testing::issue_for_key(forger, like_ours, rsa_device(1).key);
  EXPECT_EQ(client().ask(get_cert(1, forged, own)).fail_info, kBadCertId) << "forged asker";
}

TEST_F(ScepReference, ARevokedDeviceGetsNoneAndItsOwnIsStillGiven) {
  start_static();
  const crypto::Certificate revoked = enrolled(0);
  const crypto::Certificate good = enrolled(1);
  revoke(revoked);
  EXPECT_EQ(client().ask(get_cert(0, revoked, good)).fail_info, kBadCertId);
  EXPECT_EQ(client().ask(get_cert(0, revoked, revoked)).fail_info, kBadCertId);
  EXPECT_EQ(client().ask(get_cert(1, good, revoked)).certificate->der(), revoked.der());
}

TEST_F(ScepReference, ThePartitionThatACertificateNamesIsServed) {
  start_static("",
               "[ca.default]\ncrl_partitions=2\n"
               "[template.device]\ncrl_url=http://pki.example/default.crl\n");
  const crypto::Certificate own = enrolled(0);
  ASSERT_TRUE(agent().ca_administration().publish_crl("default").ok());
  const std::string named(as_text(own.der()));
  for (const std::string path : {"/default-1-of-2.crl", "/default-2-of-2.crl"}) {
    EXPECT_EQ(ScepClient(agent().scep(), path).get("").status, 200U) << path;
  }
  EXPECT_NE(named.find("http://pki.example/default-"), std::string::npos);
  EXPECT_EQ(ScepClient(agent().scep(), "/default-3-of-2.crl").get("").status, 404U);
  EXPECT_EQ(agent().status().cas[0].crl_partitions, 2U);
}

TEST_F(ScepReference, TheCrlIsTheOneThatTheCaHasPublished) {
  start_static();
  const crypto::Certificate own = enrolled(0);
  const crypto::Certificate revoked = enrolled(1);
  revoke(revoked);
  ASSERT_TRUE(agent().ca_administration().publish_crl("default").ok());

  const ScepAnswer answer = client().ask(asking("22", 0, own, ca().subject(), own.serial()));
  ASSERT_EQ(answer.status, "0");
  ASSERT_TRUE(answer.crl);
  EXPECT_FALSE(answer.certificate);
  Bytes published;
  ASSERT_TRUE(read_all(*ScepClient(agent().scep(), "/default.crl").get("").source, published));
  EXPECT_EQ(*answer.crl, published);

  const unsigned char* at = answer.crl->data();
  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(
      d2i_X509_CRL(nullptr, &at, static_cast<long>(answer.crl->size())), &X509_CRL_free);
  ASSERT_NE(crl, nullptr);
  EXPECT_EQ(at, answer.crl->data() + answer.crl->size());
  const auto key = crypto::PublicKey::from_info(ca().public_key_info());
  EXPECT_EQ(X509_CRL_verify(crl.get(), EVP_PKEY_CTX_get0_pkey(key->context().get())), 1);
  EXPECT_EQ(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl.get())), 1);
}

// Otherwise anybody with a made-up certificate could cause a large answer.
TEST_F(ScepReference, NobodyElseGetsTheCrl) {
  start_static();
  const crypto::Certificate own = enrolled(0);
  ASSERT_TRUE(agent().ca_administration().publish_crl("default").ok());
  ASSERT_TRUE(client().ask(asking("22", 0, own, ca().subject(), own.serial())).crl);
  const crypto::Certificate& stranger = rsa_device(1).certificate;
  for (const Bytes& issuer : {ca().subject(), stranger.issuer()}) {
    const ScepAnswer answer = client().ask(asking("22", 1, stranger, issuer, own.serial()));
    EXPECT_EQ(answer.fail_info, kBadCertId);
    EXPECT_FALSE(answer.crl);
  }
}

// A holder of a certificate may have captured another device's message, too. An unknown certificate
// and an unreadable message get the same answer, and each counts.
TEST_F(ScepReference, WhatAHolderMayNotReadLooksLikeWhatIsNotThere) {
  start_static("", "[http]\nchallenge_failures_per_hour=6\n");
  const crypto::Certificate own = enrolled(0);
  ASSERT_TRUE(agent().ca_administration().publish_crl("default").ok());
  const Bytes unknown(16, 0x5A);
  const Bytes other_issuer = rsa_device(1).certificate.issuer();
  for (const ScepRequest& not_there : {asking("21", 0, own, own.issuer(), unknown),
                                       asking("22", 0, own, other_issuer, own.serial())}) {
    const Bytes like = client().make(not_there);
    Bytes bent = crypto::SignedData::parse(like).value().content().to_bytes();
    bent[bent.size() - 17] ^= 0x01U;
    ScepRequest unreadable = not_there;
    unreadable.inside = {0x30, 0x00};
    for (const ScepAnswer& answer : {client().ask(not_there), client().ask(unreadable),
                                     client().ask(not_there, ScepClient::sign(not_there, bent))}) {
      EXPECT_EQ(answer.fail_info, kBadCertId) << not_there.type;
      EXPECT_EQ(answer.fail_info_text, "") << not_there.type;
      EXPECT_EQ(answer.ndes_hresult, "") << not_there.type;
    }
  }
  EXPECT_EQ(client().ask(get_cert(0, own, own)).http, 429U) << "each of the six counted";
}

TEST_F(ScepReference, ThereIsNoCrlOfAnotherCa) {
  start_static();
  const crypto::Certificate own = enrolled(0);
  ASSERT_TRUE(agent().ca_administration().publish_crl("default").ok());
  ASSERT_TRUE(client().ask(asking("22", 0, own, ca().subject(), own.serial())).crl);
  const crypto::Certificate& stranger = rsa_device(1).certificate;
  EXPECT_EQ(client().ask(get_cert(0, own, stranger)).fail_info, kBadCertId);
  const ScepAnswer answer = client().ask(asking("22", 0, own, stranger.issuer(), own.serial()));
  EXPECT_EQ(answer.fail_info, kBadCertId);
  EXPECT_FALSE(answer.crl);
}

TEST_F(ScepReference, APollWithAnotherKeyFindsNothing) {
  start_static("", "[template.device]\napproval = yes\n");
  const ScepRequest waiting = enrollment(kSecret);
  ASSERT_EQ(client().ask(waiting).status, "3");
  ScepRequest poll = waiting;
  poll.type = "20";
  poll.inside = issuer_and_subject(client().ra().issuer(), "CN=phone,O=Test");
  EXPECT_EQ(client().ask(poll).status, "3");
  poll.key = rsa_device(1).key;
  poll.certificate = rsa_device(1).certificate;
  EXPECT_EQ(client().ask(poll).fail_info, kBadCertId);
}

}  // namespace
}  // namespace certconnector::app
