// The row of a job: its life, and the members that only the store knows. One place loads and saves
// it, so that the indexed columns always follow the life. agent/jobs/lifecycle decides what an
// event makes of a job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/store/sqlite/store_writer.h"

namespace certconnector::store {

struct JobRow : jobs::JobLife {
  std::int64_t ticket = 0;
  std::int64_t authority = 0;
  core::JobType type = core::JobType::issue;
  std::optional<std::int64_t> owner;  // kept only while running
};

[[nodiscard]] Result<std::optional<JobRow>> load_row(StoreWriter& writer, std::int64_t ticket);
// Saves the change of the row that was loaded.
[[nodiscard]] Status save_change(StoreWriter& writer, const JobRow& loaded,
                                 const jobs::JobChange& change,
                                 std::optional<std::int64_t> certificate = std::nullopt);
// `before`: the state it was loaded with, for the counters.
[[nodiscard]] Status save_row(StoreWriter& writer, const JobRow& row, core::JobState before);
// `certificate`: the entry of an issued one.
[[nodiscard]] Status save_outcome(StoreWriter& writer, std::int64_t ticket,
                                  const core::Outcome& outcome,
                                  std::optional<std::int64_t> certificate = std::nullopt);
[[nodiscard]] Status save_notes(StoreWriter& writer, std::int64_t ticket,
                                const std::vector<core::JobEvent>& notes);

// Of jobs that NDES carries out. False, and no change: the table of transitions does not allow it.
[[nodiscard]] bool apply(JobRow& row, jobs::JobTrigger trigger);
using jobs::clip_message;

}  // namespace certconnector::store
