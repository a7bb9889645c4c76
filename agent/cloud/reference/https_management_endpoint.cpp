#include "agent/cloud/reference/https_management_endpoint.h"

#include <algorithm>
#include <mutex>

#include "agent/cloud/reference/answer_error.h"
#include "agent/cloud/reference/errors.h"
#include "agent/cloud/reference/json_request.h"
#include "agent/cloud/reference/net_error.h"
#include "agent/cloud/reference/request_id.h"
#include "agent/cloud/reference/server_clock.h"
#include "agent/cloud/reference/translate.h"
#include "common/net/https_client.h"
#include "common/net/retry_after.h"
#include "proto/management/codec.h"
#include "proto/management/origin.h"

namespace certconnector::cloud {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr seconds kLongestWait{30};
constexpr seconds kShortestLease{10};
constexpr seconds kLongestLease{3600};

// An unreadable answer may have been damaged on the way. The agent used none of it, so it may try
// again.
Error unreadable(const Error& why) {
  return {CloudErrc::bad_answer, ErrorKind::transient,
          "the agent cannot use the endpoint's answer: " + why.message()};
}

management::LeaseRequest to_wire(const core::LeaseQuery& query) {
  management::LeaseRequest request;
  request.max_jobs = std::clamp<std::size_t>(query.max_jobs, 1, management::kMaxJobs);
  request.wait = std::clamp(duration_cast<seconds>(query.wait), seconds(0), kLongestWait);
  request.lease = std::clamp(duration_cast<seconds>(query.lease), kShortestLease, kLongestLease);
  request.cas = query.cas;
  request.issue = query.issue;
  request.revoke = query.revoke;
  return request;
}

// Keeps the id of a lease request whose answer was lost: the next request uses it again, so that
// its jobs come now and not when their leases have ended. Thread-safe.
class LeaseRequestIds {
 public:
  std::string take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (unanswered_.empty()) return make_request_id();
    return std::exchange(unanswered_, {});
  }
  void keep(std::string id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    unanswered_ = std::move(id);
  }

 private:
  std::mutex mutex_;
  std::string unanswered_;
};

Result<std::shared_ptr<const net::TlsSetup>> make_tls(const std::string& host,
                                                      const EndpointSettings& settings,
                                                      const net::Identity& identity) {
  if (settings.trust_anchors.empty() && !settings.system_trust) {
    return Error(CloudErrc::bad_credentials, ErrorKind::permanent,
                 "the endpoint's CA certificate is missing: enroll, or set ca_file");
  }
  auto tls =
      net::TlsSetup::create(host, {settings.trust_anchors, {}, settings.system_trust}, identity);
  if (!tls) return from_net(tls.error());
  return tls;
}

class Endpoint final : public HttpsManagementEndpoint {
 public:
  Endpoint(EndpointSettings settings, const net::HttpsSettings& https,
           std::shared_ptr<const net::TlsSetup> tls, ChainSource chains, const Clock& clock,
           core::TimeWitness& witness)
      : settings_(std::move(settings)),
        host_(https.origin.host),
        chains_(std::move(chains)),
        clock_(clock),
        server_(clock, witness),
        client_(https, std::move(tls)) {}

  Result<core::LeasedJobs> lease(const core::LeaseQuery& query, const StopToken& stop) override {
    management::LeaseRequest request = to_wire(query);
    request.request_id = lease_ids_.take();
    auto body = post("/jobs/lease", management::encode_lease_request(request), stop, request.wait);
    if (!body) {
      if (body.error().kind() == ErrorKind::transient) lease_ids_.keep(request.request_id);
      return Error(body.error()).with_context("leasing jobs");
    }
    auto answer = management::decode_lease_answer(*body);
    if (!answer) {
      lease_ids_.keep(request.request_id);
      return unreadable(answer.error()).with_context("leasing jobs");
    }
    server_.learn(answer->server_time);
    return to_core(std::move(*answer), settings_.name, server_);
  }

  Result<std::vector<core::LeaseStanding>> acknowledge(const std::vector<core::LeaseClaim>& leases,
                                                       const StopToken& stop) override {
    const auto claims = cloud::to_wire(leases);
    return standings("/jobs/acknowledge", management::encode_acknowledge_request(claims), claims,
                     "acknowledging leases", stop);
  }

  Result<std::vector<core::LeaseStanding>> extend(const std::vector<core::LeaseClaim>& leases,
                                                  Duration lease, const StopToken& stop) override {
    const auto claims = cloud::to_wire(leases);
    const auto time = std::clamp(duration_cast<seconds>(lease), kShortestLease, kLongestLease);
    return standings("/jobs/extend", management::encode_extend_request(claims, time), claims,
                     "extending leases", stop);
  }

  Result<std::vector<core::ReportedItem>> report(const std::vector<core::Report>& reports,
                                                 const StopToken& stop) override {
    std::vector<management::JobResult> results;
    results.reserve(reports.size());
    for (const auto& report : reports) results.push_back(cloud::to_wire(report, server_));
    const management::Chains chains = chains_of(results);
    std::vector<core::ReportedItem> items;
    items.reserve(reports.size());
    while (items.size() < results.size()) {
      const std::size_t from = items.size();
      const auto request = management::encode_results_request(results, from, chains);
      auto body = post("/jobs/results", request.body, stop);
      if (!body) return Error(body.error()).with_context("reporting results");
      auto answer = management::decode_results_answer(*body, results, from, request.count);
      if (!answer) return unreadable(answer.error()).with_context("reporting results");
      for (const auto& standing : *answer) items.push_back(to_core(standing));
    }
    return items;
  }

