// The row of a job: its life, and the members that only the store knows. One place loads and saves
// it, so that the indexed columns always follow the life. agent/jobs/lifecycle decides what an
// event makes of a job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/store/sqlite/queue_writer.h"

namespace certconnector::store {

struct JobRow : jobs::JobLife {
  std::int64_t ticket = 0;
  std::int64_t authority = 0;
  core::JobType type = core::JobType::issue;
  std::optional<std::int64_t> owner;  // kept only while running
};

[[nodiscard]] Result<std::optional<JobRow>> load_row(QueueWriter& writer, std::int64_t ticket);
// Saves the change of the row that was loaded.
[[nodiscard]] Status save_change(QueueWriter& writer, const JobRow& loaded,
                                 const jobs::JobChange& change);
// `before`: the state it was loaded with, for the counters.
[[nodiscard]] Status save_row(QueueWriter& writer, const JobRow& row, core::JobState before);
[[nodiscard]] Status save_outcome(QueueWriter& writer, std::int64_t ticket,
                                  const core::Outcome& outcome);
[[nodiscard]] Status save_notes(QueueWriter& writer, std::int64_t ticket,
                                const std::vector<core::JobEvent>& notes);

// Of jobs that NDES carries out, step by step. `apply`: false, and no change: the table of
// transitions does not allow it. `finish`: the row has moved to the state in which it ends.
[[nodiscard]] bool apply(JobRow& row, jobs::JobTrigger trigger);
[[nodiscard]] Status finish(QueueWriter& writer, JobRow& row, const core::Outcome& outcome,
                            Timestamp now);
using jobs::clip_message;

}  // namespace certconnector::store
