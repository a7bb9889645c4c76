#include <algorithm>
#include <ostream>

#include "agent/cli/command.h"
#include "agent/cli/job_view.h"
#include "agent/cli/next_page.h"
#include "agent/cli/option_values.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

void list_options(po::options_description& options) {
  options.add_options()("state", po::value<std::string>()->value_name("STATE"),
                        "only jobs in this state: queued, running, waiting, held, reported; an "
                        "outcome means --outcome")(
      "outcome", po::value<std::string>()->value_name("OUTCOME"),
      "only jobs with this outcome, reported or not: succeeded, failed, dead, canceled")(
      "type", po::value<std::string>()->value_name("TYPE"), "only issue or only revoke jobs")(
      "ca", po::value<std::string>()->value_name("CA"),
      "only jobs of this CA: its name or SHA-256")(
      "since", po::value<std::string>()->value_name("TIME"),
      "received at or after: RFC 3339, or how long ago, such as 30m, 2h, 7d")(
      "until", po::value<std::string>()->value_name("TIME"), "received before")(
      "limit", po::value<std::uint64_t>()->value_name("N")->default_value(50),
      "how many at most, 1 to 1000")("after", po::value<std::string>()->value_name("CURSOR"),
                                     "the next page, as the page before says at its end");
}

void which_job_options(po::options_description& options) {
  options.add_options()("instance", po::value<std::string>()->value_name("NAME"),
                        "the endpoint that the job came from, where several jobs have the id")(
      "source", po::value<std::string>()->value_name("SOURCE"),
      "management, local or scep, where several jobs have the id");
}

void deny_options(po::options_description& options) {
  which_job_options(options);
  options.add_options()("reason", po::value<std::string>()->value_name("TEXT"),
                        "the reason, for the endpoint and the job's history");
}

// How to ask for the page after this one: the same filters again.
ExitCode run_jobs_list(Session& session, const po::variables_map& values) {
  wire::JobsListArguments arguments;
  arguments.state = text_value(values, "state");
  arguments.outcome = text_value(values, "outcome");
  arguments.type = text_value(values, "type");
  arguments.ca = text_value(values, "ca");
  arguments.after = text_value(values, "after");
  arguments.limit = values["limit"].as<std::uint64_t>();
  for (const auto& [name, field] :
       {std::pair{"since", &arguments.since}, std::pair{"until", &arguments.until}}) {
    const auto mistake = read_time(values, name, session.now(), *field);
    if (mistake) return session.usage_error(*mistake);
  }
  return session.show(
      session.ask<wire::JobsListResult>(wire::command::kJobsList, arguments),
      [&](const wire::JobsListResult& result) {
        print_jobs(session.out(), result, session.now(), session.paint());
        if (!result.next) return;
        if (result.searched_to) {
          session.out() << "\nLooked back to " << absolute(*result.searched_to) << ".";
        }
        session.out() << "\nThere may be more: "
                      << safe(next_page_command(
                             "jobs list", values,
                             {"state", "outcome", "type", "ca", "since", "until"}, *result.next))
                      << '\n';
      });
}

wire::JobArguments which_job(const po::variables_map& values, const std::string& id) {
  return {id, text_value(values, "source"), text_value(values, "instance")};
}

ExitCode no_id(Session& session) { return session.usage_error("the id of a job is missing"); }

ExitCode run_show(Session& session, const po::variables_map& values) {
  const auto id = one_positional(values, "id");
  if (!id) return no_id(session);
  return session.show(
      session.ask<wire::JobsShowResult>(wire::command::kJobsShow, which_job(values, *id)),
      [&](const wire::JobsShowResult& result) {
        for (const auto& detail : result.jobs) {
          if (&detail != &result.jobs.front()) session.out() << '\n';
          print_job(session.out(), detail, session.now(), session.paint());
        }
      });
}

ExitCode run_explain(Session& session, const po::variables_map& values) {
  const auto id = one_positional(values, "id");
  if (!id) return no_id(session);
  return session.show(
      session.ask<wire::JobsExplainResult>(wire::command::kJobsExplain, which_job(values, *id)),
      [&](const wire::JobsExplainResult& result) {
        for (const auto& story : result.jobs) {
          if (&story != &result.jobs.front()) session.out() << '\n';
          print_story(session.out(), story, session.paint());
        }
      });
}

