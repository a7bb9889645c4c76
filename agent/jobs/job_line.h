// The line in the log about one job of a batch: one line for each job that ended or met trouble.
#pragma once

#include <string>

#include "agent/core/ports/job_store.h"
#include "common/crypto/pkcs10.h"
#include "common/log/log.h"

namespace certconnector::jobs {

// Holds what the line says, so that it can be written after the verdict is stored.
class JobLine {
 public:
  // `request`: of an issue job that could be read, else null. It outlives the line. `now` is
  // Clock::now().
  JobLine(const core::ClaimedJob& job, const crypto::Pkcs10* request, std::string ca,
          const core::Verdict& verdict, Timestamp now);

  // Looks at the request only for a line that the log takes.
  void write(log::Logger& logger) const;

 private:
  void read_outcome(const core::Outcome& outcome);
  void set(log::Level level, std::string_view event, std::string_view code,
           const std::string& message);

  log::Level level_ = log::Level::debug;
  std::string_view event_ = "job.waits";
  std::string message_ = "The job waits.";
  std::string code_;
  const crypto::Pkcs10* request_;
  std::string job_;
  std::string correlation_;
  std::string ca_;
  std::string serial_;
  std::string template_;
  int attempt_ = 1;
  Duration took_{};  // since the agent received it
};

}  // namespace certconnector::jobs
