#include "agent/jobs/runner.h"

#include <string>
#include <utility>

#include "agent/core/overloaded.h"
#include "agent/jobs/job_line.h"

namespace certconnector::jobs {
namespace {

void count(const core::Verdict& verdict, ActivityCounts& counts) {
  if (std::holds_alternative<core::Die>(verdict)) ++counts.failed;
  const auto* finish = std::get_if<core::Finish>(&verdict);
  if (finish == nullptr) return;
  std::visit(core::Overloaded{[&](const core::Issued&) { ++counts.issued; },
                              [&](const core::Revoked&) { ++counts.revoked; },
                              [&](const core::Failed&) { ++counts.failed; }},
             finish->outcome);
}

}  // namespace

Runner::Runner(LeaseGuard& leases, OutcomeWriter& outcome_writer, StorageGuard& storage,
               const BatchRules& rules, const RunnerObservers& observers)
    : leases_(leases),
      outcome_writer_(outcome_writer),
      storage_(storage),
      rules_(rules.answers),
      clock_(rules.clock),
      random_(rules.random),
      activity_(observers.activity),
      crash_points_(observers.crash_points),
      logger_(observers.logger) {}

BatchOutcome Runner::run(Batch& batch, const StopToken& stop) {
  crash_points_.reached(core::CrashPoint::claimed);
  BatchPipeline pipeline(batch, rules_, clock_, random_, stop);
  pipeline.read_requests();
  pipeline.ask_about_earlier_attempts();
  pipeline.drop_overdue();
  pipeline.check_leases(leases_);
  pipeline.revoke();
  pipeline.submit();
  crash_points_.reached(core::CrashPoint::submitted);
  return settle(pipeline);
}

BatchOutcome Runner::settle(BatchPipeline& pipeline) {
  if (pipeline.damage()) storage_.failed(*pipeline.damage());
  BatchOutcome outcome = pipeline.outcome();
  const Batch& batch = pipeline.batch();
  const std::string& ca = batch.handle->description.name;
  ActivityCounts counts;
  std::vector<core::Settlement> settlements;
  std::vector<JobLine> lines;
  settlements.reserve(batch.jobs.size());
  lines.reserve(batch.jobs.size());
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    core::Verdict& verdict = *pipeline.verdicts()[i];
    count(verdict, counts);
    lines.emplace_back(batch.jobs[i], pipeline.request(i), ca, verdict, clock_.now());
    settlements.push_back({batch.jobs[i].ticket, std::move(verdict)});
  }
  for (const UnansweredWait& wait : pipeline.unanswered()) {
    const core::Job& job = batch.jobs[wait.job].job;
    logger_.warning(
        "job.ca_silent",
        "The CA has the request and did not answer about it; the agent asks again: " + wait.message,
        {{"job", job.key.id}, {"correlation", job.correlation_id}, {"ca", ca}});
  }
  activity_.add(counts);
  const bool durable = outcome_writer_.settle(std::move(settlements));
  if (durable) crash_points_.reached(core::CrashPoint::settled);
  if (counts.revoked > 0) revoked_.notify();
  for (const JobLine& line : lines) line.write(logger_);
  logger_.debug("batch.done", "A batch of jobs is done.",
                {{"ca", ca},
                 {"jobs", batch.jobs.size()},
                 {"issued", counts.issued},
                 {"revoked", counts.revoked},
                 {"failed", counts.failed}});
  return outcome;
}

void Worker::report(LaneChange change, const std::string& ca, const BatchOutcome& outcome) {
  if (change == LaneChange::left_alone) {
    logger_.warning("ca.left_alone",
                    "The CA failed several times in a row, so the agent leaves it alone for a "
                    "while: " +
                        outcome.failure,
                    {{"ca", ca}});
  } else if (change == LaneChange::works_again) {
    logger_.info("ca.works_again", "The CA works again.", {{"ca", ca}});
  }
}

Duration Worker::step(const StopToken& stop) {
  Take take = scheduler_.take(ca_, clock_.now());
  if (!take.batch) return take.look_again;
  const BatchOutcome outcome = runner_.run(*take.batch, stop);
  const LaneChange change = scheduler_.finished(*take.batch, outcome, clock_.now());
  report(change, take.batch->handle->description.name, outcome);
  return Duration(0);
}

}  // namespace certconnector::jobs
