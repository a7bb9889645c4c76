// The administrator's interface: loopback, plain HTTP, a bearer token from a 0600 file. Base path
// /admin/v1.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/endpoint/agent_store.h"
#include "tests/endpoint/challenge_mint.h"
#include "tests/endpoint/enrollment.h"
#include "tests/endpoint/enrollment_ledger.h"
#include "tests/endpoint/faults.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/job_store.h"
#include "tests/endpoint/lease_service.h"
#include "tests/endpoint/result_service.h"
#include "tests/endpoint/result_store.h"

namespace certconnector::endpoint {

// The parts that the interface uses; all of them outlive it.
struct AdminParts {
  Database& db;
  AgentStore& agents;
  JobStore& jobs;
  ResultStore& results;
  ResultService& result_service;
  EnrollmentLedger& enrollments;
  Enrollment& enrollment;
  LeaseService& leases;
  ChallengeMint& challenges;
  Faults& faults;
  const Clock& clock;
};

class AdminApi final : public Handler {
 public:
  // `token` is a secret. `set_url` must be called before the first request.
  AdminApi(AdminParts parts, std::string token) : parts_(parts), token_(std::move(token)) {}

  void set_url(std::string management_url) { management_url_ = std::move(management_url); }
  [[nodiscard]] Cancel handle(Request request, Respond respond) override;

 private:
  [[nodiscard]] Response route(const Request& request);
  [[nodiscard]] Response get(const std::string& path, const std::string& query);
  [[nodiscard]] Response post(const std::string& path, const nlohmann::json& body);
  [[nodiscard]] bool is_authorized(const Request& request) const;

  [[nodiscard]] Response make_token(const nlohmann::json& body);
  [[nodiscard]] Response mint_challenge(const nlohmann::json& body);
  [[nodiscard]] Response challenge_keys() const;
  [[nodiscard]] Response roll_challenge_key();
  [[nodiscard]] Response add_jobs(const nlohmann::json& body);
  [[nodiscard]] Response list_jobs(const std::string& query);
  [[nodiscard]] Response show_job(const std::string& id);
  [[nodiscard]] Response list_results(const std::string& query);
  [[nodiscard]] Response list_enrollments(const std::string& query);
  [[nodiscard]] Response summary();
  [[nodiscard]] Response list_agents();
  [[nodiscard]] Response register_agent(const nlohmann::json& body);
  [[nodiscard]] Response revoke_agent(const std::string& id);
  [[nodiscard]] Response set_faults(const nlohmann::json& body);

  AdminParts parts_;
  std::string token_;
  std::string management_url_;
};

}  // namespace certconnector::endpoint
