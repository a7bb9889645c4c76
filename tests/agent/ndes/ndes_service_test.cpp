// The NDES service behind real TLS and on a real store.
#include "agent/ndes/ndes_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/core/ports/crash_points.h"
#include "agent/enrollment/endpoint_check.h"
#include "agent/enrollment/new_enrollment.h"
#include "agent/jobs/operating_mode.h"
#include "common/http/client_limit.h"
#include "common/http/server.h"
#include "common/runtime/loop_thread.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "tests/common/http/tls_client.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::ndes {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr crypto::KeySpec kDeviceKey{crypto::KeyKind::ec, 256};
constexpr char kDeviceSubject[] = "CN=laptop";

constexpr Duration kGoodFor{std::chrono::hours(24 * 30)};
constexpr std::chrono::seconds kSecond{1};
constexpr std::size_t kRenewalsOfOne = 4;  // verified, of one certificate
constexpr std::size_t kRefusalsKept = 8;   // without a known credential, of one caller

// Every password that begins with "good" is another challenge; "good-1/Server" names the template
// Server.
class PasswordCheck final : public enrollment::ChallengeCheck {
 public:
  explicit PasswordCheck(Duration good_for = kGoodFor) : good_for_(good_for) {}

  [[nodiscard]] enrollment::CheckAnswer check(const enrollment::ChallengeQuery& query,
                                              Timestamp now) const override {
    if (query.password.substr(0, kGood.size()) != kGood) {
      return enrollment::Denied{core::failed(core::failure::kChallengeWrong, "no such challenge")};
    }
    enrollment::ChallengeAuthorization permit;
    permit.id = std::string(query.password);
    permit.device = "laptop-1";
    permit.not_after = now + good_for_;
    permit.expected.subject = kDeviceSubject;
    permit.template_name = template_of(query.password);
    return permit;
  }

 private:
  static constexpr std::string_view kGood = "good";

  static std::optional<std::string> template_of(std::string_view password) {
    const std::size_t slash = password.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return std::string(password.substr(slash + 1));
  }

  Duration good_for_;
};

// The part of a CA's record that this test needs.
class FakeRegister final : public core::CertificateLookup {
 public:
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override {
    if (failure) return *failure;
    if (id.serial != revoked) return std::optional<core::CertificateRecord>();
    core::CertificateRecord record;
    record.revocation.emplace().at = SystemClock().wall();
    return std::make_optional(std::move(record));
  }

  Bytes revoked;  // its serial
  std::optional<Error> failure;
};

// No CRL has anything.
class NothingRevoked final : public enrollment::RevocationCheck {
 public:
  std::optional<enrollment::RevocationAnswer> check(const crypto::Certificate& /*certificate*/,
                                                    Timestamp /*now*/, bool may_wait) override {
    if (!may_wait) return std::nullopt;
    return enrollment::NotRevoked{};
  }
  bool post(Task task) override {
    if (busy) return false;
    threads.emplace_back([task = std::move(task), this] { task(in_time); });
    return true;
  }
  ~NothingRevoked() override {
    for (std::thread& one : threads) one.join();
  }

  bool busy = false;
  bool in_time = true;
  std::vector<std::thread> threads;
};

std::shared_ptr<enrollment::ForeignRules> make_foreign_rules(
    std::shared_ptr<enrollment::RevocationCheck> revocation) {
  auto rules = std::make_shared<enrollment::ForeignRules>();
  rules->service = "ndes";
  rules->templates = {{"Device", "", "template_oid"}};
  rules->purposes = {std::string(crypto::oid::kClientAuth)};
  rules->revocation = std::move(revocation);
  return rules;
}

class ExpiredCheck final : public enrollment::ChallengeCheck {
 public:
  [[nodiscard]] enrollment::CheckAnswer check(const enrollment::ChallengeQuery& query,
                                              Timestamp /*now*/) const override {
    return enrollment::Denied{core::failed(core::failure::kChallengeExpired, "over"),
                              std::string(query.password), "laptop-1"};
  }
};

Credential make_ca() {
  CertificateSpec spec;
  spec.subject = "CN=Issuing";
  spec.ca = true;
  return certconnector::testing::make_self_signed(spec);
}

struct Answer {
  int status = 0;
  Json body;
};

struct Device {
  crypto::PrivateKey key = crypto::PrivateKey::generate(kDeviceKey).value();

  [[nodiscard]] Bytes request(const std::string& challenge,
                              const std::string& subject = kDeviceSubject,
                              std::uint16_t key_usage = 0) const {
    crypto::Pkcs10Spec spec;
    spec.key_usage = key_usage;
    spec.subject = crypto::parse_rfc4514(subject).value();
    if (!challenge.empty()) spec.challenge_password = challenge;
    return crypto::make_pkcs10(key, spec).value();
  }
};

using OwnedRequest = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;

OwnedRequest open_request(const Bytes& request) {
  const unsigned char* at = request.data();
  return {d2i_X509_REQ(nullptr, &at, static_cast<long>(request.size())), &X509_REQ_free};
}

