// Requests that the service must deny: of devices without authorization, and of attackers.
#include <functional>
#include <set>
#include <thread>

#include "tests/agent/app/scep_fixture.h"
#include "tests/common/crypto/cms_peer.h"

namespace certconnector::app {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using ScepAbuse = ScepFixture;

TEST_F(ScepAbuse, MessagesThatAreNotForUsOrWereBent) {
  start_static();
  const crypto::Certificate ra = client().ra();

  ScepRequest elsewhere = enrollment(kSecret, "CN=phone,O=Test", "elsewhere");
  elsewhere.recipient = rsa_device(3).certificate;
  EXPECT_EQ(client().ask(elsewhere).fail_info, kBadCertId) << "an unknown recipient";

  // Names our RA, and its envelope is bent.
  ScepRequest wrong_key = enrollment(kSecret, "CN=phone,O=Test", "wrong-key");
  const Bytes good = client().make(wrong_key);
  const Bytes content = crypto::SignedData::parse(good).value().content().to_bytes();
  for (const bool at_end : {true, false}) {
    Bytes bent = content;
    bent[at_end ? bent.size() - 3 : bent.size() / 2] ^= 0x55U;
    const ScepAnswer answer = client().ask(wrong_key, ScepClient::sign(wrong_key, bent));
    EXPECT_EQ(answer.status, "2") << "a bent envelope, signed again";
  }

  Bytes forged = good;
  forged[forged.size() - 5] ^= 1U;
  EXPECT_EQ(client().ask(wrong_key, forged).fail_info, kBadMessageCheck) << "a bad signature";
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepAbuse, EveryFlippedOctetIsRefusedAndHarmsNothing) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const Bytes good = client().make(request);
  for (std::size_t at = 0; at < good.size(); at += 97) {
    Bytes bent = good;
    bent[at] ^= 0x81U;
    const http::Response response = client().post(bent);
    EXPECT_TRUE(response.status == 200 || response.status == 400) << at;
  }
  EXPECT_LE(certificates_issued(), 1U);
  EXPECT_TRUE(client().ask(request).issued());
}

TEST_F(ScepAbuse, TypesAndContentsThatNoClientSends) {
  start_static();
  for (const char* type : {"3", "18", "", "199", "PKCSReq"}) {
    ScepRequest request = enrollment(kSecret, "CN=phone,O=Test", "type");
    request.type = type;
    EXPECT_EQ(client().ask(request).fail_info, kBadRequest) << type;
  }
  int number = 0;
  for (const Bytes& inside : {Bytes(), Bytes{0x30, 0x00}, Bytes(100, 0x30), Bytes(60000, 0x00)}) {
    for (const char* type : {"17", "19", "20", "21", "22"}) {
      ScepRequest request;
      request.type = type;
      request.transaction_id = "inside-" + std::to_string(++number);
      request.inside = inside;
      const ScepAnswer answer = client().ask(request);
      EXPECT_EQ(answer.status, "2") << type << " " << inside.size();
    }
  }
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepAbuse, WhatIsNoMessageAtAll) {
  start_static();
  ScepRequest huge_nonce = enrollment(kSecret);
  huge_nonce.nonce = Bytes(65, 1);
  ScepRequest no_nonce = enrollment(kSecret);
  no_nonce.nonce.clear();
  ScepRequest huge_transaction = enrollment(kSecret);
  huge_transaction.transaction_id = std::string(256, 'x');
  ScepRequest no_transaction = enrollment(kSecret);
  no_transaction.transaction_id.clear();
  for (const ScepRequest& request : {huge_nonce, no_nonce, huge_transaction, no_transaction}) {
    EXPECT_EQ(client().ask(request).http, 400U);
  }
  huge_nonce.nonce = Bytes(1U << 20U, 1);
  EXPECT_EQ(client().ask(huge_nonce).http, 400U);
  // Constructed elements, each in the one before.
  Bytes bomb;
  for (int depth = 0; depth < 30000; ++depth) bomb.insert(bomb.end(), {0x24, 0x80});
  EXPECT_EQ(client().post(bomb).status, 400U);
  EXPECT_EQ(client().post({0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}).status, 400U);
  EXPECT_EQ(client().get("operation=PKIOperation&message=%").status, 400U);
  EXPECT_EQ(client().get("operation=PKIOperation&message=AAAA").status, 400U);
}

