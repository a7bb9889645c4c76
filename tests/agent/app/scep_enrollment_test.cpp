// Enrollments with the agent's SCEP service, from message to answer.
#include <future>
#include <thread>

#include "agent/scep/client_message.h"
#include "common/crypto/certificates_only.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

using ScepEnrollment = ScepFixture;

TEST_F(ScepEnrollment, ADeviceGetsItsCertificateAndARetryTheSame) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const ScepAnswer first = client().ask(request);
  ASSERT_TRUE(first.issued()) << first.status << first.fail_info << first.text;
  EXPECT_EQ(first.certificate->subject_text(), "CN=phone,O=Test");
  EXPECT_TRUE(first.certificate->belongs_to(request.key));

  restart();
  const ScepAnswer again = client().ask(request);
  ASSERT_TRUE(again.issued());
  EXPECT_EQ(again.certificate->der(), first.certificate->der());
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepEnrollment, TheAnswerUsesTheAlgorithmsOfTheRequest) {
  start_static();
  for (const auto hash : {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha512}) {
    for (const auto cipher : {crypto::ContentCipher::aes128, crypto::ContentCipher::aes256}) {
      for (const crypto::KeyTransport transport :
           {crypto::KeyTransport{}, crypto::KeyTransport{crypto::HashAlgorithm::sha1},
            crypto::KeyTransport{crypto::HashAlgorithm::sha256},
            crypto::KeyTransport{crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha1}}) {
        ScepRequest request = enrollment(kSecret);
        request.hash = hash;
        request.cipher = cipher;
        request.transport = transport;
        const http::Response response = client().post(client().make(request));
        const auto reply = crypto::SignedData::parse(*response.body).value();
        const auto envelope = crypto::EnvelopedData::parse(reply.content()).value();
        EXPECT_EQ(reply.hash(), hash);
        EXPECT_EQ(envelope.cipher(), cipher);
        EXPECT_EQ(envelope.recipients().front().transport.oaep, transport.oaep);
        EXPECT_EQ(envelope.recipients().front().transport.mask, transport.mask);
      }
    }
  }
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepEnrollment, RenewsInBothShapesWithTheCertificateThatExpires) {
  start_static("renewal_window = 3650d\n");
  const ScepRequest first = enrollment(kSecret);
  const ScepAnswer old = client().ask(first);
  ASSERT_TRUE(old.issued());
  for (const std::string type : {"17", "19"}) {
    ScepRequest renewal;
    renewal.type = type;
    renewal.transaction_id = "renewal-" + type;
    renewal.key = first.key;
    renewal.certificate = *old.certificate;
    const auto& next = rsa_device(type == "17" ? 1 : 2);
    renewal.inside = scep_pkcs10(next.key, scep_subject("CN=phone,O=Test", ""));
    const ScepAnswer renewed = client().ask(renewal);
    ASSERT_TRUE(renewed.issued()) << type << renewed.fail_info;
    EXPECT_TRUE(renewed.certificate->belongs_to(next.key));
    EXPECT_EQ(client().ask(renewal).certificate->der(), renewed.certificate->der()) << "a retry";
  }
  EXPECT_EQ(certificates_issued(), 3U);
}

// The renewal request may omit the usages of the challenge; they still bind the new certificate.
TEST_F(ScepEnrollment, ARenewalHoldsTheUsagesOfTheOldOne) {
  start_signed("renewal_window = 3650d\n");
  challenge::Claims narrow = claims();
  narrow.key_usage = crypto::kDigitalSignature;
  crypto::Pkcs10Spec spec = scep_subject("CN=phone,O=Test", mint(narrow));
  spec.key_usage = crypto::kDigitalSignature;
  ScepRequest first = enrollment("", "CN=phone,O=Test");
  first.inside = scep_pkcs10(first.key, spec);
  const ScepAnswer old = client().ask(first);
  ASSERT_TRUE(old.issued()) << old.fail_info;
  ASSERT_EQ(old.certificate->key_usage(), crypto::kDigitalSignature);

  ScepRequest renewal;
  renewal.type = "17";
  renewal.transaction_id = "left-out";
  renewal.key = first.key;
  renewal.certificate = *old.certificate;
  renewal.inside = scep_pkcs10(rsa_device(1).key, scep_subject("CN=phone,O=Test", ""));
  const ScepAnswer renewed = client().ask(renewal);
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  EXPECT_EQ(renewed.certificate->key_usage(), crypto::kDigitalSignature);
  EXPECT_EQ(renewed.certificate->extended_key_usage(), old.certificate->extended_key_usage());

  crypto::Pkcs10Spec more = scep_subject("CN=phone,O=Test", "");
  more.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  renewal.transaction_id = "more";
  renewal.inside = scep_pkcs10(rsa_device(2).key, more);
  const ScepAnswer cut = client().ask(renewal);
  ASSERT_TRUE(cut.issued()) << cut.fail_info;
  EXPECT_EQ(cut.certificate->key_usage(), crypto::kDigitalSignature);
  EXPECT_THAT(std::get<core::Issued>(*job_of("more").outcome).note,
              HasSubstr("leaves out key usage keyEncipherment"));
}

