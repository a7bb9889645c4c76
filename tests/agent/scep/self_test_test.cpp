// The client's side, in front of a server with one wrong answer each. tests/agent/app has a whole
// enrollment that works.
#include "agent/scep/self_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "agent/scep/client_message.h"
#include "common/crypto/signed_data.h"
#include "tests/agent/scep/scep_client.h"
#include "tests/support/fake_clock.h"

namespace certconnector::scep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const testing::Credential& ca() {
  static const testing::Credential credential = [] {
    testing::CertificateSpec spec;
    spec.subject = "CN=CA";
    spec.ca = true;
    return testing::make_self_signed(spec);
  }();
  return credential;
}

// A service that offers ra() and ca(), and answers PKIOperation as a test says.
struct Server {
  std::string capabilities = "AES\nPOSTPKIOperation\n";
  std::vector<ByteView> offered{ra().certificate.der(), ca().certificate.der()};
  unsigned status = 200;
  std::function<Bytes(const Message& request)> answer = [](const Message&) { return Bytes(); };
  std::vector<http::Request> asked;

  Result<http::Response> handle(const http::Request& request) {
    asked.push_back(request);
    http::Response response;
    response.status = status;
    Bytes body;
    if (request.query == "operation=GetCACaps") body = as_bytes(capabilities).to_bytes();
    if (request.query == "operation=GetCACert") body = crypto::make_certificates_only(offered, {});
    if (request.query == "operation=PKIOperation") {
      const auto message = Message::parse(as_bytes(request.body).to_bytes());
      EXPECT_TRUE(message.ok());
      body = answer(*message);
    }
    response.body = std::make_shared<const Bytes>(std::move(body));
    return response;
  }
};

SelfTestReport test_at(Server& server, const crypto::Certificate& known_ra = ra().certificate) {
  const testing::FakeClock clock;
  const SelfTestPlan plan{"phones",       "/scep",      "CN=test",
                          "the-password", "selftest-1", {known_ra.der()}};
  return run_self_test(
      plan, [&](const http::Request& request) { return server.handle(request); }, clock);
}

// A certificate for some other key than the request's.
Bytes success(const Message& request) {
  const auto signer = request.verify({}).value();
  const crypto::Certificate issued = testing::issue(ca(), {}).certificate;
  const Addressee to{
      {signer.fields.issuer, signer.fields.serial, {}, crypto::ContentCipher::aes256}, signer.key};
  return make_success(reference_to(request), signatory(), to, {ByteView(issued.der())}).value();
}

TEST(SelfTest, AsksAsADeviceDoes) {
  Server server;
  server.answer = [](const Message& request) {
    EXPECT_EQ(request.type(), MessageType::pkcs_req);
    return make_failure(reference_to(request), signatory(), {FailInfo::bad_request, "", {}})
        .value();
  };
  const SelfTestReport report = test_at(server);
  ASSERT_THAT(server.asked, SizeIs(3));
  EXPECT_EQ(server.asked[0].path, "/scep");
  EXPECT_EQ(server.asked[2].method, "POST");
  EXPECT_THAT(report.steps, SizeIs(3));
  EXPECT_EQ(report.failure, "PKIOperation: FAILURE, badRequest");
  EXPECT_EQ(report.next, "See: certconnector scep explain " + report.transaction);
  EXPECT_THAT(report.serial, IsEmpty());
}

TEST(SelfTest, ShowsTheChallengeToTheServicesOwnRaAlone) {
  Server server;
  const SelfTestReport report = test_at(server, ca().certificate);
  EXPECT_THAT(report.failure, HasSubstr("is not this service's; the address leads elsewhere"));
  EXPECT_THAT(server.asked, SizeIs(2));
}

struct WrongServer {
  const char* name;
  std::function<void(Server&)> change;
  const char* failure;
};

TEST(SelfTest, NamesTheFaultOfTheService) {
  const WrongServer rows[] = {
      {"not there yet", [](Server& s) { s.status = 503; }, "GetCACaps: HTTP 503"},
      {"no AES", [](Server& s) { s.capabilities = "POSTPKIOperation\n"; }, "AES and"},
      {"nothing said", [](Server& s) { s.capabilities.clear(); }, "an empty answer"},
      {"no certificates", [](Server& s) { s.offered.clear(); }, "without certificates"},
      {"no RA", [](Server& s) { s.offered = {ca().certificate.der()}; }, "no RA certificate"},
      {"no message", [](Server& s) { s.answer = [](const Message&) {
                                       return Bytes{1, 2};
                                     }; },
       "PKIOperation"},
      {"pending",
       [](Server& s) {
         s.answer = [](const Message& m) {
           return make_pending(reference_to(m), signatory()).value();
         };
       },
       "PENDING"},
      {"another transaction",
       [](Server& s) {
         s.answer = [](const Message& m) {
           Reference reference = reference_to(m);
           reference.transaction_id += "x";
           return make_pending(reference, signatory()).value();
         };
       },
       "for another request"},
      {"another signer",
       [](Server& s) {
         s.answer = [](const Message& m) {
           Signatory wrong = signatory();
           const Signatory stranger_key{stranger().key, wrong.certificate, wrong.issuer,
                                        wrong.serial};
           return make_pending(reference_to(m), stranger_key).value();
         };
       },
       "signature"},
      {"another key", [](Server& s) { s.answer = success; }, "another key"}};
  for (const WrongServer& row : rows) {
    Server server;
    row.change(server);
    const SelfTestReport report = test_at(server);
    EXPECT_THAT(report.failure, HasSubstr(row.failure)) << row.name;
    EXPECT_FALSE(report.next.empty()) << row.name;
    EXPECT_THAT(report.failure, ::testing::Not(HasSubstr("the-password")));
  }
}

}  // namespace
}  // namespace certconnector::scep
