#include "tests/endpoint/endpoint_fixture.h"

#include "common/crypto/key.h"
#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/digest.h"

namespace certconnector::endpoint::testing {
namespace {

std::string to_pem(const json& certificates) {
  std::string pem;
  for (const json& certificate : certificates) {
    pem += "-----BEGIN CERTIFICATE-----\n";
    const auto base64 = certificate.get<std::string>();
    for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
    pem += "-----END CERTIFICATE-----\n";
  }
  return pem;
}

json result_of(const json& job, const std::string& status) {
  return {{"id", job.at("id")},
          {"digest", digest_of(job)},
          {"lease_number", job.at("lease").at("number")},
          {"type", job.at("type")},
          {"ca", job.at("ca")},
          {"status", status},
          {"attempts", 1},
          {"finished_at", "2026-01-01T00:00:00Z"}};
}

}  // namespace

KeyAndRequest make_request() {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  crypto::Pkcs10Spec spec;
  spec.subject = {{{"2.5.4.3", "device"}}};
  return {key.to_pkcs8_pem().value(), text::to_base64(crypto::make_pkcs10(key, spec).value())};
}

std::string digest_of(json job) {
  job.erase("lease");
  return sha256_hex(job.dump());
}

json failed_result(const json& job) {
  json result = result_of(job, "failed");
  result["code"] = "denied";
  result["message"] = "the CA said no";
  return result;
}

json issued_result(const json& job, const std::string& certificate) {
  json result = result_of(job, "issued");
  result["certificate"] = certificate;
  return result;
}

json revoked_result(const json& job) {
  json result = result_of(job, "revoked");
  result["revoked_at"] = "2026-01-01T00:00:00Z";
  result["already_revoked"] = false;
  return result;
}

json Agent::post(const std::string& operation, const json& body) {
  last_ = client_.post("/management/v1" + operation, body.dump());
  return json::parse(last_.body, nullptr, false);
}

json Agent::lease_body(std::int64_t max_jobs, const std::string& request_id) {
  return {{"request_id", request_id.empty() ? random_uuid() : request_id},
          {"max_jobs", max_jobs},
          {"wait_seconds", 0},
          {"lease_seconds", 300},
          {"authorities", {ca_of('a')}},
          {"types", {"issue", "revoke"}}};
}

json Agent::lease(std::int64_t max_jobs, const std::string& request_id) {
  json answer = post("/jobs/lease", lease_body(max_jobs, request_id));
  return status() == 200 ? answer.at("jobs") : json();
}

std::string Agent::acknowledge(const json& job) {
  const json lease{{"id", job.at("id")}, {"number", job.at("lease").at("number")}};
  return post("/jobs/acknowledge", {{"leases", {lease}}}).at("leases").at(0).at("status");
}

std::string Agent::extend(const json& job, std::int64_t seconds) {
  const json lease{{"id", job.at("id")}, {"number", job.at("lease").at("number")}};
  return post("/jobs/extend", {{"lease_seconds", seconds}, {"leases", {lease}}})
      .at("leases")
      .at(0)
      .at("status");
}

std::string Agent::report(const json& result) {
  const json answer = post("/jobs/results", {{"results", {result}}, {"chains", json::object()}});
  return status() == 200 ? answer.at("results").at(0).at("status").get<std::string>() : "";
}

EndpointTest::EndpointTest() : clock_(SystemClock().wall()) {
  options_.state_dir = directory_.file("state");
  options_.durability = Durability::no_sync;
}

EndpointTest::~EndpointTest() { stop(); }

void EndpointTest::start() {
  auto endpoint = Endpoint::create(options_, clock_);
  ASSERT_TRUE(endpoint.ok()) << endpoint.error().message();
  endpoint_ = std::move(endpoint).value();
  thread_ = std::thread([this] { endpoint_->run(); });
}

void EndpointTest::stop() {
  if (!thread_.joinable()) return;
  endpoint_->stop();
  thread_.join();
}

AdminClient EndpointTest::admin() const { return AdminClient::open(options_.state_dir).value(); }

json EndpointTest::make_token(std::int64_t lifetime_seconds) const {
  const json answer = admin().post("/tokens", {{"lifetime_seconds", lifetime_seconds}}).value();
  std::string base64 = answer.at("token").get<std::string>().substr(5);
  for (char& c : base64) c = static_cast<char>(c == '-' ? '+' : c == '_' ? '/' : c);
  while (base64.size() % 4 != 0) base64 += '=';
  return json::parse(text::from_base64(base64).value());
}

json EndpointTest::enroll_body(const json& token, const std::string& pkcs10) const {
  return {{"token_secret", token.at("secret")}, {"pkcs10", pkcs10}, {"version", "1.0"}};
}

Agent EndpointTest::enroll(const std::string& name) {
  const KeyAndRequest own = make_request();
  json body = enroll_body(make_token(), own.pkcs10);
  body["agent_name"] = name;
  const Answer answer = anonymous().post("/management/v1/enroll", body.dump());
  const json content = json::parse(answer.body);
  return agent_with(content.at("agent_id"), own.key_pem, content.at("certificates"));
}

Agent EndpointTest::agent_with(const std::string& id, const std::string& key_pem,
                               const json& certificates) const {
  return {id, TlsClient(url(), ca_pem(), {key_pem, to_pem(certificates)})};
}

void EndpointTest::queue(const std::string& id, const json& more) {
  static const std::string pkcs10 = make_request().pkcs10;
  json job{{"id", id}, {"type", "issue"}, {"ca", ca_of('a')}};
  job["issue"] = {{"template", "device"}, {"pkcs10", pkcs10}};
  job.update(more);
  const auto added = admin().post("/jobs", {{"jobs", {job}}});
  ASSERT_TRUE(added.ok()) << added.error().message();
}

void EndpointTest::queue_revocation(const std::string& id, const std::string& ca) {
  const json job{{"id", id},
                 {"type", "revoke"},
                 {"ca", ca},
                 {"revoke", {{"serial", "0badcafe"}, {"reason", 1}}}};
  const auto added = admin().post("/jobs", {{"jobs", {job}}});
  ASSERT_TRUE(added.ok()) << added.error().message();
}

void EndpointTest::set_faults(const json& plan) const {
  const auto set = admin().put("/faults", plan);
  ASSERT_TRUE(set.ok()) << set.error().message();
}

json EndpointTest::summary() const { return admin().get("/summary").value(); }

bool EndpointTest::becomes(const std::string& name, std::int64_t value) const {
  for (int tries = 0; tries < 20000; ++tries) {
    if (summary().at(name) == value) return true;
  }
  return false;
}

}  // namespace certconnector::endpoint::testing