TEST_F(ScepEnrollment, ARenewalInAnotherSpellingKeepsTheNameOfTheOldOne) {
  start_static("renewal_window = 3650d\n");
  const std::string decomposed = "CN=Mu\xCC\x88ller,O=Test";
  const ScepRequest first = enrollment(kSecret, decomposed);
  const ScepAnswer old = client().ask(first);
  ASSERT_TRUE(old.issued()) << old.fail_info;
  ScepRequest renewal;
  renewal.type = "17";
  renewal.transaction_id = "spelled";
  renewal.key = first.key;
  renewal.certificate = *old.certificate;
  renewal.inside = scep_pkcs10(rsa_device(1).key, scep_subject("CN=M\xC3\x9CLLER,O=test", ""));
  const ScepAnswer renewed = client().ask(renewal);
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info;
  EXPECT_EQ(renewed.certificate->subject(), old.certificate->subject());
}

// A password without a subject lets the device choose its own.
TEST_F(ScepEnrollment, NobodyGetsTheNameOfTheCaOrOfTheRa) {
  start_static();
  const auto ca =
      crypto::Certificate::from_der(agent().cas().find_ca("default")->ports.ca->chain().front())
          .value();
  for (const std::string& subject : {ca.subject_text(), std::string("CN=PHONES scep ra")}) {
    ScepRequest request = enrollment(kSecret, subject);
    request.transaction_id = subject;
    EXPECT_EQ(client().ask(request).fail_info, kBadRequest) << subject;
    EXPECT_EQ(code_of(subject), "subject_not_allowed") << subject;
  }
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepEnrollment, AChallengeCountsWhereTheRenewalCannotBeGranted) {
  start_static("renewal_window = 3650d\n");
  const ScepRequest first = enrollment(kSecret);
  const ScepAnswer old = client().ask(first);
  ASSERT_TRUE(old.issued());
  ScepRequest moved = enrollment(kSecret, "CN=phone,OU=Moved,O=Test", "moved");
  moved.certificate = *old.certificate;
  const ScepAnswer enrolled = client().ask(moved);
  ASSERT_TRUE(enrolled.issued()) << enrolled.fail_info;
  EXPECT_EQ(enrolled.certificate->subject_text(), "CN=phone,OU=Moved,O=Test");
  moved = enrollment("wrong", "CN=phone,OU=Moved,O=Test", "wrong");
  moved.certificate = *old.certificate;
  EXPECT_EQ(client().ask(moved).status, "2");
  EXPECT_EQ(std::get<core::Failed>(*job_of("wrong").outcome).code, "challenge_wrong");
  moved = enrollment("", "CN=phone,OU=Moved,O=Test", "none");
  moved.certificate = *old.certificate;
  EXPECT_EQ(client().ask(moved).status, "2");
  EXPECT_EQ(std::get<core::Failed>(*job_of("none").outcome).code, "subject_mismatch");
}