Bytes signed_anew(const OwnedRequest& made, const crypto::PrivateKey& key, const EVP_MD* digest) {
  EXPECT_GT(X509_REQ_sign(made.get(), key.native(), digest), 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(made.get(), &der);
  EXPECT_GT(size, 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// The same request, signed as by an old router.
Bytes signed_with_sha1(const Bytes& request, const crypto::PrivateKey& key) {
  return signed_anew(open_request(request), key, EVP_sha1());
}

// The same request with an attribute that can make an AD CS certify other names.
Bytes with_name_value_pair(const Bytes& request, const crypto::PrivateKey& key) {
  const auto made = open_request(request);
  constexpr unsigned char kPair[] = {'S', 'A', 'N'};
  EXPECT_EQ(X509_REQ_add1_attr_by_txt(made.get(), "1.3.6.1.4.1.311.13.2.1", V_ASN1_UTF8STRING,
                                      static_cast<const unsigned char*>(kPair), sizeof kPair),
            1);
  return signed_anew(made, key, EVP_sha256());
}

Bytes with_comment(const Bytes& request, const crypto::PrivateKey& key) {
  const auto made = open_request(request);
  STACK_OF(X509_EXTENSION)* list = sk_X509_EXTENSION_new_null();
  sk_X509_EXTENSION_push(
      list, X509V3_EXT_conf_nid(nullptr, nullptr, NID_netscape_comment, "an extension"));
  EXPECT_EQ(X509_REQ_add_extensions(made.get(), list), 1);
  sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
  return signed_anew(made, key, EVP_sha256());
}

class NdesServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override { close(); }

  void open() {
    stores_ = std::make_unique<certconnector::testing::OpenStores>(folder_.file("agent.db"));
    store_ = &stores_->jobs;
    parts_ = std::make_unique<Parts>(*this);
    point_ = std::make_unique<NdesService>(
        NdesParts{parts_->service,
                  parts_->ledger,
                  parts_->storage,
                  {parts_->pool, parts_->refusals, nullptr, &parts_->renewals},
                  clock_,
                  logger_,
                  [this] { return fresh_job_id(); },
                  [](const core::CaFingerprint&) {},
                  [this](const core::ExternalEnrollment&) { return found_; }});
    point_->set_service(service_);
    parts_->enrollment_queue.arrived().add(parts_->loop.wakeup());
    parts_->loop.start(parts_->stopping.token());
    http::ServerSettings settings;
    settings.tls = http::TlsSettings{pki_.server_chain_pem(), pki_.server().key_pem(),
                                     pki_.intermediate().certificate.to_pem()};
    server_ = std::move(http::Server::start(settings, *point_, logger_)).value();
  }
  void close() {
    server_.reset();
    parts_->pool.close();
    parts_->validation_pool.close();
    parts_->stopping.request_stop();
    parts_->loop.join();
    parts_->enrollment_queue.arrived().remove(parts_->loop.wakeup());
    parts_->enrollment_queue.close();
    point_.reset();
    parts_.reset();
    stores_.reset();
  }

  std::string fresh_job_id() { return "scep-" + std::to_string(++job_); }

  Answer post(const std::string& operation, const Json& body, const Credential& caller) {
    return send("POST /CertificateRegistrationSvc/v1/" + operation, "application/json", body.dump(),
                caller);
  }
  Answer post(const std::string& operation, const Json& body) {
    return post(operation, body, ndes_);
  }
  Answer send(const std::string& line, const std::string& type, const std::string& body,
              const Credential& caller) {
    const http::testing::TlsClient client(server_->port(), {0, "", caller});
    EXPECT_TRUE(client.connected());
    client.send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " +
                type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string got = client.read_to_end();
    const std::size_t head = got.find("\r\n\r\n");
    EXPECT_NE(head, std::string::npos) << got;
    if (head == std::string::npos) return {};
    return {std::stoi(got.substr(9, 3)), Json::parse(got.substr(head + 4))};
  }
  Answer verify(const Bytes& request, const Bytes& signer = {},
                const std::string& template_name = "Device",
                const std::string& transaction = "T-1") {
    Json body = {{"pkcs10", text::to_base64(request)},
                 {"template", template_name},
                 {"transaction_id", transaction}};
    if (!signer.empty()) body["signing_certificate"] = text::to_base64(signer);
    return post("verify", body);
  }
  // The denial's code; "verified" when it is.
  std::string code_of(const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.value("verified", false) ? "verified" : answer.body.value("code", "");
  }
  Answer notify(const std::string& challenge, const std::string& disposition,
                const Bytes& certificate = {}) {
    Json body = {{"challenge", challenge}, {"transaction_id", "T-1"}, {"disposition", disposition}};
    if (!certificate.empty()) body["certificate"] = text::to_base64(certificate);
    return post("notify", body);
  }
  Bytes issue_to(const Device& device, Timestamp not_after = far_away()) {
    CertificateSpec spec = device_certificate();
    spec.not_after = not_after;
    return issue_for_key(ca_, spec, device.key).der();
  }
  // Of the template Device, of version 1.
  static CertificateSpec device_certificate() {
    CertificateSpec spec;
    spec.subject = kDeviceSubject;
    spec.extended_key_usage = "clientAuth";
    const Bytes name{0x1E, 12, 0, 'D', 0, 'e', 0, 'v', 0, 'i', 0, 'c', 0, 'e'};
    spec.raw_extensions = {{"1.3.6.1.4.1.311.20.2", name}};
    return spec;
  }
  // The codes of all denials to be reported, in order, after there are so many.
  std::vector<std::string> codes_recorded(std::size_t count) {
    constexpr std::size_t kMost = 100;
    constexpr std::chrono::seconds kPatience{10};
    const auto until = std::chrono::steady_clock::now() + kPatience;
    auto reports = store_->unreported({}, kMost).value();
    while (reports.size() < count && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
      reports = store_->unreported({}, kMost).value();
    }
    std::vector<std::string> codes;
    for (const auto& report : reports) {
      codes.push_back(std::get<core::Failed>(report.outcome).code);
    }
    return codes;
  }
  // So many renewals of this transaction, verified, each of another key.
  void flood(std::size_t count) {
    std::vector<core::NewEnrollment> renewals;
    const Bytes pkcs10 = other_.request("");
    const auto request = crypto::Pkcs10::parse(pkcs10, crypto::ProofOfPossession::known).value();
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "flood-" + std::to_string(i);
      const core::EnrollmentKey key{"ndes", "T-1", crypto::sha256(as_bytes(name))};
      renewals.push_back(enrollment::new_enrollment({key, &request, "ca", name}));
      renewals.back().job.external = clock_.now() + std::chrono::hours(1);
    }
    ASSERT_TRUE(parts_->ledger.begin(renewals, clock_.now()).ok());
  }
  std::vector<core::Report> jobs_issued() {
    std::vector<core::Report> issued = store_->unreported({}, 1000).value();
    const auto is_other = [](const core::Report& report) {
      return !std::holds_alternative<core::Issued>(report.outcome);
    };
    issued.erase(std::remove_if(issued.begin(), issued.end(), is_other), issued.end());
    return issued;
  }
  static Timestamp soon() { return SystemClock().wall() + std::chrono::hours(24 * 7); }
  static Timestamp far_away() { return SystemClock().wall() + std::chrono::hours(24 * 365); }

  Credential caller(const std::string& name) {
    return issue(pki_.intermediate(),
                 {"CN=" + name, false, -1, "digitalSignature", "clientAuth", "DNS:" + name});
  }
  // From the next request on.
  void change(const std::function<void(ServedNdes&)>& bend) {
    auto changed = std::make_shared<ServedNdes>(*service_);
    bend(*changed);
    service_ = std::move(changed);
    point_->set_service(service_);
  }
  static std::shared_ptr<ServedNdes> make_service(const Credential& ca) {
    auto service = std::make_shared<ServedNdes>();
    service->name = "ndes";
    service->callers = CallerList::make({"dns:ndes.example"}).value();
    service->policy.check = std::make_shared<PasswordCheck>();
    service->policy.notify_within = std::chrono::minutes(15);
    service->policy.renewal.foreign = make_foreign_rules(std::make_shared<NothingRevoked>());
    service->templates = {"Device"};
    const enrollment::KnownCa issuing{ca.certificate,
                                      text::to_hex(crypto::view(ca.certificate.sha256())), nullptr};
    service->issuing_ca = [issuing] { return std::make_optional(issuing); };
    return service;
  }

  struct Parts {
    explicit Parts(NdesServiceTest& test)
        : ledger(test.stores_->enrollments),
          storage(*test.store_, operating_mode, test.clock_, random, test.logger_,
                  [](const Error&) {}),
          intake(*test.store_, test.clock_),
          enrollment_queue(ledger, storage, test.clock_, crash_points, intake),
          validation_pool(test.validator_, test.clock_, test.logger_, 2),
          pool(2, 64, test.logger_),
          refusals_of_a_client({"registration.refusals_not_kept", "of a client"}, test.clock_,
                               test.logger_),
          refusals_of_all({"registration.refusals_of_all", "of all"}, test.clock_, test.logger_),
          service({enrollment_queue, validation_pool, operating_mode, test.clock_,
                   [&test] { return test.fresh_job_id(); }}),
          loop("enrollment_queue",
               {[this](const StopToken& stop) { return enrollment_queue.step(stop); }}, test.clock_,
               test.logger_) {
      refusals_of_a_client.set(kRefusalsKept, std::chrono::hours(1));
    }
    jobs::OperatingMode operating_mode;
    runtime::SystemRandom random;
    core::NoCrashPoints crash_points;
    store::SqliteEnrollmentLedger& ledger;
    jobs::StorageGuard storage;
    jobs::JobIntake intake;
    enrollment::EnrollmentQueue enrollment_queue;
    enrollment::ChallengeValidationPool validation_pool;
    runtime::WorkerPool pool;
    http::ClientLimit refusals_of_a_client;
    http::ClientLimit refusals_of_all;  // off
    enrollment::DenialQuota refusals{refusals_of_a_client, refusals_of_all};
    enrollment::EnrollmentService service;
    enrollment::RenewalQuota renewals{{kRenewalsOfOne, std::chrono::hours(24)}};
    StopSource stopping;
    runtime::LoopThread loop;
  };

  certconnector::testing::TempDirectory folder_;
  certconnector::testing::TestPki pki_;
  Credential ca_ = make_ca();
  Credential ndes_ = caller("ndes.example");
  SystemClock clock_;
  certconnector::testing::CapturingLogger logger_;
  std::shared_ptr<ServedNdes> service_ = make_service(ca_);
  std::optional<core::Issued> found_;
  certconnector::testing::FakeChallengeValidator validator_;
  std::atomic<int> job_{0};
  std::unique_ptr<certconnector::testing::OpenStores> stores_;
  store::SqliteJobStore* store_ = nullptr;  // of stores_
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<NdesService> point_;
  std::unique_ptr<http::Server> server_;
  Device device_;
  Device other_;
};

TEST_F(NdesServiceTest, ADeviceWithACertificateOfTheSameCaIsNobody) {
  const Answer refused = post("verify", Json::object(), caller("laptop.example"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body["code"], "not_allowed");
  EXPECT_EQ(post("notify", Json::object(), caller("laptop.example")).status, 403);
  EXPECT_EQ(post("challenge", Json::object(), caller("laptop.example")).status, 403);
  point_->set_service(nullptr);
  EXPECT_EQ(post("verify", Json::object()).status, 403) << "off";
}

TEST_F(NdesServiceTest, ADenialIsNotedWithItsChallengeAndDevice) {
  EXPECT_EQ(code_of(verify(device_.request("bad-1"))), "challenge_wrong");
  change([](ServedNdes& service) { service.policy.check = std::make_shared<ExpiredCheck>(); });
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "challenge_expired");
  ASSERT_EQ(codes_recorded(2).size(), 2U);
  const std::vector<core::EnrollmentRecord> noted = parts_->ledger.list({}).value();
  EXPECT_EQ(noted[0].device, "laptop-1");
  EXPECT_EQ(noted[0].challenge, "good-1");
  EXPECT_EQ(noted[1].device, "");
  service_ = make_service(ca_);
  point_->set_service(service_);
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified") << "it holds no challenge";
}

TEST_F(NdesServiceTest, ATripleComesAgainAndAnyOtherIsDenied) {
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "challenge_in_use");
  EXPECT_EQ(code_of(verify(other_.request("good-2"))), "verified");
}