  Status heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) override {
    const auto request = cloud::to_wire(heartbeat);
    auto body = post("/heartbeat", management::encode_heartbeat_request(request), stop);
    if (!body) return Error(body.error()).with_context("sending the heartbeat");
    auto time = management::decode_heartbeat_answer(*body);
    if (!time) return unreadable(time.error()).with_context("sending the heartbeat");
    server_.learn(*time);
    return {};
  }

  Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) override {
    auto body = post("/renew", management::encode_renew_request(pkcs10), stop);
    if (!body) return Error(body.error()).with_context("renewing our certificate");
    auto certificates = management::decode_renew_answer(*body);
    if (!certificates) {
      return unreadable(certificates.error()).with_context("renewing our certificate");
    }
    return certificates;
  }

  Result<core::ChallengeVerdict> ask(const core::ChallengeQuestion& question, Duration limit,
                                     const StopToken& stop) override {
    const std::string id = make_request_id();
    auto body = post_within("/challenges/check",
                            management::encode_challenge_question(cloud::to_wire(question, id)),
                            std::min(limit, settings_.request_timeout), stop);
    if (!body) return Error(body.error()).with_context("asking about a challenge");
    auto answer = management::decode_challenge_answer(*body, id);
    if (!answer) return unreadable(answer.error()).with_context("asking about a challenge");
    return to_core(std::move(*answer));
  }

  Result<int> reach(const StopToken& stop) override {
    net::HttpsRequest request;
    request.method = net::Method::get;
    request.path = "/";
    auto answer = client_.send(request, settings_.request_timeout, stop);
    if (!answer) return from_net(answer.error());
    const auto date = net::parse_http_date(answer->header("Date"));
    if (date) server_.learn_roughly(*date);
    constexpr int kUnauthorized = 401;
    constexpr int kForbidden = 403;
    if (answer->status == kUnauthorized || answer->status == kForbidden) {
      return answer_error(*answer, clock_.wall());
    }
    return answer->status;
  }

  Status update_identity(const net::Identity& identity) override {
    CC_TRY_ASSIGN(auto tls, make_tls(host_, settings_, identity));
    client_.use(std::move(tls));
    return {};
  }

 private:
  // The body of a 200.
  Result<std::string> post(const std::string& path, const std::string& body, const StopToken& stop,
                           seconds wait = seconds(0)) {
    return post_within(path, body, settings_.request_timeout + wait, stop);
  }

  Result<std::string> post_within(const std::string& path, const std::string& body,
                                  Duration timeout, const StopToken& stop) {
    auto answer = client_.send(json_request(path, body), timeout, stop);
    if (!answer) return from_net(answer.error());
    const auto date = net::parse_http_date(answer->header("Date"));
    if (date) server_.learn_roughly(*date);
    if (answer->status != 200) return answer_error(*answer, clock_.wall());
    return std::move(answer->body);
  }

  Result<std::vector<core::LeaseStanding>> standings(
      const std::string& path, const std::string& request,
      const std::vector<management::LeaseClaim>& claims, std::string_view doing,
      const StopToken& stop) {
    auto body = post(path, request, stop);
    if (!body) return Error(body.error()).with_context(doing);
    auto answer = management::decode_leases_answer(*body, claims);
    if (!answer) return unreadable(answer.error()).with_context(doing);
    return to_core(*answer, server_);
  }

  [[nodiscard]] management::Chains chains_of(
      const std::vector<management::JobResult>& results) const {
    management::Chains chains;
    for (const auto& result : results) {
      const bool issued = std::holds_alternative<management::Issued>(result.outcome);
      if (!issued || chains.count(result.ca) != 0) continue;
      auto chain = chains_(result.ca);
      if (!chain.empty()) chains.emplace(result.ca, std::move(chain));
    }
    return chains;
  }

  const EndpointSettings settings_;
  const std::string host_;
  const ChainSource chains_;
  const Clock& clock_;
  ServerClock server_;
  LeaseRequestIds lease_ids_;
  net::HttpsClient client_;
};

}  // namespace

Result<std::unique_ptr<HttpsManagementEndpoint>> make_management_endpoint(
    const EndpointSettings& settings, const net::Identity& identity, ChainSource chains,
    const Clock& clock, core::TimeWitness& witness) {
  net::HttpsSettings https;
  https.server = "the endpoint";
  CC_TRY_ASSIGN(https.origin, management::parse_origin(settings.url));
  https.proxy = settings.proxy;
  https.system_proxy = settings.system_proxy;
  https.max_answer = settings.max_answer;
  CC_TRY_ASSIGN(auto tls, make_tls(https.origin.host, settings, identity));
  return std::unique_ptr<HttpsManagementEndpoint>(std::make_unique<Endpoint>(
      settings, https, std::move(tls), std::move(chains), clock, witness));
}

}  // namespace certconnector::cloud