TEST_F(ScepEnrollment, AnExpiringCertificateWithinItsOwnTimeAlone) {
  start_static("renewal_window = 30d\n");
  const ScepAnswer old = client().ask(enrollment(kSecret));
  ASSERT_TRUE(old.issued());
  ScepRequest early;
  early.type = "17";
  early.transaction_id = "early";
  early.certificate = *old.certificate;
  early.inside = scep_pkcs10(early.key, scep_subject("CN=phone,O=Test", ""));
  EXPECT_EQ(client().ask(early).fail_info, "2");
  EXPECT_EQ(std::get<core::Failed>(*job_of("early").outcome).code, "renewal_not_allowed");

  ScepRequest anew = enrollment(kSecret, "CN=phone,O=Test", "anew");
  anew.certificate = *old.certificate;
  EXPECT_TRUE(client().ask(anew).issued()) << "with a challenge it enrolls anew at any time";
}

TEST_F(ScepEnrollment, WaitsForAPersonAndIsPolledFor) {
  start_static("", "[template.device]\napproval = yes\n");
  const ScepRequest request = enrollment(kSecret);
  EXPECT_EQ(client().ask(request).status, "3");
  ScepRequest poll = request;
  poll.type = "20";
  const Bytes subject = crypto::encode_name(crypto::parse_rfc4514("CN=phone,O=Test").value());
  const crypto::Certificate ra = client().ra();
  poll.inside.clear();
  crypto::der::Writer(poll.inside).nest(crypto::der::kSequence, [&] {
    crypto::der::Writer inner(poll.inside);
    inner.raw(ra.issuer());
    inner.raw(subject);
  });
  EXPECT_EQ(client().ask(poll).status, "3");
  restart();
  EXPECT_EQ(client().ask(poll).status, "3");

  const core::JobRecord waiting = job_of("T1");
  ASSERT_TRUE(waiting.waiting_for_approval);
  ASSERT_TRUE(agent().jobs().approve(waiting.ticket, SystemClock().now(), "boss").ok());
  agent().local_jobs().jobs_changed();
  const ScepAnswer same = client().ask(request);
  ASSERT_TRUE(same.issued()) << "the request itself, sent again, waits for the outcome";
  const ScepAnswer polled = client().ask(poll);
  ASSERT_TRUE(polled.issued());
  EXPECT_EQ(polled.certificate->der(), same.certificate->der());

  poll.transaction_id = "unknown";
  EXPECT_EQ(client().ask(poll).fail_info, "4");
}

TEST_F(ScepEnrollment, ASignedChallengeBringsOneCertificateToOneKey) {
  start_signed();
  const std::string token = mint(claims());
  const ScepAnswer first = client().ask(enrollment(token));
  ASSERT_TRUE(first.issued()) << first.fail_info;

  ScepRequest thief = enrollment(token, "CN=phone,O=Test", "T2");
  thief.key = rsa_device(1).key;
  thief.certificate = rsa_device(1).certificate;
  thief.inside = scep_pkcs10(thief.key, scep_subject("CN=phone,O=Test", token));
  EXPECT_EQ(client().ask(thief).fail_info, "2");
  restart();
  EXPECT_EQ(client().ask(thief).fail_info, "2");
  EXPECT_EQ(client().ask(enrollment(token)).certificate->der(), first.certificate->der());
  EXPECT_EQ(certificates_issued(), 1U);
}

TEST_F(ScepEnrollment, ARetryBeyondTheChallengesEndGetsWhatWasBegunInTime) {
  start_signed("challenge_clock_skew = 0s\n", "[template.device]\napproval = yes\n");
  static_cast<void>(client().ra());  // its key takes time, which the challenge has not
  challenge::Claims soon_over = claims();
  soon_over.expires = std::chrono::time_point_cast<std::chrono::seconds>(SystemClock().wall()) +
                      std::chrono::seconds(2);
  const ScepRequest request = enrollment(mint(soon_over));
  ASSERT_EQ(client().ask(request).status, "3");
  while (SystemClock().wall() < soon_over.expires) std::this_thread::yield();
  EXPECT_EQ(client().ask(request).status, "3") << "it goes on waiting";
  ASSERT_TRUE(agent().jobs().approve(job_of("T1").ticket, SystemClock().now(), "boss").ok());
  agent().local_jobs().jobs_changed();
  while (certificates_issued() == 0) std::this_thread::yield();
  EXPECT_TRUE(client().ask(request).issued());
  EXPECT_EQ(client().ask(enrollment(mint(soon_over), "CN=phone,O=Test", "T2")).fail_info, "2");
}

