#include "agent/cli/job_view.h"

#include <ostream>

#include "agent/cli/lines.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/table.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

std::string ca_of(const wire::Job& job) {
  return safe(job.ca_name.empty() ? job.ca.substr(0, 12) : job.ca_name);
}

// The detail beside the state: the outcome, the failure, or the approval that the job waits for.
std::string detail_of(const wire::Job& job) {
  if (job.outcome) {
    const auto& outcome = *job.outcome;
    if (outcome.kind == "issued") return "serial " + safe(outcome.serial);
    if (outcome.kind == "revoked") {
      return outcome.already_revoked ? "was revoked before" : "revoked";
    }
    return safe(outcome.code + ": " + outcome.message);
  }
  if (job.waiting_for_approval) return "waits for `certconnector jobs approve ID`";
  if (!job.last_code.empty()) return safe(job.last_code + ": " + job.last_message);
  return safe(job.last_message);
}

std::string state_of(const wire::Job& job) {
  return safe(job.ended_as.empty() ? job.state : job.state + "/" + job.ended_as);
}

Style state_style(const wire::Job& job) {
  return style_of(job.ended_as.empty() ? job.state : job.ended_as);
}

void print_outcome(Lines& lines, const wire::JobOutcome& outcome, Timestamp now) {
  lines.add("Outcome", safe(outcome.kind));
  lines.add("Serial", safe(outcome.serial));
  lines.add("SHA-256", safe(outcome.sha256));
  lines.add("Valid from", outcome.not_before, now);
  lines.add("Valid to", outcome.not_after, now);
  lines.add("Revoked", outcome.revoked_at, now);
  if (outcome.already_revoked) lines.add("", "was revoked before this job");
  lines.add("Code", safe(outcome.code));
  lines.add("Message", safe(outcome.message));
  lines.add("Note", safe(outcome.note));
}

void print_request(Lines& lines, const wire::Job& job) {
  lines.add("Template", safe(job.template_name));
  lines.add("SID", safe(job.sid));
  lines.add("Revokes", job.serial.empty() ? "" : "serial " + safe(job.serial));
  lines.add("Revokes", job.thumbprint.empty() ? "" : "thumbprint " + safe(job.thumbprint));
  lines.add("Reason", safe(job.reason));
}

}  // namespace

void print_jobs(std::ostream& out, const wire::JobsListResult& result, Timestamp now,
                const Paint& paint) {
  if (result.jobs.empty()) {
    out << "No jobs.\n";
    return;
  }
  Table table({{"ID"},
               {"TYPE"},
               {"STATE"},
               {"CA", false, true},
               {"TRIES", true},
               {"RECEIVED"},
               {"DETAIL", false, true}});
  for (const auto& job : result.jobs) {
    table.add({Cell(safe(job.id)), Cell(safe(job.type)), Cell(state_of(job), state_style(job)),
               Cell(ca_of(job)), Cell(std::to_string(job.attempts)),
               Cell(relative(job.received, now)), Cell(detail_of(job))});
  }
  table.print(out, paint);
}

void print_job(std::ostream& out, const wire::JobDetail& detail, Timestamp now,
               const Paint& paint) {
  const auto& job = detail.job;
  Lines lines(out);
  lines.add("Job", safe(job.id) + " (" + safe(job.source) + ", " + safe(job.instance) + ")");
  lines.add("State", paint(state_style(job), state_of(job)));
  lines.add("Type", safe(job.type));
  lines.add("CA", ca_of(job) + " (" + safe(job.ca) + ")");
  print_request(lines, job);
  lines.add("Correlation", safe(job.correlation_id));
  if (job.priority != 0) lines.add("Priority", std::to_string(job.priority));
  lines.add("Attempts", std::to_string(job.attempts));
  lines.add("Received", job.received, now);
  lines.add("Due", job.finished ? std::optional<Timestamp>{} : job.due, now);
  lines.add("Deadline", job.deadline, now);
  lines.add("Started", job.started, now);
  lines.add("Finished", job.finished, now);
  lines.add("Reported", job.reported, now);
  if (job.lease) {
    lines.add("Lease", "number " + std::to_string(job.lease->number) + ", until " +
                           absolute(job.lease->until));
  }
  if (job.outcome) {
    print_outcome(lines, *job.outcome, now);
  } else {
    lines.add("Last attempt", detail_of(job));
  }
  if (detail.history.empty()) return;
  out << "\nHistory\n";
  for (const auto& event : detail.history) {
    out << "  " << absolute(event.at) << "  " << safe(event.kind)
        << (event.message.empty() ? "" : ": ") << safe(event.message) << '\n';
  }
}

void print_story(std::ostream& out, const wire::JobExplanation& story, const Paint& paint) {
  out << "Job " << safe(story.id) << " (" << safe(story.source) << ", " << safe(story.instance)
      << ") is " << paint(style_of(story.state), safe(story.state)) << ".\n\nWhat happened\n";
  for (const auto& sentence : story.happened) out << "  " << safe(sentence) << '\n';
  if (!story.why.empty()) out << "\nWhy\n  " << safe(story.why) << '\n';
  if (!story.next.empty()) out << "\nNext\n  " << safe(story.next) << '\n';
}

}  // namespace certconnector::cli
