#include "agent/control/job_commands.h"

#include "agent/control/job_filter_values.h"
#include "agent/control/request_errors.h"
#include "agent/control/wire.h"
#include "agent/jobs/job_explanation.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

constexpr std::string_view kStates =
    "queued, running, waiting, held, succeeded, failed, dead, canceled, reported";
constexpr std::string_view kOutcomes = "succeeded, failed, dead, canceled";

bool is_outcome(core::JobState state) {
  return jobs::is_finished(state) && state != core::JobState::reported;
}

Result<std::optional<core::JobState>> parse_outcome(const std::optional<std::string>& name) {
  if (!name) return std::optional<core::JobState>{};
  const auto outcome = core::job_state(*name);
  if (outcome && is_outcome(*outcome)) return outcome;
  return bad_value("no outcome '" + *name + "'; there are " + std::string(kOutcomes));
}

Result<std::optional<core::JobState>> parse_state(const std::optional<std::string>& name) {
  if (!name) return std::optional<core::JobState>{};
  const auto state = core::job_state(*name);
  if (!state) return bad_value("no job state '" + *name + "'; there are " + std::string(kStates));
  return state;
}

Result<std::optional<core::JobType>> parse_type(const std::optional<std::string>& name) {
  if (!name) return std::optional<core::JobType>{};
  for (const auto type : {core::JobType::issue, core::JobType::revoke}) {
    if (core::to_string(type) == *name) return std::optional<core::JobType>(type);
  }
  return bad_value("no job type '" + *name + "'; there are issue and revoke");
}

Result<core::JobFilter> filter_of(const wire::JobsListArguments& arguments, const CaNames& names) {
  core::JobFilter filter;
  CC_TRY_ASSIGN(filter.state, parse_state(arguments.state));
  CC_TRY_ASSIGN(filter.outcome, parse_outcome(arguments.outcome));
  if (filter.state && is_outcome(*filter.state)) {
    // A job has the state `failed` only until its report is acknowledged. A caller who asks for
    // failed jobs means the outcome.
    if (filter.outcome && *filter.outcome != *filter.state) {
      return bad_value("state '" + *arguments.state + "' and outcome '" + *arguments.outcome +
                       "' exclude each other; give one of them");
    }
    filter.outcome = filter.state;
    filter.state.reset();
  }
  CC_TRY_ASSIGN(filter.type, parse_type(arguments.type));
  CC_TRY_ASSIGN(filter.ca, parse_ca(arguments.ca, names));
  CC_TRY_ASSIGN(filter.after, parse_ticket(arguments.after));
  filter.since = arguments.since;
  filter.until = arguments.until;
  if (arguments.limit < 1 || arguments.limit > wire::kMaxJobsPage) {
    return bad_value("a page has 1 to " + std::to_string(wire::kMaxJobsPage) + " jobs");
  }
  filter.limit = static_cast<std::size_t>(arguments.limit);
  return filter;
}

bool matches(const core::JobRecord& record, const wire::JobArguments& wanted) {
  const auto& key = record.job.key;
  return (!wanted.source || *wanted.source == core::to_string(key.source)) &&
         (!wanted.instance || *wanted.instance == key.instance);
}

// The id itself, or the one that begins so.
Result<std::string> full_id(core::JobStore& store, const std::string& id) {
  if (id.size() < wire::kShortestId) return id;
  CC_TRY_ASSIGN(const auto ids, store.ids_with_beginning(id, wire::kMaxIdsListed + 1));
  if (ids.empty() || ids.front() == id) return id;
  if (ids.size() == 1) return ids.front();
  return ambiguous_id("jobs have an id that begins with '" + id + "'", ids);
}

// All jobs that the arguments name; at least one.
Result<std::vector<core::JobRecord>> find_jobs(core::JobStore& store,
                                               const wire::JobArguments& wanted) {
  CC_TRY_ASSIGN(const std::string id, full_id(store, wanted.id));
  CC_TRY_ASSIGN(const auto found, store.find(id));
  std::vector<core::JobRecord> jobs;
  for (const auto& record : found) {
    if (matches(record, wanted)) jobs.push_back(record);
  }
  if (jobs.empty()) {
    return Error(RequestErrc::no_such_job, ErrorKind::permanent,
                 "no job '" + wanted.id + "'" + too_short_in_words(wanted.id));
  }
  return jobs;
}

