// PKIOperations with real CMS messages, on an EnrollmentService with fakes behind it.
#include "agent/scep/pki_operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/enrollment/endpoint_check.h"
#include "agent/enrollment/static_challenge_check.h"
#include "agent/scep/client_message.h"
#include "agent/scep/responder.h"
#include "tests/agent/scep/scep_client.h"
#include "tests/agent/scep/served_ca.h"
#include "tests/support/core/enrollment_site.h"

namespace certconnector::scep {
namespace {

using certconnector::testing::Awaited;
using certconnector::testing::EnrollmentSite;

constexpr char kPassword[] = "laboratory one";
constexpr char kPeer[] = "192.0.2.1";

// A CA's record of the device's certificate.
class DeviceRecord final : public core::CertificateLookup {
 public:
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override {
    if (failure) return *failure;
    if (!known || id.serial != device().certificate.serial()) {
      return std::optional<core::CertificateRecord>();
    }
    core::CertificateRecord record;
    record.entry.certificate.certificate = device().certificate.der();
    record.revocation = revocation;
    return std::make_optional(std::move(record));
  }

  bool known = true;
  std::optional<core::RevocationRecord> revocation;
  std::optional<Error> failure;
};

class UnknownCheck final : public enrollment::ChallengeCheck {
 public:
  [[nodiscard]] enrollment::CheckAnswer check(const enrollment::ChallengeQuery&,
                                              Timestamp) const override {
    return enrollment::Unavailable{"nobody can tell"};
  }
};

Bytes pkcs10_of_device(const std::string& challenge) {
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514("CN=device").value();
  spec.challenge_password = challenge;
  return crypto::make_pkcs10(device().key, spec).value();
}

Bytes reference_to_certificate(ByteView issuer, ByteView serial) {
  Bytes out;
  crypto::der::Writer writer(out);
  writer.nest(crypto::der::kSequence, [&] {
    writer.raw(issuer);
    writer.unsigned_integer(serial);
  });
  return out;
}

class PkiOperationTest : public ::testing::Test {
 protected:
  PkiOperationTest() {
    auto handle = std::make_shared<jobs::CaHandle>(*ca_.issuer());
    handle->ports.certificates = &known_;
    issuer_ = std::move(handle);
    service_ = make_service(
        "phones", std::make_shared<enrollment::StaticChallengeCheck>(std::string_view(kPassword)));
    message_.inside = pkcs10_of_device(kPassword);
  }

  std::shared_ptr<Service> make_service(const std::string& name,
                                        std::shared_ptr<const enrollment::ChallengeCheck> check) {
    ServiceSettings settings;
    settings.name = name;
    settings.paths = {"/" + name};
    settings.templates.any = "Phone";
    auto service = std::make_shared<Service>(settings, std::move(check));
    const auto one = RaCertificate::make(ra().key, ra().certificate).value();
    service->set_issuer(issuer_);
    service->set_ra({{one, one}});
    return service;
  }

  http::Response send(const Bytes& message) {
    const Awaited<http::Response> answer;
    PkiOperation::run(parts_, service_, message, kPeer, http::Reply(answer));
    return wait_for(answer);
  }
  http::Response send() { return send(make_request(message_)); }
  // Steps the queue until there is an answer.
  http::Response wait_for(const Awaited<http::Response>& answer) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!answer.is_there() && std::chrono::steady_clock::now() < until) {
      site_.queue.step(site_.never);
      std::this_thread::yield();
    }
    return answer.is_there() ? *answer.get() : http::text_response(0, "no answer");
  }
  static ClientReply read(const http::Response& response) {
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/x-pki-message");
    auto reply = read_reply(*response.body, {device().key, device().certificate.der()},
                            ra().certificate, "4A6F", Bytes(16, 7));
    EXPECT_TRUE(reply.ok()) << reply.error().message();
    return reply.ok() ? std::move(reply).value() : ClientReply();
  }
  // The device's answer, and the code in the log.
  void expect_refusal(const http::Response& response, FailInfo info, const std::string& code) {
    const ClientReply reply = read(response);
    EXPECT_EQ(reply.status, PkiStatus::failure);
    EXPECT_EQ(reply.fail_info, info) << code;
    ASSERT_GT(site_.logger.count("scep.refused"), 0U) << code;
    EXPECT_EQ(site_.logger.records("scep.refused").back().field("code"), code);
  }
  // The next submission's job has a certificate.
  crypto::Certificate let_next_issue() {
    testing::CertificateSpec spec;
    spec.subject = "CN=device";
    auto certificate = issue_for_key(ca_.credential, spec, device().key);
    core::EnrollmentStanding standing;
    standing.state = core::JobState::succeeded;
    standing.outcome = core::Issued{{certificate.der(), certificate.serial(),
                                     certificate.not_before(), certificate.not_after()},
                                    {}};
    site_.ledger.answers["job-" + std::to_string(site_.jobs + 1)] = standing;
    return certificate;
  }
  std::vector<std::string> noted() {
    site_.queue.step(site_.never);
    std::vector<std::string> codes;
    for (const core::NewEnrollment& one : site_.ledger.asked) {
      if (one.job.rejection) codes.push_back(one.job.rejection->code);
    }
    return codes;
  }

