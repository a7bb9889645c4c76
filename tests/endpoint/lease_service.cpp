#include "tests/endpoint/lease_service.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "common/time/rfc3339.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kMaxJobs = 500;
constexpr std::int64_t kMinLease = 10;
constexpr std::int64_t kMaxLease = 3600;
constexpr Duration kShortestNap{10};

Response storage_problem(const Error& error) {
  return problem(503, "storage", "the endpoint's store failed: " + error.message());
}

// The stored object with the member `lease` put in before its closing brace. Nothing is parsed: raw
// jobs stay raw.
void append_job(std::string& out, const LeasedJob& job) {
  out.append(job.body, 0, job.body.size() - 1);
  if (job.body.size() > 2) out += ',';
  out += R"("lease":{"expires_at":")" + to_rfc3339(job.until) + R"(","number":)" +
         std::to_string(job.number) + "}}";
}

std::vector<LeaseRef> read_leases(Fields& fields) {
  std::vector<LeaseRef> leases;
  const json* items = fields.array("leases", 10000);
  if (items == nullptr) return leases;
  for (const json& item : *items) {
    Fields lease(item);
    leases.push_back(
        {lease.text("id", 1, 128, Alphabet::identifier), lease.integer("number", 1, INT64_MAX)});
    if (!lease.ok()) fields.complain("leases", "has an entry that is wrong: " + lease.complaint());
  }
  return leases;
}

Response lease_states(const Result<std::vector<LeaseState>>& states) {
  if (!states) return storage_problem(states.error());
  json list = json::array();
  for (const LeaseState& state : *states) {
    json item{{"id", state.lease.id}, {"number", state.lease.number}};
    item["status"] = state.held_until ? "held" : "lost";
    if (state.held_until) item["expires_at"] = to_rfc3339(*state.held_until);
    list.push_back(std::move(item));
  }
  return json_response(dump_json({{"leases", std::move(list)}}));
}

LeaseQuery read_query(Fields& fields, const std::string& agent_id) {
  LeaseQuery query;
  query.agent_id = agent_id;
  query.request_id = fields.text("request_id", 36, 36, Alphabet::identifier);
  query.max_jobs = fields.integer("max_jobs", 1, kMaxJobs);
  query.lease = std::chrono::seconds(fields.integer("lease_seconds", kMinLease, kMaxLease));
  query.cas = fields.texts("authorities", 100, 64, Alphabet::hex);
  query.types = fields.texts("types", 8, 32, Alphabet::identifier);
  return query;
}

}  // namespace

struct LeaseService::Poll {
  Poll(boost::asio::io_context& io, LeaseQuery what, Respond how)
      : query(std::move(what)), respond(std::move(how)), timer(io) {}

  LeaseQuery query;
  Respond respond;
  SteadyClock::time_point give_up;
  boost::asio::steady_timer timer;
  bool answered = false;
};

LeaseService::LeaseService(boost::asio::io_context& io, JobStore& jobs, Faults& faults,
                           const Clock& clock)
    : io_(io), jobs_(jobs), faults_(faults), clock_(clock) {}

LeaseService::~LeaseService() = default;

Cancel LeaseService::lease(const std::string& agent_id, const json& body, Respond respond) {
  Fields fields(body);
  LeaseQuery query = read_query(fields, agent_id);
  const auto wait = std::chrono::seconds(fields.integer("wait_seconds", 0, 30));
  if (!fields.ok()) {
    respond(problem(400, "bad_request", fields.complaint()));
    return {};
  }
  const auto poll = std::make_shared<Poll>(io_, std::move(query), std::move(respond));
  poll->give_up = SteadyClock::now() + wait;
  if (try_answer(*poll, stopped_ || wait.count() == 0)) return {};
  polls_.push_back(poll);
  arm(poll);
  return [this, weak = std::weak_ptr<Poll>(poll)] {
    if (const auto waiting = weak.lock()) {
      // Nobody listens any more: no jobs, or they would lie idle until their redelivery.
      waiting->answered = true;
      waiting->respond(json_response(render(waiting->query.agent_id, {})));
      finish(waiting);
    }
  };
}

bool LeaseService::try_answer(Poll& poll, bool last_chance) {
  if (poll.answered) return true;
  auto jobs = jobs_.lease(poll.query, clock_.now());
  if (jobs && jobs->empty() && !last_chance) return false;
  poll.answered = true;
  poll.respond(jobs ? json_response(render(poll.query.agent_id, std::move(*jobs)))
                    : storage_problem(jobs.error()));
  return true;
}

void LeaseService::arm(const std::shared_ptr<Poll>& poll) {
  auto wake = poll->give_up;
  const auto release = jobs_.next_release();
  if (release && *release) {
    // A lease that ends frees its job without anyone telling us.
    const Duration until = std::max(**release - clock_.now(), kShortestNap);
    wake = std::min(wake, SteadyClock::now() + until);
  }
  poll->timer.expires_at(wake);
  poll->timer.async_wait([this, poll](boost::system::error_code ec) {
    if (!ec && !poll->answered) on_timer(poll);
  });
}

void LeaseService::on_timer(const std::shared_ptr<Poll>& poll) {
  if (try_answer(*poll, SteadyClock::now() >= poll->give_up)) return finish(poll);
  arm(poll);
}

void LeaseService::finish(const std::shared_ptr<Poll>& poll) {
  poll->timer.cancel();
  polls_.remove(poll);
}

void LeaseService::jobs_came() {
  const auto waiting = polls_;
  for (const auto& poll : waiting) {
    if (try_answer(*poll, false)) finish(poll);
  }
}

void LeaseService::stop() {
  stopped_ = true;
  const auto waiting = polls_;
  for (const auto& poll : waiting) {
    if (try_answer(*poll, true)) finish(poll);
  }
}

std::string LeaseService::render(const std::string& agent_id, std::vector<LeasedJob> jobs) {
  if (!jobs.empty() && faults_.roll(faults_.plan().duplicate_delivery_percent)) {
    // Twice in this answer, and once more what earlier answers gave this agent: never another's.
    auto held = jobs_.held_by(agent_id, static_cast<std::int64_t>(jobs.size()), clock_.now());
    if (held) jobs.insert(jobs.end(), held->begin(), held->end());
    jobs.push_back(jobs.front());
    jobs.resize(std::min<std::size_t>(jobs.size(), kMaxJobs));
  }
  std::string out = R"({"jobs":[)";
  bool first = true;
  for (const LeasedJob& job : jobs) {
    if (!first) out += ',';
    first = false;
    append_job(out, job);
  }
  return out + R"(],"server_time":")" + to_rfc3339(clock_.now()) + R"("})";
}

Response LeaseService::acknowledge(const std::string& agent_id, const json& body) {
  Fields fields(body);
  const auto leases = read_leases(fields);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  return lease_states(jobs_.acknowledge(agent_id, leases, clock_.now()));
}

Response LeaseService::extend(const std::string& agent_id, const json& body) {
  Fields fields(body);
  const auto leases = read_leases(fields);
  const auto lease = std::chrono::seconds(fields.integer("lease_seconds", kMinLease, kMaxLease));
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  return lease_states(jobs_.extend(agent_id, leases, lease, clock_.now()));
}

}  // namespace certconnector::endpoint