Result<core::JobRecord> find_one_job(core::JobStore& store, const wire::JobArguments& wanted) {
  CC_TRY_ASSIGN(auto jobs, find_jobs(store, wanted));
  if (jobs.size() > 1) {
    return Error(RequestErrc::ambiguous_job, ErrorKind::permanent,
                 std::to_string(jobs.size()) + " jobs have the id '" + wanted.id + "'");
  }
  return std::move(jobs.front());
}

// Applies `change` to the one job that the arguments name, wakes the agent, and returns the job's
// new state.
template <typename Change>
Result<wire::JobChangedResult> change_job(const wire::JobArguments& wanted, core::JobStore& store,
                                          JobOperations& jobs, const Clock& clock, Change change) {
  CC_TRY_ASSIGN(core::JobRecord record, find_one_job(store, wanted));
  CC_TRY(change(record.ticket, clock.now()));
  jobs.jobs_changed();
  if (auto now = store.find(record.job.key); now.ok() && *now) record = std::move(**now);
  const auto& key = record.job.key;
  return wire::JobChangedResult{key.id, std::string(core::to_string(key.source)), key.instance,
                                std::string(core::to_string(record.state))};
}

}  // namespace

Result<wire::JobsListResult> list_jobs(const wire::JobsListArguments& arguments,
                                       core::JobStore& store, StatusOperations& agent) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const core::JobFilter filter, filter_of(arguments, names));
  CC_TRY_ASSIGN(const core::JobPage page, store.page(filter));
  wire::JobsListResult result;
  for (const auto& record : page.jobs) {
    result.jobs.push_back(to_wire(record, names, WithCertificate::no));
  }
  if (page.next) result.next = std::to_string(page.next->value);
  result.searched_to = page.searched_to;
  return result;
}

Result<wire::JobsShowResult> show_jobs(const wire::JobArguments& arguments, core::JobStore& store,
                                       StatusOperations& agent) {
  const CaNames names = ca_names(agent.cas());
  CC_TRY_ASSIGN(const auto records, find_jobs(store, arguments));
  wire::JobsShowResult result;
  for (const auto& record : records) {
    CC_TRY_ASSIGN(const auto history, store.history(record.ticket));
    result.jobs.push_back({to_wire(record, names, WithCertificate::yes), to_wire(history)});
  }
  return result;
}

Result<wire::JobsExplainResult> explain_jobs(const wire::JobArguments& arguments,
                                             core::JobStore& store, StatusOperations& agent,
                                             const Clock& clock) {
  CC_TRY_ASSIGN(const auto records, find_jobs(store, arguments));
  const jobs::OperatingState state = agent.state();
  const CaNames served = ca_names(agent.cas());
  wire::JobsExplainResult result;
  for (const auto& record : records) {
    CC_TRY_ASSIGN(const auto history, store.history(record.ticket));
    auto story =
        jobs::explain(record, history, clock.now(), {state, served.count(record.job.ca) != 0});
    const auto& key = record.job.key;
    result.jobs.push_back({key.id, std::string(core::to_string(key.source)), key.instance,
                           std::string(core::to_string(record.state)), std::move(story.happened),
                           std::move(story.why), std::move(story.next)});
  }
  return result;
}

Result<wire::JobChangedResult> retry_job(const wire::JobArguments& arguments, core::JobStore& store,
                                         JobOperations& jobs, const Clock& clock,
                                         const Caller& caller) {
  return change_job(arguments, store, jobs, clock, [&](core::JobTicket ticket, Timestamp now) {
    return store.retry(ticket, now, caller.name);
  });
}

Result<wire::JobChangedResult> cancel_job(const wire::JobArguments& arguments,
                                          core::JobStore& store, JobOperations& jobs,
                                          const Clock& clock, const Caller& caller) {
  return change_job(arguments, store, jobs, clock, [&](core::JobTicket ticket, Timestamp now) {
    return store.cancel(ticket, now, caller.name);
  });
}

Result<wire::JobChangedResult> approve_job(const wire::JobArguments& arguments,
                                           core::JobStore& store, JobOperations& jobs,
                                           const Clock& clock, const Caller& caller) {
  return change_job(arguments, store, jobs, clock, [&](core::JobTicket ticket, Timestamp now) {
    return store.approve(ticket, now, caller.name);
  });
}

Result<wire::JobChangedResult> deny_job(const wire::JobDenyArguments& arguments,
                                        core::JobStore& store, JobOperations& jobs,
                                        const Clock& clock, const Caller& caller) {
  return change_job(arguments.job, store, jobs, clock, [&](core::JobTicket ticket, Timestamp now) {
    return store.deny(ticket, now, caller.name, arguments.why);
  });
}

}  // namespace certconnector::control