TEST_F(NdesServiceTest, AChallengeIsGoodForTheOneRequestThatItWasVerifiedFor) {
  change([](ServedNdes& service) { service.templates = {"Device", "Server"}; });
  const Bytes request = device_.request("good-1");
  const Bytes other = device_.request("good-1", kDeviceSubject, crypto::kKeyEncipherment);
  EXPECT_EQ(code_of(verify(request)), "verified");
  EXPECT_EQ(code_of(verify(other)), "challenge_in_use");
  EXPECT_EQ(code_of(verify(request, {}, "Server")), "challenge_in_use");
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified") << "signed anew";
  EXPECT_EQ(notify("good-1", "success", issue_to(device_)).body["standing"], "issued");
  EXPECT_EQ(code_of(verify(other)), "challenge_used");
  EXPECT_EQ(code_of(verify(request, {}, "Server")), "challenge_used");
  EXPECT_EQ(code_of(verify(request)), "verified") << "its answer may have been lost";
}

// Like a one-time password that began its enrollment in time.
TEST_F(NdesServiceTest, AnIssuedRequestIsVerifiedNoLongerThanItsChallengeLasts) {
  const Bytes request = device_.request("good-1");
  EXPECT_EQ(code_of(verify(request)), "verified");
  EXPECT_EQ(notify("good-1", "success", issue_to(device_)).body["standing"], "issued");
  EXPECT_EQ(code_of(verify(request)), "verified") << "its answer may have been lost";
  change([](ServedNdes& s) { s.policy.check = std::make_shared<PasswordCheck>(Duration(0)); });
  EXPECT_EQ(code_of(verify(request)), "challenge_used");
  change([](ServedNdes& s) { s.policy.check = std::make_shared<PasswordCheck>(); });
  EXPECT_EQ(code_of(verify(request)), "verified");
}