// RFC 8894 section 3.2.1.4.5 wants badAlg, not an HTTP error; the log names the algorithm.
TEST_F(ScepAbuse, SignaturesWithAlgorithmsThatAreNotTaken) {
  start_static();
  ScepRequest by_md5 = enrollment(kSecret, "CN=phone,O=Test", "by-md5");
  const Bytes like = client().make(by_md5);
  crypto::PeerSigner signer;
  signer.hash = EVP_md5();
  signer.credential = &rsa_device(0);
  signer.attributes = {{std::string(scep::oid::kTransactionId), V_ASN1_PRINTABLESTRING,
                        as_bytes(by_md5.transaction_id).to_bytes()},
                       {std::string(scep::oid::kSenderNonce), V_ASN1_OCTET_STRING, by_md5.nonce},
                       {std::string(scep::oid::kMessageType), V_ASN1_PRINTABLESTRING,
                        as_bytes(by_md5.type).to_bytes()}};
  const auto original = crypto::SignedData::parse(like).value();
  const ScepAnswer md5 = client().ask(by_md5, crypto::peer_sign(original.content(), signer));
  EXPECT_EQ(md5.http, 200U) << md5.text;
  EXPECT_EQ(md5.fail_info, kBadAlg);

  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=phone,O=Test";
  const auto elliptic = certconnector::testing::make_self_signed(spec, {crypto::KeyKind::ec, 256});
  ScepRequest renewal = enrollment("", "CN=phone,O=Test", "elliptic");
  renewal.type = "17";
  renewal.key = elliptic.key;
  renewal.certificate = elliptic.certificate;
  const ScepAnswer ec = client().ask(renewal);
  EXPECT_EQ(ec.http, 200U) << ec.text;
  EXPECT_EQ(ec.fail_info, kBadAlg);

  const auto told = site_.logger.records("scep.refused");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_THAT(told[0].message, HasSubstr("md5"));
  EXPECT_THAT(told[1].message, HasSubstr("ecdsa-with-SHA256"));
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepAbuse, AMessageSignedByAnotherKeyThanTheRequests) {
  start_static();
  ScepRequest request = enrollment(kSecret);
  request.inside = scep_pkcs10(rsa_device(1).key, scep_subject("CN=phone,O=Test", kSecret));
  EXPECT_EQ(client().ask(request).fail_info, kBadMessageCheck);
}

struct Mismatch {
  const char* name;
  std::function<void(crypto::Pkcs10Spec&)> ask;
  const char* code;
};

TEST_F(ScepAbuse, RequestsThatSayMoreThanTheirChallenge) {
  start_signed();
  const std::vector<Mismatch> rows{
      {"subject", [](auto& s) { s.subject = crypto::parse_rfc4514("CN=boss").value(); },
       "subject_mismatch"},
      {"name",
       [](auto& s) {
         s.subject_alt_names = {{crypto::GeneralNameKind::dns, "boss.example"}};
       },
       "subject_alt_name_mismatch"},
      {"sid in a name",
       [](auto& s) {
         s.subject_alt_names = {
             {crypto::GeneralNameKind::uri, "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500"}};
       },
       "sid_not_allowed"},
      {"usage", [](auto& s) { s.key_usage = crypto::kDigitalSignature; }, "key_usage_mismatch"},
      {"purpose", [](auto& s) { s.extended_key_usage = {std::string(crypto::oid::kClientAuth)}; },
       "extended_key_usage_mismatch"}};
  for (const Mismatch& row : rows) {
    crypto::Pkcs10Spec spec = scep_subject("CN=phone,O=Test", mint(claims(row.code)));
    row.ask(spec);
    ScepRequest request;
    request.transaction_id = row.code;
    request.inside = scep_pkcs10(request.key, spec);
    EXPECT_EQ(client().ask(request).fail_info, kBadRequest) << row.name;
    EXPECT_EQ(std::get<core::Failed>(*job_of(row.code).outcome).code, row.code);
  }
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepAbuse, ChallengesThatAreNotGoodHere) {
  start_signed();
  const auto stranger = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  struct Row {
    const char* code;
    std::string token;
    const char* device;  // whose challenge it is; empty: nobody vouches for the claims
  };
  challenge::Claims expired = claims();
  expired.not_before -= std::chrono::hours(2);
  expired.expires = expired.not_before + std::chrono::hours(1);
  challenge::Claims early = claims();
  early.not_before += std::chrono::minutes(30);
  challenge::Claims elsewhere = claims();
  elsewhere.audience = "tablets";
  challenge::Claims another = claims();
  another.subject = "CN=tablet,O=Test";
  const std::vector<Row> rows{
      {"challenge_untrusted", challenge::mint(claims(), stranger).value(), ""},
      {"challenge_expired", mint(expired), "device-7"},
      {"challenge_not_yet_valid", mint(early), "device-7"},
      {"challenge_wrong_service", mint(elsewhere), "device-7"},
      {"subject_mismatch", mint(another), "device-7"},
      {"challenge_malformed", "password", ""},
      {"challenge_missing", "", ""}};
  for (const Row& row : rows) {
    const ScepRequest request = enrollment(row.token, "CN=phone,O=Test", row.code);
    const ScepAnswer answer = client().ask(request);
    EXPECT_EQ(answer.fail_info, kBadRequest) << row.code;
    EXPECT_EQ(std::get<core::Failed>(*job_of(row.code).outcome).code, row.code);
    core::EnrollmentFilter noted;
    noted.transaction_id = row.code;
    const core::EnrollmentRecord record = agent().enrollments().list(noted).value().front();
    EXPECT_EQ(record.device, row.device) << row.code;
    EXPECT_EQ(record.challenge.empty(), record.device.empty()) << row.code;
  }
  EXPECT_EQ(certificates_issued(), 0U);
  EXPECT_TRUE(client().ask(enrollment(mint(claims()))).issued()) << "refusals hold no challenge";
}