TEST_F(ScepEnrollment, ALongSignedChallengeIsAsGoodAsAShortOne) {
  start_signed();
  challenge::Claims longest = claims(std::string(64, 'i'));
  longest.device = std::string(128, 'd');
  std::string subject = "CN=phone,O=Test";
  for (int unit = 0; unit < 15; ++unit) subject += ",OU=" + std::string(63, 'u');
  longest.subject = subject;
  longest.public_key_info_sha256 = crypto::sha256(rsa_device(0).key.public_key_info());
  const std::string token = mint(longest);
  ASSERT_GT(token.size(), 1900U);
  ASSERT_LE(token.size(), challenge::kMaxToken);
  const ScepAnswer answer = client().ask(enrollment(token, subject));
  ASSERT_TRUE(answer.issued()) << answer.fail_info;
  EXPECT_EQ(answer.certificate->subject_text(), subject);
}

TEST_F(ScepEnrollment, TheHealthPageSaysWhatToLookAt) {
  start_static();
  static_cast<void>(client().ra());
  const http::Response page = client().get("");
  EXPECT_EQ(page.status, 403U);
  EXPECT_THAT(std::string(as_text(*page.body)), HasSubstr("works"));
  EXPECT_EQ(client().get("operation=NoSuch").status, 400U);
  EXPECT_EQ(client().get("operation=PKIOperation").status, 400U);
}

TEST_F(ScepEnrollment, PathsAreFoundAsClientsWriteThem) {
  start_static("short_path = /scep\n");
  for (const char* path : {"/certsrv/mscep/mscep.dll", "/CertSrv/mscep/MSCEP.DLL",
                           "/certsrv/mscep/mscep.dll/pkiclient.exe", "/scep", "/scep/pkiclient.exe",
                           "/scep/", "/certsrv/mscep/mscep.dll/pkiclient.exe/"}) {
    EXPECT_EQ(ScepClient(agent().scep(), path).get("operation=GetCACaps").status, 200U) << path;
  }
  for (const char* path : {"/", "/pkiclient.exe", "/certsrv/mscep", "//"}) {
    EXPECT_EQ(ScepClient(agent().scep(), path).get("operation=GetCACaps").status, 404U) << path;
  }
}

TEST_F(ScepEnrollment, TheNextCaIsAnnouncedByTodays) {
  start_static();
  EXPECT_EQ(client().get("operation=GetNextCACert").status, 404U);
  testing::CertificateSpec next;
  next.subject = "CN=Next CA";
  next.ca = true;
  const std::string file =
      site_.folder.write("next.pem", testing::make_self_signed(next).certificate.to_pem());
  Site other;
  RunningAgent agent(other, "[http]\nlisten=127.0.0.1:0\n[scep.phones]\nnext_ca_file=" + file);
  agent.create_ca();
  ScepClient device(agent.scep());
  (void)device.ra();
  EXPECT_THAT(std::string(as_text(*device.get("operation=GetCACaps").body)),
              HasSubstr("GetNextCACert\n"));
  const http::Response answer = device.get("operation=GetNextCACert");
  EXPECT_EQ(answer.content_type, "application/x-x509-next-ca-cert");
  const auto message = crypto::SignedData::parse(*answer.body);
  ASSERT_TRUE(message.ok()) << message.error().message();
  ASSERT_EQ(message->certificates().size(), 1U) << "the signer alone";
  const auto today = crypto::Certificate::from_der(message->certificates().front());
  EXPECT_EQ(message->signer().serial.to_bytes(), today->serial());
  const auto announced = crypto::read_certificates_only(message->content());
  ASSERT_TRUE(announced.ok()) << announced.error().message();
  ASSERT_EQ(announced->size(), 1U);
  EXPECT_EQ(announced->front().subject_text(), "CN=Next CA");
}

