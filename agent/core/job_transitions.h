// The life of a job: the one table of (state, trigger) -> state. The store applies it, nobody else
// changes a state; a pair that is not in the table is refused.
//
// What stands beside the state, kept by the store:
//  - `interrupted` (an attempt may have reached the CA) is set by recover() and by a RetryLater
//  with ask_ca_first;
//    it stays set through lease_lost and leased_again, so that the CA is asked before anything is
//    submitted anew; it is cleared when a person retries a held job (that is their decision) and by
//    any other verdict.
//  - `approved` is set by person_approves and stays.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "agent/core/job.h"

namespace certconnector::core {

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
  JobState from;
  JobTrigger trigger;
  JobState to;
};

// Not in the table: a job that is delivered again and not finished only has its lease renewed, and
// a reported job that is delivered again goes back to the state it ended in, to be reported again.
inline constexpr std::array<JobTransition, 36> kJobTransitions{{
    {JobState::queued, JobTrigger::claimed, JobState::running},
    {JobState::queued, JobTrigger::lease_lost, JobState::canceled},
    {JobState::queued, JobTrigger::expires, JobState::dead},
    {JobState::queued, JobTrigger::person_retries, JobState::queued},  // due now
    {JobState::queued, JobTrigger::person_cancels, JobState::canceled},

    {JobState::running, JobTrigger::succeeds, JobState::succeeded},
    {JobState::running, JobTrigger::fails, JobState::failed},
    {JobState::running, JobTrigger::dies, JobState::dead},
    {JobState::running, JobTrigger::retries_later, JobState::queued},
    {JobState::running, JobTrigger::waits_for_ca, JobState::waiting},
    {JobState::running, JobTrigger::waits_for_person, JobState::waiting},
    {JobState::running, JobTrigger::is_held, JobState::held},
    {JobState::running, JobTrigger::lease_lost, JobState::canceled},
    {JobState::running, JobTrigger::recovered, JobState::queued},

    {JobState::waiting, JobTrigger::claimed, JobState::running},  // to ask the CA again
    {JobState::waiting, JobTrigger::lease_lost, JobState::canceled},
    {JobState::waiting, JobTrigger::expires, JobState::dead},
    {JobState::waiting, JobTrigger::person_cancels, JobState::canceled},
    {JobState::waiting, JobTrigger::person_approves, JobState::queued},
    {JobState::waiting, JobTrigger::person_denies, JobState::failed},
    // Of jobs that somebody else does, once they tell:
    {JobState::waiting, JobTrigger::succeeds, JobState::succeeded},
    {JobState::waiting, JobTrigger::fails, JobState::failed},
    {JobState::waiting, JobTrigger::is_held, JobState::held},
    {JobState::held, JobTrigger::succeeds, JobState::succeeded},
    {JobState::held, JobTrigger::fails, JobState::failed},

    {JobState::held, JobTrigger::lease_lost, JobState::canceled},
    {JobState::held, JobTrigger::expires, JobState::dead},
    {JobState::held, JobTrigger::person_retries, JobState::queued},
    {JobState::held, JobTrigger::person_cancels, JobState::canceled},

    {JobState::failed, JobTrigger::person_retries, JobState::queued},  // unreported ones only
    {JobState::dead, JobTrigger::person_retries, JobState::queued},    // unreported ones only

    {JobState::succeeded, JobTrigger::acknowledged, JobState::reported},
    {JobState::failed, JobTrigger::acknowledged, JobState::reported},
    {JobState::dead, JobTrigger::acknowledged, JobState::reported},
    {JobState::canceled, JobTrigger::acknowledged, JobState::reported},  // those a person canceled

    {JobState::canceled, JobTrigger::leased_again, JobState::queued},
}};

// Where the trigger leads; nothing when it is not allowed in that state.
[[nodiscard]] constexpr std::optional<JobState> next_state(JobState from, JobTrigger trigger) {
  for (const JobTransition& row : kJobTransitions) {
    if (row.from == from && row.trigger == trigger) return row.to;
  }
  return std::nullopt;
}

// Whether work on the job is over, reported or not.
[[nodiscard]] constexpr bool is_finished(JobState state) {
  switch (state) {
    case JobState::queued:
    case JobState::running:
    case JobState::waiting:
    case JobState::held:
      return false;
    case JobState::succeeded:
    case JobState::failed:
    case JobState::dead:
    case JobState::canceled:
    case JobState::reported:
      return true;
  }
  return true;
}

}  // namespace certconnector::core
