#include "tests/agent/app/identity_fixture.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "common/text/base64.h"
#include "proto/management/token.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::good_server;
using certconnector::testing::issue_for_key;
using certconnector::testing::ReceivedRequest;
using certconnector::testing::Script;
using certconnector::testing::ScriptedConnection;
using certconnector::testing::ScriptedServerSettings;
using certconnector::testing::shared_pki;
using certconnector::testing::TempDirectory;
using certconnector::testing::TestPki;

std::string quoted_base64(const crypto::Certificate& certificate) {
  return "\"" + text::to_base64(certificate.der()) + "\"";
}

crypto::PrivateKey key_of(const TempDirectory& state_dir) {
  auto key = crypto::PrivateKey::from_pem(state_dir.read("next_key.pem"));
  if (!key.ok()) throw std::runtime_error(key.error().message());
  return *key;
}

}  // namespace

CertificateSpec client_named(const std::string& subject) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "clientAuth";
  return spec;
}

ScriptedServerSettings enrollment_server() {
  ScriptedServerSettings settings = good_server();
  settings.chain.push_back(shared_pki().root().certificate);
  settings.client_ca.clear();
  return settings;
}

IdentityIssuer::IdentityIssuer(const TempDirectory& state_dir)
    : state_dir_(state_dir), answer_{client_named("CN=first")} {}

void IdentityIssuer::answer_with(IdentityAnswer answer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answer_ = std::move(answer);
}

IdentityAnswer IdentityIssuer::answer() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return answer_;
}

std::string IdentityIssuer::certificates(const IdentityAnswer& answer) const {
  const TestPki& pki = shared_pki();
  const crypto::PrivateKey key = answer.of_another_key ? pki.root().key : key_of(state_dir_);
  return "[" + quoted_base64(issue_for_key(pki.intermediate(), answer.spec, key)) + "," +
         quoted_base64(pki.intermediate().certificate) + "]";
}

Script IdentityIssuer::script() {
  return [this](ScriptedConnection& connection, const ReceivedRequest& request) {
    if (request.path == "/management/v1/heartbeat") {
      return connection.answer(200, R"({"server_time":"2026-01-01T00:00:00Z"})");
    }
    const IdentityAnswer next = answer();
    if (next.status != 200) {
      return connection.answer(next.status, R"({"detail":"not now","code":"not_now"})");
    }
    connection.answer(200, R"({"agent_id":"agent-7","certificates":)" + certificates(next) + "}");
  };
}

const std::string IdentityFixture::kSecret = "SECRET-abcdefghijklmnopqrstuvwxyz0123456789";

IdentityFixture::IdentityFixture() {
  settings_.agent.state_dir = folder_.path().string();
  settings_.management.request_timeout = std::chrono::seconds(20);
}

std::unique_ptr<AgentIdentity> IdentityFixture::make_identity() {
  return std::make_unique<AgentIdentity>(
      settings_, slot_, [](const core::CaFingerprint&) { return std::vector<Bytes>(); }, clock_,
      witness_, machine_store_);
}

std::string IdentityFixture::token() const {
  management::EnrollmentToken token;
  token.endpoint = {"localhost", server_.port()};
  token.ca_sha256 = shared_pki().root().certificate.sha256();
  token.secret = kSecret;
  token.expires = clock_.wall() + std::chrono::hours(1);
  return management::encode_token(token);
}

Result<core::Identity> IdentityFixture::enroll(AgentIdentity& identity) {
  return identity.enroll(token(), StopToken());
}

Status IdentityFixture::call_endpoint() { return slot_.heartbeat(core::Heartbeat{}, StopToken()); }

std::string IdentityFixture::subject_on_disk() {
  const auto held = make_identity()->load();
  if (!held.ok()) return held.error().message();
  return held->has_value() ? (*held)->chain.front().subject_text() : "";
}

bool IdentityFixture::exists(const std::string& name) const {
  return std::filesystem::exists(folder_.path() / name);
}

}  // namespace certconnector::app
