#include "tests/endpoint/admin_api.h"

#include <openssl/crypto.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/time/rfc3339.h"
#include "tests/endpoint/challenge_claims.h"
#include "tests/endpoint/counters.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/job_check.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kBase = "/admin/v1";
constexpr std::int64_t kLongestToken = std::int64_t{366} * 86400;  // seconds

Response from_error(const Error& error) {
  if (error.code() == error_code(EndpointErrc::conflict)) {
    return problem(409, "conflict", error.message());
  }
  if (error.code() == error_code(EndpointErrc::malformed)) {
    return problem(400, "bad_request", error.message());
  }
  return problem(503, "storage", error.message());
}

// The value of `name` in "a=1&b=2"; empty when it is absent.
std::string query_value(const std::string& query, const std::string& name) {
  std::size_t at = 0;
  while (at < query.size()) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string pair = query.substr(at, end - at);
    if (pair.compare(0, name.size() + 1, name + "=") == 0) return pair.substr(name.size() + 1);
    at = end + 1;
  }
  return {};
}

std::int64_t query_number(const std::string& query, const std::string& name,
                          std::int64_t fallback) {
  const std::string text = query_value(query, name);
  std::int64_t value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

json time_or_null(const std::optional<Timestamp>& time) {
  return time ? json(to_rfc3339(*time)) : json();
}

json parsed_or_text(const std::string& body) {
  auto parsed = parse_json(body);
  return parsed ? std::move(*parsed) : json(body);
}

json job_json(const JobRow& row) {
  json job{{"id", row.id},
           {"type", row.type},
           {"ca", row.ca},
           {"priority", row.priority},
           {"digest", row.digest},
           {"state", row.state},
           {"lease_number", row.lease_number}};
  if (row.state == "leased") {
    job["lease_agent"] = row.lease_agent;
    job["lease_until"] = time_or_null(row.lease_until);
  }
  if (row.state == "finished") {
    job["outcome"] = row.outcome;
    job["serial"] = row.serial;
    job["finished_at"] = time_or_null(row.finished_at);
  }
  return job;
}

json result_json(const ResultRow& row) {
  return {{"n", row.n},
          {"id", row.job_id},
          {"agent_id", row.agent_id},
          {"verdict", row.verdict},
          {"received_at", to_rfc3339(row.received_at)},
          {"result", parsed_or_text(row.body)}};
}

json enrollment_json(const EnrollmentRow& row) {
  return {{"n", row.n},
          {"id", row.job_id},
          {"digest", row.digest},
          {"agent_id", row.agent_id},
          {"service", row.details.service},
          {"transaction_id", row.details.transaction_id},
          {"public_key_sha256", row.details.public_key_sha256},
          {"challenge_id", row.details.challenge},
          {"device", row.details.device},
          {"subject", row.details.subject},
          {"requested_at", to_rfc3339(row.details.requested_at)},
          {"ca", row.ca},
          {"status", row.status},
          {"serial", row.serial},
          {"code", row.code},
          {"verdict", row.verdict.status},
          {"note", row.verdict.note},
          {"received_at", to_rfc3339(row.received_at)}};
}

}  // namespace

Cancel AdminApi::handle(Request request, Respond respond) {
  respond(is_authorized(request)
              ? route(request)
              : problem(401, "unauthorized", "the administrator's token is wrong"));
  return {};
}

bool AdminApi::is_authorized(const Request& request) const {
  const std::string expected = "Bearer " + token_;
  return request.authorization.size() == expected.size() &&
         CRYPTO_memcmp(request.authorization.data(), expected.data(), expected.size()) == 0;
}

Response AdminApi::route(const Request& request) {
  if (request.path.compare(0, kBase.size(), kBase) != 0) {
    return problem(404, "not_found", "there is nothing at this address");
  }
  const std::string path = request.path.substr(kBase.size());
  if (request.method == "GET") return get(path, request.query);
  const auto body = parse_json(request.body.empty() ? "{}" : request.body);
  if (!body) return problem(400, "bad_request", body.error().message());
  if (request.method == "POST") return post(path, *body);
  if (request.method == "PUT" && path == "/faults") return set_faults(*body);
  return problem(405, "method_not_allowed", "this address does not take " + request.method);
}

Response AdminApi::get(const std::string& path, const std::string& query) {
  constexpr std::string_view kJob = "/jobs/";
  if (path == "/jobs") return list_jobs(query);
  if (path.compare(0, kJob.size(), kJob) == 0) return show_job(path.substr(kJob.size()));
  if (path == "/results") return list_results(query);
  if (path == "/enrollments") return list_enrollments(query);
  if (path == "/summary") return summary();
  if (path == "/agents") return list_agents();
  if (path == "/challenge-keys") return challenge_keys();
  if (path == "/faults") return json_response(dump_json(to_json(parts_.faults.plan())));
  return problem(404, "not_found", "there is nothing at this address");
}

