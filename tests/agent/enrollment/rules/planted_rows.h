// The rows that a test gives to a rule. Counts the questions.
#pragma once

#include <map>
#include <string>

#include "agent/enrollment/rules/enrollment_progress.h"

namespace certconnector::enrollment {

class PlantedRows final : public EnrollmentRows {
 public:
  std::map<std::int64_t, EnrollmentJob> jobs;
  std::map<std::int64_t, core::Outcome> outcomes;
  std::map<std::string, core::JobTicket> holders;
  std::optional<LineageFacts> planted_lineage;
  int asked = 0;

  Result<EnrollmentJob> job(core::JobTicket ticket) override {
    ++asked;
    const auto found = jobs.find(ticket.value);
    return found == jobs.end() ? EnrollmentJob{} : found->second;
  }
  Result<std::optional<core::Outcome>> outcome(core::JobTicket ticket) override {
    ++asked;
    const auto found = outcomes.find(ticket.value);
    return found == outcomes.end() ? std::nullopt : std::make_optional(found->second);
  }
  Result<std::optional<core::JobTicket>> holder(const std::string& challenge) override {
    ++asked;
    const auto found = holders.find(challenge);
    return found == holders.end() ? std::nullopt : std::make_optional(found->second);
  }
  Result<std::optional<LineageFacts>> lineage(const core::NewEnrollment&, Timestamp) override {
    ++asked;
    return planted_lineage;
  }
};

}  // namespace certconnector::enrollment