TEST_F(NdesServiceTest, AnIssuedRequestIsNotVerifiedOnceItsCertificateIsRevoked) {
  FakeRegister known;
  jobs::CaHandle issuer;
  issuer.ports.certificates = &known;
  change([&](ServedNdes& service) {
    auto ca = *service.issuing_ca();
    ca.handle = std::make_shared<jobs::CaHandle>(issuer);
    service.issuing_ca = [ca] { return std::make_optional(ca); };
  });
  const Bytes request = device_.request("good-1");
  const Bytes certificate = issue_to(device_);
  EXPECT_EQ(code_of(verify(request)), "verified");
  EXPECT_EQ(notify("good-1", "success", certificate).body["standing"], "issued");
  EXPECT_EQ(code_of(verify(request)), "verified") << "it is good, as far as is known";
  known.revoked = crypto::Certificate::from_der(certificate)->serial();
  EXPECT_EQ(code_of(verify(request)), "certificate_revoked");
  known.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "the disk is full");
  EXPECT_EQ(verify(request).status, 503);
}

TEST_F(NdesServiceTest, AnIssuedRequestIsNotVerifiedOnceItsCertificateHasExpired) {
  const Bytes request = device_.request("good-1");
  EXPECT_EQ(code_of(verify(request)), "verified");
  const Timestamp yesterday = SystemClock().wall() - std::chrono::hours(24);
  EXPECT_EQ(notify("good-1", "success", issue_to(device_, yesterday)).body["standing"], "issued");
  EXPECT_EQ(code_of(verify(request)), "certificate_expired");
}