TEST_F(ScepEnrollment, ACaThatSignsNoMessagesAnnouncesNoNextOne) {
  testing::CertificateSpec next;
  next.subject = "CN=Next CA";
  next.ca = true;
  const std::string file =
      site_.folder.write("next.pem", testing::make_self_signed(next).certificate.to_pem());
  RunningAgent agent(site_, "[http]\nlisten=127.0.0.1:0\n[scep.phones]\nnext_ca_file=" + file);
  testing::CertificateSpec today;
  today.subject = "CN=Today";
  today.ca = true;  // keyCertSign and cRLSign
  const auto credential = testing::make_self_signed(today);
  control::ImportCa import;
  import.name = "default";
  import.certificate_pem = credential.certificate.to_pem();
  import.key_pem = credential.key_pem();
  import.past_is_told = true;
  ASSERT_TRUE(agent.ca_administration().import_ca(import).ok());
  ScepClient device(agent.scep());
  (void)device.ra();
  EXPECT_EQ(device.get("operation=GetNextCACert").status, 404U);
  EXPECT_THAT(std::string(as_text(*device.get("operation=GetCACaps").body)),
              Not(HasSubstr("GetNextCACert")));
  EXPECT_THAT(agent.scep_module().services().at(0).next_ca_problem,
              HasSubstr("CN=Today lacks digitalSignature"));
  EXPECT_GE(site_.logger.count("scep.next_ca_not_announced"), 1U);
}

TEST_F(ScepEnrollment, ALeafIsNoNextCa) {
  testing::CertificateSpec leaf;
  leaf.subject = "CN=printer";
  const std::string file =
      site_.folder.write("next.pem", testing::make_self_signed(leaf).certificate.to_pem());
  try {
    const RunningAgent agent(site_,
                             "[http]\nlisten=127.0.0.1:0\n[scep.phones]\nnext_ca_file=" + file);
    ADD_FAILURE() << "it started";
  } catch (const std::exception& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("CN=printer is not a CA certificate"));
  }
}

TEST_F(ScepEnrollment, WhatIsOldIsOnlyTakenWhereItIsAllowed) {
  struct Row {
    const char* name;
    const char* allowed_by;
    crypto::ContentCipher cipher;
    crypto::HashAlgorithm hash;
  };
  const Row rows[] = {
      {"SHA-1", "allow_sha1 = yes", crypto::ContentCipher::aes128, crypto::HashAlgorithm::sha1},
      {"DES-EDE3", "allow_triple_des = yes", crypto::ContentCipher::des3,
       crypto::HashAlgorithm::sha256},
      {"DES-CBC", "allow_insecure_des = yes", crypto::ContentCipher::des,
       crypto::HashAlgorithm::sha1}};
  start_static();
  for (const Row& row : rows) {
    ScepRequest request = enrollment(kSecret, "CN=phone,O=Test", row.name);
    request.cipher = row.cipher;
    request.hash = row.hash;
    request.inside = signed_with(request.key, row.hash, request.inside);
    EXPECT_EQ(client().ask(request).fail_info, "0") << row.name;
    const auto reason = std::get<core::Failed>(*job_of(row.name).outcome);
    EXPECT_THAT(reason.message, HasSubstr(row.name));
    EXPECT_THAT(reason.message, HasSubstr(row.allowed_by));
  }
  // The service did not read the request, but knows the signer of the message.
  core::EnrollmentFilter of_device;
  of_device.subject = rsa_device(0).certificate.subject_text();
  const auto found = agent().enrollments().list(of_device).value();
  ASSERT_EQ(found.size(), 1U) << "what is signed with SHA-1 could be anybody's";
  EXPECT_EQ(found.front().key.transaction_id, "DES-EDE3");
  for (const Row& row : rows) {
    Site other;
    const std::string file = other.folder.write("challenge", kSecret);
    certconnector::testing::close_to_others(file);
    RunningAgent agent(other,
                       "[http]\nlisten=127.0.0.1:0\n[scep.phones]\nchallenge=static\n"
                       "challenge_file=" +
                           file + "\n" + row.allowed_by + "\n");
    agent.create_ca();
    ScepRequest request = enrollment(kSecret);
    request.cipher = row.cipher;
    request.hash = row.hash;
    request.inside = signed_with(request.key, row.hash, request.inside);
    EXPECT_TRUE(ScepClient(agent.scep()).ask(request).issued()) << row.name;
  }
}

}  // namespace
}  // namespace certconnector::app