  ServedCa ca_;
  DeviceRecord known_;
  jobs::CaRef issuer_;
  EnrollmentSite site_;
  SharedBytes crl_;
  OperationParts parts_{site_.service, site_.front_end,
                        site_.clock,   site_.crash_points,
                        site_.logger,  [this](const std::string&) { return crl_; }};
  std::shared_ptr<Service> service_;
  ClientRequest message_;
};

TEST_F(PkiOperationTest, ADeviceGetsItsCertificate) {
  const crypto::Certificate issued = let_next_issue();
  const ClientReply reply = read(send());
  EXPECT_EQ(reply.status, PkiStatus::success);
  ASSERT_EQ(reply.certificates.size(), 1U);
  EXPECT_EQ(reply.certificates.front().der(), issued.der());
  ASSERT_EQ(site_.ledger.asked.size(), 1U);
  const core::NewEnrollment& enrollment = site_.ledger.asked.front();
  EXPECT_EQ(enrollment.key.service, "phones");
  EXPECT_EQ(enrollment.key.transaction_id, "4A6F");
  EXPECT_EQ(enrollment.key.public_key, crypto::sha256(device().certificate.public_key_info()));
  EXPECT_EQ(enrollment.job.job.ca, ca_.fingerprint);
  EXPECT_EQ(std::get<core::IssueRequest>(enrollment.job.job.request).template_name, "Phone");
  const std::vector<core::CrashPoint>& points = site_.crash_points.points;
  EXPECT_EQ(std::count(points.begin(), points.end(), core::CrashPoint::answer_ready), 1);
}

TEST_F(PkiOperationTest, ADeviceWhoseJobTakesLongHasToPoll) {
  const Awaited<http::Response> answer;
  PkiOperation::run(parts_, service_, make_request(message_), kPeer, http::Reply(answer));
  site_.queue.step(site_.never);
  EXPECT_FALSE(answer.is_there());
  site_.clock.advance(service_->settings().terms.patience);
  EXPECT_EQ(read(wait_for(answer)).status, PkiStatus::pending);
  message_.type = der_string("20");
  EXPECT_EQ(read(send()).status, PkiStatus::pending);
}

TEST_F(PkiOperationTest, APollForAnUnknownRequestIsDenied) {
  message_.type = der_string("20");
  expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
}

TEST_F(PkiOperationTest, AWrongChallengeIsDeniedNotedAndCounted) {
  site_.guesses.set(1, std::chrono::hours(1));
  message_.inside = pkcs10_of_device("laboratory two");
  expect_refusal(send(), FailInfo::bad_request, "challenge_wrong");
  EXPECT_THAT(noted(), ::testing::ElementsAre("challenge_wrong"));
  const http::Response locked_out = send();
  EXPECT_EQ(locked_out.status, 429U);
  EXPECT_THAT(locked_out.headers,
              ::testing::Contains(::testing::Pair("Retry-After", std::string("3600"))));
  EXPECT_EQ(site_.logger.count("scep.unavailable"), 0U) << "the limit has another log line";
}

TEST_F(PkiOperationTest, AMessageThatCannotBeOpenedIsDeniedWithItsReason) {
  struct Row {
    const char* code;
    FailInfo info;
    void (*bend)(ClientRequest& message);
  };
  const Row rows[] = {
      {"unsupported_algorithm", FailInfo::bad_alg,
       [](ClientRequest& m) { m.cipher = crypto::ContentCipher::des3; }},
      {"unsupported_algorithm", FailInfo::bad_alg,
       [](ClientRequest& m) { m.hash = crypto::HashAlgorithm::sha1; }},
      {"bad_signature", FailInfo::bad_message_check,
       [](ClientRequest& m) { m.with_certificate = false; }},
      {"malformed_request", FailInfo::bad_request, [](ClientRequest& m) { m.content = Bytes{5}; }},
      {"unknown_message_type", FailInfo::bad_request,
       [](ClientRequest& m) { m.type = der_string("3"); }},
      {"unreadable_message", FailInfo::bad_message_check,
       [](ClientRequest& m) {
         m.inside = Bytes{0x30, 0x00};
       }},
      {"renewal_not_allowed", FailInfo::bad_request,
       [](ClientRequest& m) { m.type = der_string("17"); }},
  };
  known_.known = false;
  std::vector<std::string> codes;
  for (const Row& row : rows) {
    ClientRequest bent = message_;
    row.bend(bent);
    expect_refusal(send(make_request(bent)), row.info, row.code);
    codes.emplace_back(row.code);
  }
  EXPECT_EQ(noted(), codes);
}