TEST_F(NdesServiceTest, AChallengeThatNamesATemplateIsGoodForThatOneAlone) {
  const Bytes request = device_.request("good-1/Server");
  EXPECT_EQ(code_of(verify(request, {}, "Device")), "unknown_template") << "the service permits it";
  EXPECT_EQ(code_of(verify(request, {}, "server")), "verified") << "the service does not name it";
}

// As Active Directory compares names.
TEST_F(NdesServiceTest, TheSameRequestInAnotherLetterCaseIsTheSame) {
  const Bytes request = device_.request("good-1");
  const Bytes of_challenge = other_.request("good-2/Server");
  for (const char* name : {"Device", "DEVICE", "device"}) {
    EXPECT_EQ(code_of(verify(request, {}, name)), "verified") << name;
  }
  for (const char* name : {"server", "Server"}) {
    EXPECT_EQ(code_of(verify(of_challenge, {}, name)), "verified") << name;
  }
  EXPECT_EQ(parts_->ledger.list({}).value().size(), 2U);
  const Bytes signer = issue_to(other_, soon());
  const Bytes renewal = Device().request("");
  for (const char* name : {"Device", "DEVICE", "device", "dEVICE", "DeVICE", "DEvice"}) {
    EXPECT_EQ(code_of(verify(renewal, signer, name, "T-3")), "verified") << name;
  }
}

TEST_F(NdesServiceTest, AReservationLastsAsLongAsItsChallenge) {
  const Timestamp begun = clock_.now();
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  const auto deadline = store_->find("scep-1").value().front().job.deadline;
  ASSERT_TRUE(deadline);
  EXPECT_GE(*deadline, begun + kGoodFor - std::chrono::minutes(1));
}

TEST_F(NdesServiceTest, SuccessUsesTheChallengeUpAlsoOverARestart) {
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  close();
  open();
  const Bytes certificate = issue_to(device_);
  const Answer told = notify("good-1", "success", certificate);
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_EQ(told.body["standing"], "issued");
  const auto reports = store_->unreported({}, 10).value();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].key.source, core::JobSource::scep);
  EXPECT_EQ(reports[0].key.instance, "ndes");
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate, certificate);
  EXPECT_EQ(notify("good-1", "success", certificate).body["standing"], "issued")
      << "a repeated report";
  EXPECT_EQ(notify("good-1", "failure").body["standing"], "issued") << "too late";
  EXPECT_EQ(store_->unreported({}, 10)->size(), 1U);
  // The agent reports it as well, some time after the answer.
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "challenge_used");
}

TEST_F(NdesServiceTest, FailureReleasesAndPendingKeeps) {
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  EXPECT_EQ(notify("good-1", "pending").body["standing"], "pending");
  EXPECT_EQ(notify("good-1", "unknown").body["standing"], "pending");
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "challenge_in_use");
  EXPECT_EQ(notify("good-1", "failure").body["standing"], "failed");
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "verified");
}

TEST_F(NdesServiceTest, ADenialSaysWhyAndIsRecorded) {
  struct Row {
    const char* name;
    Bytes request;
    const char* template_name;
    const char* code;
  };
  const Row rows[] = {
      {"a wrong challenge", device_.request("secret-42"), "Device", "challenge_wrong"},
      {"another subject", device_.request("good-1", "CN=admin"), "Device", "subject_mismatch"},
      {"another template", device_.request("good-1"), "Administrator", "unknown_template"},
      {"another than its challenge names", device_.request("good-1/Server"), "Device",
       "unknown_template"},
      {"no request", Bytes{0x30, 0x00}, "Device", "malformed_request"},
      {"a name-value pair", with_name_value_pair(device_.request("good-1"), device_.key), "Device",
       "extension_not_allowed"},
      {"an extension that its CA may copy", with_comment(device_.request("good-1"), device_.key),
       "Device", "extension_not_allowed"},
      {"a name-value pair, with a wrong challenge",
       with_name_value_pair(device_.request("secret-42"), device_.key), "Device",
       "challenge_wrong"},
  };
  std::vector<std::string> codes;
  for (const Row& row : rows) {
    const Answer answer =
        verify(row.request, {}, row.template_name, "T-" + std::to_string(codes.size()));
    codes.emplace_back(row.code);
    EXPECT_EQ(code_of(answer), row.code) << row.name;
    EXPECT_NE(answer.body.value("hresult", 0), 0) << row.name;
    EXPECT_THAT(answer.body.dump(), Not(HasSubstr("secret-42"))) << row.name;
  }
  EXPECT_FALSE(logger_.contains("secret-42"));
  EXPECT_EQ(codes_recorded(codes.size()), codes);
  EXPECT_EQ(logger_.count("registration.refused"), codes.size());
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified") << "nothing was reserved";
}