TEST_F(ScepAbuse, UnauthorizedRenewals) {
  start_static("renewal_window = 3650d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());

  ScepRequest renewal;
  renewal.type = "17";
  renewal.certificate = *old.certificate;
  renewal.transaction_id = "other-subject";
  renewal.inside = scep_pkcs10(renewal.key, scep_subject("CN=boss,O=Test", ""));
  EXPECT_EQ(client().ask(renewal).fail_info, kBadRequest);
  EXPECT_EQ(std::get<core::Failed>(*job_of("other-subject").outcome).code, "subject_mismatch");

  ScepRequest stranger = enrollment("", "CN=phone,O=Test", "stranger");
  stranger.type = "17";
  EXPECT_EQ(client().ask(stranger).fail_info, kBadRequest);
  EXPECT_EQ(std::get<core::Failed>(*job_of("stranger").outcome).code, "renewal_not_allowed");

  // It claims to be ours: our CA's name and the serial number of a real certificate.
  certconnector::testing::CertificateSpec like_ours;
  like_ours.subject = "CN=phone,O=Test";
  certconnector::testing::CertificateSpec like_our_ca;
  like_our_ca.subject = old.certificate->issuer_text();
  like_our_ca.ca = true;
  const auto forger = certconnector::testing::make_self_signed(like_our_ca);
  ScepRequest forged = renewal;
  forged.transaction_id = "forged";
  forged.certificate = certconnector::testing::issue_for_key(forger, like_ours, forged.key);
  EXPECT_EQ(client().ask(forged).fail_info, kBadRequest);
  EXPECT_EQ(code_of("forged"), "renewal_not_allowed");

  core::Job revocation;
  revocation.key.source = core::JobSource::local;
  revocation.key.id = "revoke-it";
  revocation.ca = job_of("T1").job.ca;
  core::RevokeRequest revoke;
  revoke.serial = old.certificate->serial();
  revoke.reason = core::RevocationReason::key_compromise;
  revocation.request = revoke;
  ASSERT_TRUE(agent().jobs().insert({{revocation, {}, {}}}, SystemClock().now()).ok());
  agent().local_jobs().jobs_changed();
  while (agent().jobs().find("revoke-it").value().front().state != core::JobState::reported) {
    std::this_thread::yield();
  }
  renewal.transaction_id = "revoked";
  renewal.inside = scep_pkcs10(renewal.key, scep_subject("CN=phone,O=Test", ""));
  EXPECT_EQ(client().ask(renewal).fail_info, kBadRequest);
  EXPECT_THAT(std::get<core::Failed>(*job_of("revoked").outcome).message, HasSubstr("revoked"));
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepAbuse, OneChallengeWithManyKeysAtOnce) {
  start_signed();
  constexpr std::size_t kKeys = 50;
  const std::string token = mint(claims());
  std::vector<Bytes> messages;
  std::vector<ScepRequest> requests;
  for (std::size_t i = 0; i < kKeys; ++i) {
    ScepRequest request = enrollment(token, "CN=phone,O=Test", "T" + std::to_string(i));
    request.key = rsa_device(i).key;
    request.certificate = rsa_device(i).certificate;
    request.inside = scep_pkcs10(request.key, scep_subject("CN=phone,O=Test", token));
    messages.push_back(client().make(request));
    requests.push_back(std::move(request));
  }
  std::vector<ScepAnswer> answers(kKeys);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kKeys; ++i) {
    threads.emplace_back([&, i] { answers[i] = client().ask(requests[i], messages[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  int issued = 0;
  for (std::size_t i = 0; i < kKeys; ++i) {
    if (answers[i].issued()) {
      ++issued;
      continue;
    }
    EXPECT_EQ(answers[i].http, 200U) << i;
    EXPECT_EQ(answers[i].status, "2") << i;
    EXPECT_EQ(answers[i].fail_info, kBadRequest) << i;
    EXPECT_THAT(code_of(requests[i].transaction_id), AnyOf("challenge_in_use", "challenge_used"));
  }
  EXPECT_EQ(issued, 1);
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepAbuse, OneMessageManyTimesAtOnce) {
  start_signed();
  const ScepRequest request = enrollment(mint(claims()));
  const Bytes message = client().make(request);
  std::mutex mutex;
  std::set<Bytes> certificates;
  int answers = 0;
  std::vector<std::thread> threads;
  threads.reserve(50);
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      const ScepAnswer answer = client().ask(request, message);
      const std::lock_guard lock(mutex);
      if (!answer.issued()) return;
      ++answers;
      certificates.insert(answer.certificate->der());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, 50);
  EXPECT_EQ(certificates.size(), 1U);
  EXPECT_EQ(certificates_issued(), 1U);
}

}  // namespace
}  // namespace certconnector::app