// Its content says nothing, and some clients leave it out.
TEST_F(PkiOperationTest, APollWithoutContentIsAnswered) {
  const auto certificate = let_next_issue();
  site_.ledger.standing = std::get<core::EnrollmentStanding>(site_.ledger.answers.at("job-1"));
  message_.type = der_string("20");
  message_.content = Bytes();
  const ClientReply polled = read(send());
  ASSERT_EQ(polled.status, PkiStatus::success);
  EXPECT_EQ(polled.certificates.front().der(), certificate.der());
  message_.type = der_string("19");
  expect_refusal(send(), FailInfo::bad_request, "malformed_request");
}

TEST_F(PkiOperationTest, TheAnsweringRaDeniesAMessageForAnotherRa) {
  const auto other = ca_.make_ra();
  service_->set_ra({{other, other}});
  const http::Response response = send();
  EXPECT_EQ(response.status, 200U);
  ASSERT_EQ(site_.logger.count("scep.refused"), 1U);
  EXPECT_EQ(site_.logger.records("scep.refused").front().field("code"), "certificate_not_found");
}

TEST_F(PkiOperationTest, AnInvalidMessageIsABadRequest) {
  EXPECT_EQ(send(Bytes{1, 2, 3}).status, 400U);
  EXPECT_EQ(site_.logger.count("scep.unreadable"), 1U);
}

// Every answer to a message that cannot be read is held, so no time shows what was decrypted.
TEST_F(PkiOperationTest, OnlyWhatCannotBeReadIsAnsweredAtASetTime) {
  int held = 0;
  parts_.answer_unreadable = [&](http::Reply reply, http::Response response, auto arrived) {
    ++held;
    EXPECT_LE(arrived, std::chrono::steady_clock::now());
    reply.send(std::move(response));
  };
  int turns = 0;
  parts_.finish_turn = [&](auto begun) {
    ++turns;
    EXPECT_LE(begun, std::chrono::steady_clock::now());
  };
  Bytes bent = pkcs10_of_device(kPassword);
  bent.back() ^= 1U;
  for (const Bytes& inside : {Bytes{0x30, 0x00}, Bytes(), bent}) {
    message_.inside = inside;
    expect_refusal(send(), FailInfo::bad_message_check, "unreadable_message");
  }
  EXPECT_EQ(held, 3);
  const auto& own = device().certificate;
  message_.type = der_string("21");
  for (const Bytes& inside :
       {Bytes{0x30, 0x00}, reference_to_certificate(own.issuer(), Bytes{9})}) {
    message_.inside = inside;
    expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
  }
  EXPECT_EQ(held, 5);
  message_.inside = reference_to_certificate(own.issuer(), own.serial());
  EXPECT_EQ(read(send()).status, PkiStatus::success);
  message_.type = der_string("19");
  message_.inside = pkcs10_of_device("laboratory two");
  expect_refusal(send(), FailInfo::bad_request, "challenge_wrong");
  EXPECT_EQ(held, 5);
  EXPECT_EQ(turns, 5);
}

TEST_F(PkiOperationTest, AFailedDecryptionCountsAsAGuess) {
  site_.guesses.set(1, std::chrono::hours(1));
  message_.inside = Bytes{0x30, 0x00};
  expect_refusal(send(), FailInfo::bad_message_check, "unreadable_message");
  EXPECT_EQ(send().status, 429U);
}

TEST_F(PkiOperationTest, AClientThatWasLockedOutWhileItWaitedGets429) {
  site_.guesses.set(1, std::chrono::hours(1));
  service_ =
      make_service("phones", std::make_shared<enrollment::EndpointCheck>(site_.validation_pool));
  site_.validator.hold();
  const Awaited<http::Response> first;
  const Awaited<http::Response> second;
  for (const auto& answer : {first, second}) {
    PkiOperation::run(parts_, service_, make_request(message_), kPeer, http::Reply(answer));
  }
  ASSERT_TRUE(site_.validator.wait_for_held(1));
  site_.guesses.count(kPeer);
  site_.validator.release();
  EXPECT_EQ(wait_for(first).status, 503U) << "its challenge was looked at before";
  EXPECT_EQ(wait_for(second).status, 429U);
}