// Any client of the NDES can invent requests, each with another transaction.
TEST_F(NdesServiceTest, DenialsWithoutAKnownCredentialFillNoDisk) {
  for (std::size_t i = 0; i < kRefusalsKept + 5; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(code_of(verify(device_.request("bad"), {}, "Device", "T-" + id)), "challenge_wrong");
  }
  // The queue keeps its order: with this one, all before it are recorded, or not.
  const Bytes with_challenge = device_.request("good-1", "CN=admin");
  EXPECT_EQ(code_of(verify(with_challenge, {}, "Device", "T-last")), "subject_mismatch");
  std::vector<std::string> kept(kRefusalsKept, "challenge_wrong");
  kept.emplace_back("subject_mismatch");
  EXPECT_EQ(codes_recorded(kept.size()), kept)
      << "a denial with a known challenge is still recorded";
  EXPECT_EQ(logger_.count("registration.refused"), kRefusalsKept + 6);
  ASSERT_EQ(logger_.count("registration.refusals_not_kept"), 1U);
  EXPECT_EQ(logger_.records("registration.refusals_not_kept").front().field("client"), "127.0.0.1");
}

TEST_F(NdesServiceTest, Sha1SignsARequestWhereTheServiceSaysSo) {
  const Bytes request = signed_with_sha1(device_.request("good-1"), device_.key);
  EXPECT_EQ(code_of(verify(request)), "weak_signature");
  change([](ServedNdes& s) { s.proof = crypto::ProofOfPossession::verify_sha1; });
  EXPECT_EQ(code_of(verify(certconnector::testing::with_bent_signature(request))), "bad_signature");
  EXPECT_EQ(code_of(verify(request)), "verified");
  // The report finds it by its challenge.
  EXPECT_EQ(notify("good-1", "failure").body["standing"], "failed");
}

TEST_F(NdesServiceTest, ARenewalNeedsACertificateOfTheIssuingCaInItsWindow) {
  const Timestamp soon = clock_.wall() + std::chrono::hours(24 * 7);
  const Device renewed;
  const Credential stranger = make_ca();
  CertificateSpec spec = device_certificate();
  spec.not_after = soon;
  const Bytes foreign = issue_for_key(stranger, spec, device_.key).der();
  EXPECT_EQ(code_of(verify(renewed.request(""), foreign)), "renewal_not_allowed");
  EXPECT_EQ(code_of(verify(renewed.request(""), issue_to(device_))), "renewal_not_allowed")
      << "too early";
  EXPECT_EQ(code_of(verify(renewed.request("", "CN=admin"), issue_to(device_, soon))),
            "subject_mismatch");
  EXPECT_EQ(code_of(verify(renewed.request(""), issue_to(device_, soon))), "verified");
  EXPECT_EQ(notify("", "success", issue_to(renewed)).body["standing"], "issued");
}

TEST_F(NdesServiceTest, ARenewalThatCannotWaitForACrlComesAgain) {
  const auto check = std::make_shared<NothingRevoked>();
  change([&](ServedNdes& service) { service.policy.renewal.foreign = make_foreign_rules(check); });
  const Device renewed;
  const Bytes request = renewed.request("");
  const Bytes signer = issue_to(device_, soon());
  check->busy = true;
  EXPECT_EQ(verify(request, signer).status, 503);
  check->busy = false;
  check->in_time = false;
  EXPECT_EQ(verify(request, signer).status, 503);
  check->in_time = true;
  EXPECT_EQ(code_of(verify(request, signer)), "verified");
}

TEST_F(NdesServiceTest, ARenewalIsForTheTemplateOfItsCertificate) {
  change([](ServedNdes& service) { service.templates = {"Device", "Server"}; });
  const Device renewed;
  EXPECT_EQ(code_of(verify(renewed.request(""), issue_to(device_, soon()), "Server")),
            "unknown_template");
  EXPECT_EQ(code_of(verify(renewed.request(""), issue_to(device_, soon()), "device")), "verified");
}

TEST_F(NdesServiceTest, AsksTheEndpointWhereTheServiceSaysSo) {
  change([this](ServedNdes& service) {
    service.policy.check = std::make_shared<enrollment::EndpointCheck>(parts_->validation_pool);
  });
  const auto grant = [](const core::ChallengeQuestion&) {
    core::ChallengeAccepted granted;
    granted.id = "cloud:7";
    granted.device = "device-7";
    granted.expected.subject = kDeviceSubject;
    granted.good_for = std::chrono::hours(1);
    return granted;
  };
  EXPECT_EQ(verify(device_.request("its-own")).status, 503) << "nobody answers";
  validator_.answer_with([](const core::ChallengeQuestion&) {
    return core::ChallengeDenied{"challenge_wrong", ""};
  });
  EXPECT_EQ(code_of(verify(device_.request("its-own"))), "challenge_wrong");
  validator_.answer_with(grant);
  EXPECT_EQ(code_of(verify(device_.request("its-own"))), "verified");
  EXPECT_EQ(code_of(verify(other_.request("its-own"))), "challenge_in_use");
  EXPECT_EQ(notify("its-own", "success", issue_to(device_)).body["standing"], "issued");
  EXPECT_EQ(code_of(verify(other_.request("its-own"))), "challenge_used");

  const auto asked = validator_.asked();
  ASSERT_EQ(asked.size(), 5U);
  EXPECT_EQ(asked[0].service, "ndes");
  EXPECT_EQ(asked[0].transaction_id, "T-1");
  EXPECT_EQ(asked[0].template_name, "Device");
  EXPECT_FALSE(logger_.contains("its-own"));
}

