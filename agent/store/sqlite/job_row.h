// The row of a job: what changes as it goes through its states. One place loads and saves it, so
// that the columns that indexes hang on always follow the state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/store/sqlite/queue_writer.h"

namespace certconnector::store {

struct JobRow {
  // Do not change.
  std::int64_t ticket = 0;
  std::int64_t authority = 0;
  core::JobType type = core::JobType::issue;
  core::JobSource source = core::JobSource::management;
  bool rejected = false;
  bool reports = true;  // somebody is told how it ends
  bool ours = true;     // false: somebody else does it

  std::optional<Timestamp> deadline;  // changes only while somebody else does it
  core::JobState state = core::JobState::queued;
  std::optional<core::JobState> ended_as;  // once finished: how
  int attempts = 0;
  std::optional<Timestamp> due;       // when it can be claimed; kept only while queued or waiting
  std::optional<std::int64_t> owner;  // kept only while running
  std::optional<core::Lease> lease;
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;
  std::optional<Timestamp> report_at;  // in the outbox since
  std::optional<Timestamp> reported;
  std::optional<Timestamp> closed_at;  // nothing is left to do since; or see job_purge.cpp
  bool interrupted = false;
  bool approved = false;
  bool awaiting_approval = false;
  std::optional<std::string> pending_request;
  Duration last_backoff{0};
  std::string last_code;
  std::string last_message;
};

[[nodiscard]] Result<std::optional<JobRow>> load_row(QueueWriter& writer, std::int64_t ticket);
// `before`: the state it was loaded with, for the counters.
[[nodiscard]] Status save_row(QueueWriter& writer, const JobRow& row, core::JobState before);

// Moves the row along the table of transitions. False, and no change: the table does not allow it.
[[nodiscard]] bool apply(JobRow& row, jobs::JobTrigger trigger);

// Back to the queue, to be claimed from `due` on.
void requeue(JobRow& row, Timestamp due);
// The work is over: stores the outcome and puts the row into the outbox; a local job is final at
// once.
[[nodiscard]] Status finish(QueueWriter& writer, JobRow& row, const core::Outcome& outcome,
                            Timestamp now);

// The lease is lost: the work is over and there is nothing to report.
void close_unreported(JobRow& row, Timestamp now);

[[nodiscard]] std::string clip_message(const std::string& message);

}  // namespace certconnector::store
