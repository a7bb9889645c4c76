// The module against what may stand in the agent's place: it denies, in bounded time, and goes on.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "agent/ndes_policy/module_session.h"
#include "proto/registration/codec.h"
#include "tests/common/net/scripted_server.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/temp_directory.h"

namespace certconnector::ndes_policy::testing {
namespace {

using certconnector::testing::ReceivedRequest;
using certconnector::testing::Script;
using certconnector::testing::ScriptedConnection;
using certconnector::testing::ScriptedServer;
using certconnector::testing::TestPki;
namespace wire = registration_wire;

struct Hostile {
  std::string name;
  Script script;
  bool needs_deadline = false;  // ends only by the deadline
};

void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

Script answers(int status, const std::string& body) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.answer(status, body);
  };
}

Script sends(const std::string& octets) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(octets);
    connection.close_after_answer();
  };
}

Script floods(const std::string& head, const std::string& more) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(head);
    while (connection.send(more)) {
    }
    connection.close_after_answer();
  };
}

Script drips(const std::string& head) {
  return [=](ScriptedConnection& connection, const ReceivedRequest&) {
    connection.send(head);
    connection.drip("x");
  };
}

void falls_silent(ScriptedConnection& connection, const ReceivedRequest& /*request*/) {
  connection.wait_for_client_close();
}

void resets(ScriptedConnection& connection, const ReceivedRequest& /*request*/) {
  connection.reset();
}

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const std::string kMuch(std::size_t{64} * 1024, 'x');

const std::vector<Hostile>& all() {
  static const std::vector<Hostile> hostile{
      {"HtmlOfAFilter", answers(403, "<html><body>Blocked by policy</body></html>")},
      {"HtmlWithSuccess", answers(200, "<html>Welcome</html>")},
      {"NoBody", answers(200, "")},
      {"AnotherDocument", answers(200, R"({"verified": "yes"})")},
      {"TrueAsText", answers(200, R"({"version":2,"verified":"true"})")},
      {"DeepJson", answers(200, std::string(100000, '['))},
      {"Overload", answers(503, "")},
      {"Failure", answers(500, "{}")},
      {"Redirect", answers(302, "")},
      {"Garbage", sends("\x16\x03\x01 is no HTTP\r\n\r\n")},
      {"CutHead", sends("HTTP/1.1 200")},
      {"CutBody", sends(kHead + "Content-Length: 1000\r\n\r\n{")},
      {"OneGigabyteAnnounced", sends(kHead + "Content-Length: 1073741824\r\n\r\n{")},
      {"OneGigabyteSent",
       floods(kHead + "Transfer-Encoding: chunked\r\n\r\n", "10000\r\n" + kMuch)},
      {"EndlessHeaders", floods(kHead, "X-More: " + kMuch + "\r\n")},
      {"Silence", falls_silent, true},
      {"Drip", drips(kHead + "Content-Length: 1000\r\n\r\n"), true},
      {"DripOfHeaders", drips("HTTP/1.1 200 OK\r\nX-Slow: "), true},
      {"Reset", resets}};
  return hostile;
}

class HostileAgent : public ::testing::TestWithParam<Hostile> {
 protected:
  std::unique_ptr<ModuleSession> open(std::uint16_t port, const std::string& anchors) {
    // One that only its deadline ends gets a short one.
    const std::chrono::milliseconds deadline(GetParam().needs_deadline ? 300 : 20000);
    auto log = std::make_unique<certconnector::testing::CapturingLogger>();
    log_ = log.get();
    return std::make_unique<ModuleSession>(
        ModuleSettings{
            {"127.0.0.1", port, anchors}, deadline, folder_.path().generic_u8string(), ""},
        [client = http::ClientCertificate{pki_.client().certificate.to_pem(),
                                          pki_.client().key_pem(),
                                          {}}] { return client; },
        std::move(log));
  }

  const TestPki pki_;
  certconnector::testing::TempDirectory folder_;
  certconnector::testing::CapturingLogger* log_ = nullptr;  // of the session
};

TEST_P(HostileAgent, IsNoReasonToVerifyOrToEnd) {
  ScriptedServer server({pki_.server(), {pki_.intermediate().certificate}, {}}, GetParam().script);
  const auto session = open(server.port(), pki_.root().certificate.to_pem());
  const wire::VerifyRequest request{Bytes{0x30, 0x00}, {}, "Device", "T-1"};
  for (int time = 0; time < 2; ++time) {
    EXPECT_FALSE(session->policy().verify_request(request, session->stop()));
  }
  EXPECT_FALSE(session->policy().generate_challenge({"Device", ""}, session->stop()).ok());
  EXPECT_EQ(log_->count("policy.not_asked"), 2U);
  // An outcome is kept for a better agent.
  session->policy().notify({"Secret-42", {}, "T-1", wire::Disposition::failure, -1, {}},
                           session->stop());
  EXPECT_FALSE(std::filesystem::is_empty(folder_.path()));
}

INSTANTIATE_TEST_SUITE_P(Every, HostileAgent, ::testing::ValuesIn(all()),
                         [](const auto& about) { return about.param.name; });

}  // namespace
}  // namespace certconnector::ndes_policy::testing