TEST_F(NdesServiceTest, ANotificationMustFitAVerifiedRequest) {
  EXPECT_EQ(notify("good-1", "failure").status, 404);
  verify(device_.request("good-1"));
  EXPECT_EQ(notify("good-2", "failure").status, 404) << "another challenge";
  const auto stranger = make_ca();
  CertificateSpec spec;
  spec.subject = kDeviceSubject;
  const Bytes foreign = issue_for_key(stranger, spec, device_.key).der();
  EXPECT_EQ(notify("good-1", "success", foreign).status, 409);
  const auto logged = logger_.records("registration.not_recorded");
  ASSERT_EQ(logged.size(), 3U);
  EXPECT_EQ(logged[2].field("sha256"), text::to_hex(crypto::view(crypto::sha256(foreign))));
  EXPECT_EQ(notify("good-1", "success", Bytes{0x30, 0x00}).status, 400);
  verify(other_.request("good-2"));
  EXPECT_EQ(notify("", "failure").status, 409) << "two are under way";
  EXPECT_EQ(logger_.records("registration.not_recorded").back().field("transaction"), "T-1");
  EXPECT_EQ(notify("good-2", "failure").body["standing"], "failed");
}

// The module's spool has the digest alone.
TEST_F(NdesServiceTest, ANotificationMayNameItsChallengeByItsDigest) {
  verify(device_.request("good-1"));
  verify(other_.request("good-2"));
  const auto tell = [&](const std::string& challenge) {
    const auto digest = crypto::sha256(as_bytes(challenge));
    return send("POST /CertificateRegistrationSvc/v2/notify", "application/json",
                Json{{"challenge_sha256", text::to_base64(crypto::view(digest))},
                     {"transaction_id", "T-1"},
                     {"disposition", "failure"}}
                    .dump(),
                ndes_);
  };
  EXPECT_EQ(tell("good-3").status, 404);
  EXPECT_EQ(tell("good-2").body["standing"], "failed");
  EXPECT_EQ(tell("good-2").body["standing"], "failed") << "its password is blanked by now";
  EXPECT_EQ(notify("good-1", "pending").body["standing"], "pending") << "of the other";
}

TEST_F(NdesServiceTest, TellsAModuleWhichVersionsThereAre) {
  const auto ask = [&](const std::string& path) {
    return send("POST /CertificateRegistrationSvc/" + path, "application/json", "{}", ndes_);
  };
  EXPECT_EQ(ask("v1/verify").status, 400);
  EXPECT_EQ(ask("v2/verify").status, 400);
  for (const char* path : {"v0/verify", "v3/verify", "v3/other"}) {
    const Answer answer = ask(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body["code"], "unsupported_version") << path;
    EXPECT_EQ(answer.body["versions"], (Json{"v1", "v2"})) << path;
  }
  for (const char* path : {"v2/other", "v2", "v2/", "x2/verify", "v02/verify", ""}) {
    EXPECT_EQ(ask(path).body["code"], "not_found") << path;
  }
}

// A device that has a certificate renews it under another device's transaction id, with a new key
// each time.
TEST_F(NdesServiceTest, AFloodOfATransactionHidesNobodyElsesOutcome) {
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  EXPECT_EQ(code_of(verify(other_.request("good-2"))), "verified");
  flood(200);
  EXPECT_EQ(notify("good-1", "pending").body["standing"], "pending");
  EXPECT_EQ(notify("good-2", "failure").body["standing"], "failed") << "by its challenge alone";
  EXPECT_EQ(code_of(verify(other_.request("good-2"))), "verified") << "which is free again";
  EXPECT_EQ(notify("good-1", "success", issue_to(device_)).body["standing"], "issued");
  EXPECT_EQ(notify("", "success", issue_to(other_)).body["standing"], "issued") << "by its key";
  EXPECT_EQ(jobs_issued().size(), 2U);
  EXPECT_EQ(logger_.count("registration.unverified"), 0U) << "both were known";
}