Response AdminApi::post(const std::string& path, const json& body) {
  constexpr std::string_view kAgent = "/agents/";
  constexpr std::string_view kRevoke = "/revoke";
  if (path == "/tokens") return make_token(body);
  if (path == "/jobs") return add_jobs(body);
  if (path == "/challenges") return mint_challenge(body);
  if (path == "/challenge-keys/roll") return roll_challenge_key();
  if (path == "/agents") return register_agent(body);
  if (path.compare(0, kAgent.size(), kAgent) == 0 && path.size() > kAgent.size() + kRevoke.size() &&
      path.compare(path.size() - kRevoke.size(), kRevoke.size(), kRevoke) == 0) {
    return revoke_agent(path.substr(kAgent.size(), path.size() - kAgent.size() - kRevoke.size()));
  }
  return problem(404, "not_found", "there is nothing at this address");
}

Response AdminApi::make_token(const json& body) {
  Fields fields(body);
  const std::string name = fields.optional_text("agent_name", 128).value_or("");
  // Zero and less make a token that has expired, to see it refused.
  const auto lifetime = fields.optional_integer("lifetime_seconds", -86400, kLongestToken);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const auto seconds = std::chrono::seconds(lifetime.value_or(3600));
  const auto token = parts_.enrollment.make_token(management_url_, name, seconds);
  if (!token) return from_error(token.error());
  return json_response(
      dump_json({{"token", *token}, {"expires", to_rfc3339(parts_.clock.now() + seconds)}}));
}

Response AdminApi::mint_challenge(const json& body) {
  const auto claims =
      challenge_claims(body, {parts_.challenges.key_id(), management_url_, parts_.clock.now()});
  if (!claims) return from_error(claims.error());
  const auto token = parts_.challenges.sign(*claims);
  if (!token) return from_error(token.error());
  const Timestamp expires(std::chrono::seconds(claims->at("exp").get<std::int64_t>()));
  const auto text = [&](const char* name) { return claims->at(name).get<std::string>(); };
  const Status noted = parts_.enrollments.note_minted(
      {text("kid") + ":" + text("jti"), text("aud"), text("dev"), expires});
  if (!noted) return from_error(noted.error());
  return json_response(dump_json({{"challenge", *token},
                                  {"key_id", claims->at("kid")},
                                  {"id", claims->at("jti")},
                                  {"expires", to_rfc3339(expires)}}));
}

Response AdminApi::challenge_keys() const {
  return json_response(dump_json(
      {{"key_id", parts_.challenges.key_id()}, {"pem", parts_.challenges.trusted_keys_pem()}}));
}

Response AdminApi::roll_challenge_key() {
  const Status rolled = parts_.challenges.roll();
  return rolled ? challenge_keys() : from_error(rolled.error());
}

Response AdminApi::add_jobs(const json& body) {
  Fields fields(body);
  const bool unchecked = fields.flag("unchecked");
  const bool replace = fields.flag("replace");
  const JobRoute route{fields.optional_text("deliver_type", 16).value_or("issue"),
                       fields.optional_text("deliver_ca", 64).value_or("")};
  const bool raw = fields.ok() && body.contains("raw_jobs");
  const json* items = fields.array(raw ? "raw_jobs" : "jobs", 1000);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  std::vector<NewJob> jobs;
  json ids = json::array();
  for (const json& item : *items) {
    auto job = raw         ? take_raw_job(item)
               : unchecked ? take_unchecked_job(item, route)
                           : check_job(item);
    if (!job) return from_error(job.error());
    ids.push_back(job->id);
    jobs.push_back(std::move(*job));
  }
  const Status added = parts_.jobs.add(jobs, replace);
  if (!added) return from_error(added.error());
  parts_.leases.jobs_came();
  return json_response(dump_json({{"ids", std::move(ids)}}));
}

Response AdminApi::list_jobs(const std::string& query) {
  const std::string state = query_value(query, "state");
  if (!state.empty() && state != "queued" && state != "leased" && state != "finished") {
    return problem(400, "bad_request", "state must be queued, leased or finished");
  }
  const auto rows =
      parts_.jobs.list(state, std::min<std::int64_t>(query_number(query, "limit", 100), 10000));
  if (!rows) return from_error(rows.error());
  json jobs = json::array();
  for (const JobRow& row : *rows) jobs.push_back(job_json(row));
  return json_response(dump_json({{"jobs", std::move(jobs)}}));
}

