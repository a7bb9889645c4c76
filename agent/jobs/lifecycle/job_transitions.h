// The life of a job: the one table of (state, trigger) -> state. A pair that is not in the table is
// refused. Changes beside the state: job_lifecycle.h.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "agent/core/job.h"

namespace certconnector::jobs {

enum class JobTrigger {
  claimed,           // by a runner: the intent to call the CA is recorded
  succeeds,          // Finish with Issued or Revoked
  fails,             // Finish with Failed
  dies,              // Die: deadline or attempts used up
  retries_later,     // RetryLater
  waits_for_ca,      // WaitForCa
  waits_for_person,  // WaitForApproval
  is_held,           // Hold
  lease_lost,        // LeaseLost, or lose_leases()
  recovered,         // recover(): the process that ran it is gone
  expires,           // expire(): the deadline passed while nobody worked on it
  person_retries,
  person_cancels,   // reported as failed, code canceled
  person_approves,  // only while it waits for approval
  person_denies,    // only while it waits for approval; reported as failed, code denied_by_person
  acknowledged,     // the endpoint has taken the report
  leased_again      // the endpoint delivers a job that was canceled because its lease was lost
};

struct JobTransition {
  core::JobState from;
  JobTrigger trigger;
  core::JobState to;
};

// A held job may stand at its CA: a lost lease, after which the endpoint may offer it again, does
// not take it from the person who has to look. Not in the table: a job that is delivered again and
// not finished only has its lease renewed, and a reported job that is delivered again goes back to
// the state it ended in, to be reported again.
inline constexpr std::array<JobTransition, 35> kJobTransitions{{
    {core::JobState::queued, JobTrigger::claimed, core::JobState::running},
    {core::JobState::queued, JobTrigger::lease_lost, core::JobState::canceled},
    {core::JobState::queued, JobTrigger::expires, core::JobState::dead},
    {core::JobState::queued, JobTrigger::person_retries, core::JobState::queued},  // due now
    {core::JobState::queued, JobTrigger::person_cancels, core::JobState::canceled},

    {core::JobState::running, JobTrigger::succeeds, core::JobState::succeeded},
    {core::JobState::running, JobTrigger::fails, core::JobState::failed},
    {core::JobState::running, JobTrigger::dies, core::JobState::dead},
    {core::JobState::running, JobTrigger::retries_later, core::JobState::queued},
    {core::JobState::running, JobTrigger::waits_for_ca, core::JobState::waiting},
    {core::JobState::running, JobTrigger::waits_for_person, core::JobState::waiting},
    {core::JobState::running, JobTrigger::is_held, core::JobState::held},
    {core::JobState::running, JobTrigger::lease_lost, core::JobState::canceled},
    {core::JobState::running, JobTrigger::recovered, core::JobState::queued},

    {core::JobState::waiting, JobTrigger::claimed, core::JobState::running},  // to ask the CA again
    {core::JobState::waiting, JobTrigger::lease_lost, core::JobState::canceled},
    {core::JobState::waiting, JobTrigger::expires, core::JobState::dead},
    {core::JobState::waiting, JobTrigger::person_cancels, core::JobState::canceled},
    {core::JobState::waiting, JobTrigger::person_approves, core::JobState::queued},
    {core::JobState::waiting, JobTrigger::person_denies, core::JobState::failed},
    // Of external jobs, once NDES reports:
    {core::JobState::waiting, JobTrigger::succeeds, core::JobState::succeeded},
    {core::JobState::waiting, JobTrigger::fails, core::JobState::failed},
    {core::JobState::waiting, JobTrigger::is_held, core::JobState::held},
    {core::JobState::held, JobTrigger::succeeds, core::JobState::succeeded},
    {core::JobState::held, JobTrigger::fails, core::JobState::failed},

    {core::JobState::held, JobTrigger::expires, core::JobState::dead},
    {core::JobState::held, JobTrigger::person_retries, core::JobState::queued},
    {core::JobState::held, JobTrigger::person_cancels, core::JobState::canceled},

    {core::JobState::failed, JobTrigger::person_retries,
     core::JobState::queued},  // unreported ones only
    {core::JobState::dead, JobTrigger::person_retries,
     core::JobState::queued},  // unreported ones only

    {core::JobState::succeeded, JobTrigger::acknowledged, core::JobState::reported},
    {core::JobState::failed, JobTrigger::acknowledged, core::JobState::reported},
    {core::JobState::dead, JobTrigger::acknowledged, core::JobState::reported},
    {core::JobState::canceled, JobTrigger::acknowledged,
     core::JobState::reported},  // those a person canceled

    {core::JobState::canceled, JobTrigger::leased_again, core::JobState::queued},
}};

// Where the trigger leads; nothing when it is not allowed in that state.
[[nodiscard]] constexpr std::optional<core::JobState> next_state(core::JobState from,
                                                                 JobTrigger trigger) {
  for (const JobTransition& row : kJobTransitions) {
    if (row.from == from && row.trigger == trigger) return row.to;
  }
  return std::nullopt;
}

// Whether work on the job is over, reported or not.
[[nodiscard]] constexpr bool is_finished(core::JobState state) {
  switch (state) {
    case core::JobState::queued:
    case core::JobState::running:
    case core::JobState::waiting:
    case core::JobState::held:
      return false;
    case core::JobState::succeeded:
    case core::JobState::failed:
    case core::JobState::dead:
    case core::JobState::canceled:
    case core::JobState::reported:
      return true;
  }
  return true;
}

}  // namespace certconnector::jobs