TEST_F(NdesServiceTest, OneCertificateHasSoManyRenewalsVerifiedAndNoMore) {
  change([](ServedNdes& service) { service.policy.renewal.limits.in_force = 10; });
  const Bytes signer = issue_to(other_, soon());
  const Device first;
  const Bytes request = first.request("");
  EXPECT_EQ(code_of(verify(request, signer)), "verified");
  for (std::size_t i = 1; i < kRenewalsOfOne; ++i) {
    EXPECT_EQ(code_of(verify(Device().request(""), signer)), "verified") << i;
  }
  EXPECT_EQ(code_of(verify(request, signer)), "verified") << "a repeat takes no room";
  const Answer refused = verify(Device().request(""), signer, "Device", "T-2");
  EXPECT_EQ(refused.status, 503) << "in another transaction as well";
  EXPECT_EQ(refused.body["code"], "not_now");
  EXPECT_THAT(refused.body["detail"].get<std::string>(), HasSubstr("had 4 requests verified"));
  const auto logged = logger_.records("registration.renewal_limit");
  ASSERT_EQ(logged.size(), 1U);
  EXPECT_EQ(logged[0].field("transaction"), "T-2");
  EXPECT_EQ(logged[0].field("limit"), "4");
  EXPECT_EQ(logged[0].field("signer"), text::to_hex(crypto::view(crypto::sha256(signer))));
  EXPECT_EQ(code_of(verify(Device().request(""), issue_to(other_, soon() + kSecond))), "verified")
      << "of another certificate";
}

TEST_F(NdesServiceTest, RecordsACertificateWithoutARequest) {
  const Bytes certificate = issue_to(device_);
  EXPECT_EQ(notify("good-1", "success", certificate).body["standing"], "issued");
  EXPECT_EQ(notify("good-1", "success", certificate).body["standing"], "issued")
      << "a repeated report";
  const auto reports = store_->unreported({}, 10).value();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate, certificate);
  EXPECT_EQ(reports[0].correlation_id, "T-1");
  const auto logged = logger_.records("registration.unverified");
  ASSERT_EQ(logged.size(), 1U);
  const auto parsed = crypto::Certificate::from_der(certificate).value();
  EXPECT_EQ(logged[0].field("transaction"), "T-1");
  EXPECT_EQ(logged[0].field("serial"), text::to_hex(parsed.serial()));
  EXPECT_EQ(logged[0].field("issuer"), "CN=Issuing");
  EXPECT_EQ(logged[0].field("sha256"), text::to_hex(crypto::view(parsed.sha256())));
  const auto noted = parts_->ledger.list({}).value();
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].subject, kDeviceSubject);
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified") << "it takes no challenge";
}

TEST_F(NdesServiceTest, ACertificateIsFoundByItsKeyWithAnyChallenge) {
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified");
  EXPECT_EQ(notify("good-9", "success", issue_to(device_)).body["standing"], "issued");
  EXPECT_EQ(store_->find("scep-1").value().front().state, core::JobState::succeeded);
  EXPECT_EQ(logger_.count("registration.unverified"), 0U);
}

TEST_F(NdesServiceTest, AsksTheCaForOverdueOutcomesAndHoldsTheRest) {
  const StopSource never;
  change([](ServedNdes& service) { service.policy.notify_within = Duration(0); });
  verify(device_.request("good-1"));
  EXPECT_GT(point_->step(never.token()), Duration(0));
  EXPECT_EQ(store_->find("scep-1").value().front().state, core::JobState::held);
  EXPECT_EQ(code_of(verify(device_.request("good-1"))), "verified") << "its triple";
  EXPECT_EQ(code_of(verify(other_.request("good-1"))), "challenge_in_use");
  EXPECT_EQ(notify("good-1", "success", issue_to(device_)).body["standing"], "issued");

  verify(other_.request("good-2"));
  found_ = core::Issued{{issue_to(other_), {1}, {}, far_away()}, {}};
  EXPECT_GT(point_->step(never.token()), Duration(0));
  EXPECT_EQ(code_of(verify(device_.request("good-2"))), "challenge_used");
}

TEST_F(NdesServiceTest, DeniesInvalidCalls) {
  const std::string base = " /CertificateRegistrationSvc/v1/";
  EXPECT_EQ(send("GET" + base + "verify", "application/json", "", ndes_).status, 405);
  EXPECT_EQ(send("POST" + base + "verify", "text/xml", "{}", ndes_).status, 415);
  EXPECT_EQ(send("POST" + base + "verify", "application/json", "{", ndes_).status, 400);
  EXPECT_EQ(send("POST" + base + "nothing", "application/json", "{}", ndes_).status, 404);
  EXPECT_EQ(post("challenge", {{"template", "Device"}}).status, 501);
  change([](ServedNdes& service) {
    service.make_challenge = [](const std::string& name, const std::string&) {
      return Result<std::string>("for-" + name);
    };
  });
  EXPECT_EQ(post("challenge", {{"template", "Device"}}).body["challenge"], "for-Device");
  change([](ServedNdes& service) {
    service.make_challenge = [](const std::string&, const std::string&) -> Result<std::string> {
      return Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "set password_max");
    };
  });
  const Answer full = post("challenge", {{"template", "Device"}});
  EXPECT_EQ(full.status, 409);
  EXPECT_EQ(full.body["code"], error_code(core::CoreErrc::bad_answer).name);
  EXPECT_EQ(full.body["detail"], "set password_max");
  change([](ServedNdes& service) {
    service.issuing_ca = [] { return std::optional<enrollment::KnownCa>(); };
  });
  EXPECT_EQ(verify(device_.request("good-1")).status, 503);
}

}  // namespace
}  // namespace certconnector::ndes
