// Remembers what the job intake announces.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/jobs/job_intake.h"

namespace certconnector::testing {

class RecordingWork final : public jobs::WorkListener {
 public:
  explicit RecordingWork(jobs::JobIntake& intake) : attachment_(intake, *this) {}

  void ready(const core::CaFingerprint& ca, std::size_t count) override {
    announced.emplace_back(ca, count);
  }
  void all_ready() override { ++all; }

  std::vector<std::pair<core::CaFingerprint, std::size_t>> announced;
  int all = 0;

 private:
  jobs::JobIntake::Attachment attachment_;
};

}  // namespace certconnector::testing
