// Jobs as tables and in full.
#pragma once

#include <iosfwd>
#include <vector>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

// `now`: ages are relative to it.
void print_jobs(std::ostream& out, const control_proto::JobsListResult& result, Timestamp now,
                const Paint& paint);
void print_job(std::ostream& out, const control_proto::JobDetail& detail, Timestamp now,
               const Paint& paint);
void print_story(std::ostream& out, const control_proto::JobExplanation& story, const Paint& paint);

}  // namespace certconnector::cli
