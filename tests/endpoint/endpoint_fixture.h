// A running endpoint on loopback with a clock that the test moves, and agents that talk to it over
// real TLS.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/endpoint/admin_client.h"
#include "tests/endpoint/endpoint.h"
#include "tests/endpoint/tls_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::endpoint::testing {

// The error code of a problem document; empty when there is none.
inline std::string code_of(const Answer& answer) {
  return nlohmann::json::parse(answer.body).value("code", "");
}

using nlohmann::json;

// A key, and a PKCS#10 request (base64 DER) made with it.
struct KeyAndRequest {
  std::string key_pem;
  std::string pkcs10;
};
[[nodiscard]] KeyAndRequest make_request();

// 64 hex digits that stand for a CA.
[[nodiscard]] inline std::string ca_of(char digit) { return std::string(64, digit); }

class Agent {
 public:
  Agent(std::string id, TlsClient client) : id_(std::move(id)), client_(std::move(client)) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const TlsClient& client() const { return client_; }

  // The answer's body; its status goes to `status()`. Null when the body is not JSON.
  json post(const std::string& operation, const json& body);
  [[nodiscard]] int status() const { return last_.status; }
  [[nodiscard]] const Answer& last() const { return last_; }

  // Leases for CA a...; every call has a new request id, unless the caller gives one.
  json lease(std::int64_t max_jobs, const std::string& request_id = "");
  [[nodiscard]] static json lease_body(std::int64_t max_jobs, const std::string& request_id = "");
  // "held" or "lost".
  std::string acknowledge(const json& job);
  std::string extend(const json& job, std::int64_t seconds);
  // Status of the only verdict.
  std::string report(const json& result);

 private:
  std::string id_;
  TlsClient client_;
  Answer last_;
};

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest();
  ~EndpointTest() override;

  // Before start(); SetUp starts with what is there.
  EndpointOptions& options() { return options_; }
  void SetUp() override { start(); }
  void start();
  void stop();

  [[nodiscard]] AdminClient admin() const;
  [[nodiscard]] std::string url() const { return endpoint_->url(); }
  [[nodiscard]] std::string ca_pem() const { return directory_.read("state/ca_certificate.pem"); }
  [[nodiscard]] std::string ca_sha256() const { return endpoint_->ca_sha256(); }
  [[nodiscard]] TlsClient anonymous() const { return {url(), ca_pem(), {}}; }

  // The content of a new token.
  [[nodiscard]] json make_token(std::int64_t lifetime_seconds = 3600) const;
  [[nodiscard]] json enroll_body(const json& token, const std::string& pkcs10) const;
  [[nodiscard]] Agent enroll(const std::string& name = "agent");
  [[nodiscard]] Agent agent_with(const std::string& id, const std::string& key_pem,
                                 const json& certificates) const;

  // Queues an issue job for CA a... with this id.
  void queue(const std::string& id, const json& more = json::object());
  void queue_revocation(const std::string& id, const std::string& ca = ca_of('a'));
  void set_faults(const json& plan) const;
  [[nodiscard]] json summary() const;
  // Asks again and again until `name` of the summary has this value; false after many tries.
  [[nodiscard]] bool becomes(const std::string& name, std::int64_t value) const;

  certconnector::testing::FakeClock& clock() { return clock_; }
  [[nodiscard]] const certconnector::testing::TempDirectory& directory() const {
    return directory_;
  }

 private:
  certconnector::testing::TempDirectory directory_;
  certconnector::testing::FakeClock clock_;
  EndpointOptions options_;
  std::unique_ptr<Endpoint> endpoint_;
  std::thread thread_;
};

// A result that the endpoint takes for this leased job: failed, or issued with `certificate`
// (base64 DER).
[[nodiscard]] json failed_result(const json& job);
[[nodiscard]] json issued_result(const json& job, const std::string& certificate);
[[nodiscard]] json revoked_result(const json& job);
// The digest as an agent makes it.
[[nodiscard]] std::string digest_of(json job);

}  // namespace certconnector::endpoint::testing