// Sends the command for each of the jobs, also when one of them fails; the exit code is the worst.
template <typename MakeArguments>
ExitCode change_jobs(Session& session, const po::variables_map& values, std::string_view command,
                     std::string_view done, MakeArguments make_arguments) {
  const auto ids = positionals(values, "id");
  if (ids.empty()) return no_id(session);
  ExitCode worst = ExitCode::ok;
  for (const auto& id : ids) {
    const ExitCode code = session.show(
        session.ask<wire::JobChangedResult>(command, make_arguments(which_job(values, id))),
        [&](const wire::JobChangedResult& job) {
          session.out() << safe(job.id) << ": " << done << ", now " << safe(job.state) << '\n';
        });
    worst = std::max(worst, code);
  }
  return worst;
}

wire::JobArguments same(wire::JobArguments arguments) { return arguments; }

ExitCode run_retry(Session& session, const po::variables_map& values) {
  return change_jobs(session, values, wire::command::kJobsRetry, "will be tried again", same);
}

ExitCode run_cancel(Session& session, const po::variables_map& values) {
  return change_jobs(session, values, wire::command::kJobsCancel, "canceled", same);
}

ExitCode run_approve(Session& session, const po::variables_map& values) {
  return change_jobs(session, values, wire::command::kJobsApprove, "approved", same);
}

ExitCode run_deny(Session& session, const po::variables_map& values) {
  return change_jobs(
      session, values, wire::command::kJobsDeny, "denied", [&](wire::JobArguments job) {
        return wire::JobDenyArguments{std::move(job), text_value(values, "reason").value_or("")};
      });
}

constexpr Positional kOneId{"id", 1};
constexpr Positional kManyIds{"id", -1};

}  // namespace

std::vector<Command> job_commands() {
  return {
      {"jobs list",
       "List jobs, newest first",
       "[options]",
       "",
       "certconnector jobs list\n"
       "certconnector jobs list --outcome failed --since 2h\n"
       "certconnector jobs list --type revoke --ca default --limit 200\n"
       "certconnector jobs list --json | jq -r '.jobs[].id'",
       list_options,
       {},
       run_jobs_list},
      {"jobs show",
       "Show a job in full, with its history",
       "[options] ID",
       "The beginning of an id is enough, of 4 characters or more, where no other id begins so.",
       "certconnector jobs show 3f1c9f52\n"
       "certconnector jobs show 3f1c9f52 --json | jq -r '.jobs[0].outcome.certificate'",
       which_job_options,
       {kOneId},
       run_show},
      {"jobs explain",
       "Explain in sentences what happened to a job, why, and what comes next",
       "[options] ID",
       "",
       "certconnector jobs explain 3f1c9f52",
       which_job_options,
       {kOneId},
       run_explain},
      {"jobs retry",
       "Retry failed, dead, held or queued jobs now",
       "[options] ID...",
       "A job that the agent has reported to the endpoint is final.",
       "certconnector jobs retry 3f1c9f52\n"
       "certconnector jobs list --outcome dead --limit 1000 --json | jq -r '.jobs[] | "
       "select(.state == "
       "\"dead\").id' | xargs -r certconnector jobs retry",
       which_job_options,
       {kManyIds},
       run_retry},
      {"jobs cancel",
       "Cancel jobs; the agent reports them to the endpoint as failed",
       "[options] ID...",
       "",
       "certconnector jobs cancel 3f1c9f52",
       which_job_options,
       {kManyIds},
       run_cancel},
      {"jobs approve",
       "Approve jobs that wait for a person",
       "[options] ID...",
       "",
       "certconnector jobs list --state waiting\n"
       "certconnector jobs approve 3f1c9f52",
       which_job_options,
       {kManyIds},
       run_approve},
      {"jobs deny",
       "Deny jobs that wait for a person; they fail",
       "[options] ID...",
       "",
       "certconnector jobs deny 3f1c9f52 --reason \"not a device of ours\"",
       deny_options,
       {kManyIds},
       run_deny},
  };
}

}  // namespace certconnector::cli