TEST_F(PkiOperationTest, NobodyIsAnsweredWithoutAnRaOrACa) {
  service_->set_ra({});
  EXPECT_EQ(send().status, 503U);
  const auto one = RaCertificate::make(ra().key, ra().certificate).value();
  service_->set_ra({{one, one}});
  service_->set_issuer(nullptr);
  const http::Response response = send();
  EXPECT_EQ(response.status, 503U);
  EXPECT_THAT(response.headers,
              ::testing::Contains(::testing::Pair("Retry-After", std::string("30"))));
}

TEST_F(PkiOperationTest, ACheckThatIsOutOfReachIsAnsweredWithComeAgain) {
  service_ = make_service("phones", std::make_shared<UnknownCheck>());
  EXPECT_EQ(send().status, 503U);
  ASSERT_EQ(site_.logger.count("scep.unavailable"), 1U);
  EXPECT_EQ(site_.logger.records("scep.unavailable").front().message,
            "A device has to come again: nobody can tell");
  EXPECT_TRUE(noted().empty());
}

TEST_F(PkiOperationTest, OnlyAHolderMayAskForACertificate) {
  const auto& own = device().certificate;
  message_.type = der_string("21");
  message_.inside = reference_to_certificate(own.issuer(), own.serial());
  const ClientReply found = read(send());
  ASSERT_EQ(found.certificates.size(), 1U);
  EXPECT_EQ(found.certificates.front().der(), own.der());
  known_.revocation.emplace();
  expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
  known_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "silent");
  EXPECT_EQ(send().status, 503U);
}

TEST_F(PkiOperationTest, AHoldersQuestionThatNamesNothingOfTheCaCountsAsAGuess) {
  const auto& own = device().certificate;
  site_.guesses.set(2, std::chrono::hours(1));
  message_.type = der_string("21");
  message_.inside = Bytes{0x30, 0x00};
  expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
  message_.inside = reference_to_certificate(ra().certificate.issuer(), own.serial());
  expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
  EXPECT_EQ(send().status, 429U);
}

TEST_F(PkiOperationTest, ACrlThatIsNotThereIsNoGuess) {
  const auto& own = device().certificate;
  site_.guesses.set(1, std::chrono::hours(1));
  message_.type = der_string("22");
  message_.inside = reference_to_certificate(own.issuer(), own.serial());
  for (const std::size_t size : {std::size_t{0}, (std::size_t{1} << 20U) + 1}) {
    crl_ = size == 0 ? nullptr : std::make_shared<BytesInMemory>(Bytes(size));
    expect_refusal(send(), FailInfo::bad_cert_id, "certificate_not_found");
  }
}

// A hanging cloud does not disturb the other services' devices, with one worker for them all.
TEST_F(PkiOperationTest, DevicesOfOtherServicesAreServedWhileFiveHundredWaitForACloudThatHangs) {
  constexpr std::size_t kWaiting = 500;
  const auto cloud =
      make_service("cloud", std::make_shared<enrollment::EndpointCheck>(site_.validation_pool));
  class Nowhere final : public http::Handler {
    void handle(http::Request, http::Reply reply) override {
      reply.send(http::text_response(404, "nowhere"));
    }
  } nowhere;
  Responder responder(parts_, nowhere);
  responder.set_services({cloud, service_});
  const auto post = [&](const std::string& path, const Bytes& message) {
    const Awaited<http::Response> answer;
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.query = "operation=PKIOperation";
    request.body = std::string(as_text(message));
    request.peer = kPeer;
    responder.handle(std::move(request), http::Reply(answer));
    return answer;
  };

  site_.validator.hold();
  std::vector<Awaited<http::Response>> waiting;
  for (std::size_t i = 0; i < kWaiting; ++i) {
    message_.transaction_id = der_string("cloud-" + std::to_string(i));
    waiting.push_back(post("/cloud", make_request(message_)));
  }
  ASSERT_TRUE(site_.validator.wait_for_held(1));
  message_.transaction_id = der_string("4A6F");
  let_next_issue();
  const ClientReply served = read(wait_for(post("/phones", make_request(message_))));
  EXPECT_EQ(served.status, PkiStatus::success);
  const auto is_answered = [](const auto& one) { return one.is_there(); };
  EXPECT_EQ(std::count_if(waiting.begin(), waiting.end(), is_answered), 0);
  EXPECT_EQ(site_.validator.asked().size(), 1U);

  site_.validation_pool.close();
  site_.queue.close();
  site_.pool.close();
  EXPECT_EQ(static_cast<std::size_t>(std::count_if(waiting.begin(), waiting.end(), is_answered)),
            kWaiting)
      << "nobody is left without an answer";
}

}  // namespace
}  // namespace certconnector::scep