Response AdminApi::show_job(const std::string& id) {
  const auto row = parts_.jobs.find(id);
  if (!row) return from_error(row.error());
  if (!*row) return problem(404, "not_found", "there is no job " + id);
  const auto results = parts_.results.all_of_job((*row)->seq);
  if (!results) return from_error(results.error());
  json answer = job_json(**row);
  answer["job"] = parsed_or_text((*row)->body);
  answer["leases"] = (*row)->lease_count;
  answer["results"] = json::array();
  for (const ResultRow& result : *results) {
    answer["results"].push_back(result_json(result));
    if (result.verdict == "accepted") answer["result"] = parsed_or_text(result.body);
  }
  return json_response(dump_json(answer));
}

Response AdminApi::list_results(const std::string& query) {
  const auto rows =
      parts_.results.accepted(query_number(query, "after", 0),
                              std::min<std::int64_t>(query_number(query, "limit", 500), 1000));
  if (!rows) return from_error(rows.error());
  json answer{{"results", json::array()}, {"chains", json::object()}};
  for (const ResultRow& row : *rows) {
    json item = result_json(row);
    const std::string ca = item["result"].is_object() ? item["result"].value("ca", "") : "";
    if (!ca.empty() && !answer["chains"].contains(ca)) {
      const auto chain = parts_.results.chain_of(ca);
      if (!chain) return from_error(chain.error());
      answer["chains"][ca] = parsed_or_text(*chain);
    }
    answer["results"].push_back(std::move(item));
  }
  return json_response(dump_json(answer));
}

Response AdminApi::list_enrollments(const std::string& query) {
  const auto rows =
      parts_.enrollments.list(query_number(query, "after", 0),
                              std::min<std::int64_t>(query_number(query, "limit", 500), 1000));
  if (!rows) return from_error(rows.error());
  json enrollments = json::array();
  for (const EnrollmentRow& row : *rows) enrollments.push_back(enrollment_json(row));
  return json_response(dump_json({{"enrollments", std::move(enrollments)}}));
}

Response AdminApi::summary() {
  const auto counters = read_counters(parts_.db);
  if (!counters) return from_error(counters.error());
  const auto count = [&](const std::string& name) {
    const auto at = counters->find(name);
    return at == counters->end() ? 0 : at->second;
  };
  json finished = json::object();
  for (const char* status : {"issued", "revoked", "failed", "dead", "canceled"}) {
    finished[status] = count(std::string("finished_") + status);
  }
  json enrollments{{"held_requests", parts_.result_service.held()}};
  for (const char* name : {"issued", "failed", "dead", "canceled", "superseded", "refused"}) {
    enrollments[name] = count(std::string("enrollments_") + name);
  }
  json answer{{"finished", std::move(finished)},
              {"enrollments", std::move(enrollments)},
              {"waiting_polls", parts_.leases.waiting()}};
  for (const char* name :
       {"queued", "leased", "superseded", "refused", "results_received", "duplicates"}) {
    answer[name] = count(name);
  }
  return json_response(dump_json(answer));
}

Response AdminApi::list_agents() {
  const auto rows = parts_.agents.list();
  if (!rows) return from_error(rows.error());
  json agents = json::array();
  for (const AgentRow& row : *rows) {
    agents.push_back(
        {{"id", row.id},
         {"name", row.name},
         {"created_at", to_rfc3339(row.created_at)},
         {"revoked_at", time_or_null(row.revoked_at)},
         {"last_seen", time_or_null(row.last_seen)},
         {"heartbeat", row.heartbeat.empty() ? json() : parsed_or_text(row.heartbeat)}});
  }
  return json_response(dump_json({{"agents", std::move(agents)}}));
}

Response AdminApi::register_agent(const json& body) {
  Fields fields(body);
  const std::string name = fields.optional_text("agent_name", 128).value_or("");
  const Bytes certificate = fields.base64("certificate", std::size_t{64} * 1024);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const auto id = parts_.enrollment.register_agent(name, certificate);
  if (!id) return from_error(id.error());
  return json_response(dump_json({{"agent_id", *id}}));
}

Response AdminApi::revoke_agent(const std::string& id) {
  const auto known = parts_.agents.revoke(id, parts_.clock.now());
  if (!known) return from_error(known.error());
  if (!*known) return problem(404, "not_found", "there is no agent " + id);
  return json_response(dump_json({{"agent_id", id}, {"revoked", true}}));
}

Response AdminApi::set_faults(const json& body) {
  auto plan = parse_faults(body);
  if (!plan) return from_error(plan.error());
  parts_.faults.set(std::move(*plan));
  if (!parts_.faults.plan().hold_enrollments) parts_.result_service.release();
  return json_response(dump_json(to_json(parts_.faults.plan())));
}

}  // namespace certconnector::endpoint
