// The rules of a job's life: the change that each event makes. The only place with such rules.
//
// Pure functions: a store loads a JobLife, calls the function of the event, and saves the JobChange
// in one transaction. Which trigger leads from which state to which is the table of
// job_transitions.h; here stands what changes beside the state. A function that gives nothing says
// that the event changes nothing for a job in that state. Every store passes the suite of
// tests/contract/job_store_contract.h.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/job.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::jobs {

// The changing part of a job, and the other inputs of the rules.
struct JobLife {
  // Do not change after the arrival.
  core::JobSource source = core::JobSource::management;
  bool rejected = false;
  bool reports = true;  // the agent reports its outcome to a cloud
  bool ours = true;     // false: NDES carries it out

  std::optional<Timestamp> deadline;  // changes only while NDES carries it out
  core::JobState state = core::JobState::queued;
  std::optional<core::JobState> ended_as;  // once finished: how
  int attempts = 0;
  std::optional<Timestamp> due;  // when it can be claimed: see claimable_from()
  std::optional<core::Lease> lease;
  std::optional<Timestamp> started;  // of the last attempt
  std::optional<Timestamp> finished;
  std::optional<Timestamp> report_at;  // in the outbox since
  std::optional<Timestamp> reported;
  std::optional<Timestamp> closed_at;  // nothing is left to do since; see filed_again()
  // An attempt may have reached the CA: it is asked before anything is submitted anew. Set by
  // recover() and by a RetryLater with ask_ca_first; it outlives a lost lease.
  bool interrupted = false;
  bool approved = false;  // by a person; stays
  bool awaiting_approval = false;
  std::optional<std::string> pending_request;
  Duration last_backoff{0};
  std::string last_code;
  std::string last_message;
  // The job went back to work while the endpoint may hold its report: the answer to that report
  // does not count for the job. Ends when unreported() offers the job again. Lives as long as the
  // process does, as do the reports under way.
  bool report_withdrawn = false;
};

struct JobChange {
  JobLife job;                           // as it is from now on
  std::optional<core::Outcome> outcome;  // set: it has ended with this
  std::vector<core::JobEvent> notes;     // for its history, oldest first
  bool withhold = false;                 // the device does not get the certificate
};

// The reason why a person may not do it, for that person to read.
struct NotAllowed {
  std::string why;
};
using PersonAnswer = std::variant<JobChange, NotAllowed>;

// A job that was not known. A rejected one ends at once.
[[nodiscard]] JobChange arrive(const core::NewJob& job, Timestamp now);
// The same of a job that the store cannot keep as it is: it ends with `why`.
[[nodiscard]] JobChange turn_away(const core::NewJob& job, core::Failed why, Timestamp now);
// The same job again: same source, instance, id and digest.
[[nodiscard]] JobChange arrive_again(JobLife job, const core::NewJob& arrived, Timestamp now);
// For the history of the job that is known: another one arrived under its id.
[[nodiscard]] core::JobEvent conflict(Timestamp now);

// By a runner: the intent to call the CA is recorded.
[[nodiscard]] std::optional<JobChange> claim(JobLife job, Timestamp now);
// The job as its runner gets it.
[[nodiscard]] core::ClaimedJob claimed_job(core::JobTicket ticket, core::Job job, JobLife life,
                                           Timestamp received);
[[nodiscard]] std::optional<JobChange> settle(JobLife job, const core::Verdict& verdict,
                                              Timestamp now);
// The process that ran it has ended.
[[nodiscard]] std::optional<JobChange> recover(JobLife job, Timestamp now);
// The job comes from a backup, and nobody knows its outcome since: the agent asks the CA for it
// before it submits the request.
[[nodiscard]] std::optional<JobChange> bring_back(JobLife job, Timestamp now);
// Of one job, in two states of the store: whether `other` tells more than `known`.
[[nodiscard]] bool is_further(core::JobState other, core::JobState known);
// At start: a due time or a lease that only a clock that was ahead can have written ends now.
[[nodiscard]] std::optional<JobChange> correct_times(JobLife job, Timestamp now);

// The lease that is there ends later, or a newer one follows it.
[[nodiscard]] std::optional<JobChange> renew_lease(JobLife job, const core::Lease& lease);
// Running and interrupted jobs are their runner's: the agent reports every issued certificate.
[[nodiscard]] std::optional<JobChange> lose_lease(JobLife job, Timestamp now);
// The deadline passed while nobody worked on it.
[[nodiscard]] std::optional<JobChange> expire(JobLife job, Timestamp now);

// The endpoint has answered a report of the job.
[[nodiscard]] std::optional<JobChange> acknowledge(JobLife job,
                                                   const core::ReportAcknowledgement& ack,
                                                   Timestamp now);
// For the history of a job whose follow_up could not be stored: its id is another job's.
[[nodiscard]] core::JobEvent follow_up_lost(const core::NewJob& follow_up, Timestamp now);

// A job that has just moved to a state in which the work is over goes into the outbox, or is final
// at once. For jobs that NDES carries out and reports; the functions above do it for all others.
[[nodiscard]] JobChange end(JobLife job, core::Outcome outcome, Timestamp now);

// By a person. A retry of a device's job needs its challenge as well:
// enrollment::take_challenge_back().
[[nodiscard]] PersonAnswer retry(JobLife job, Timestamp now, const std::string& who);
[[nodiscard]] PersonAnswer cancel(JobLife job, Timestamp now, const std::string& who);
[[nodiscard]] PersonAnswer approve(JobLife job, Timestamp now, const std::string& who);
[[nodiscard]] PersonAnswer deny(JobLife job, Timestamp now, const std::string& who,
                                const std::string& why);

// The part of `text` that is kept as a message of a job.
[[nodiscard]] std::string clip_message(const std::string& text);

// How long a history is.
inline constexpr int kLongestHistory = 200;
// The agent asks for leases of an hour at most. One that counts as ended is extended before the job
// goes to the CA, so it may be a longer one as well.
inline constexpr std::chrono::hours kLongestLease{1};

}  // namespace certconnector::jobs
