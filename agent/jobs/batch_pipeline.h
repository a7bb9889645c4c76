// One batch on its way through a runner: each step gives verdicts to some jobs, the later ones look
// at the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/jobs/ca_answers.h"
#include "agent/jobs/lease_guard.h"
#include "agent/jobs/scheduler.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::jobs {

// A request that waits at the CA, which did not answer about it.
struct UnansweredWait {
  std::size_t job;  // its place in the batch
  std::string message;
};

// Lives on the stack of Runner::run; the steps are called in the order in which they stand here.
class BatchPipeline {
 public:
  BatchPipeline(Batch& batch, const AnswerRules& rules, const Clock& clock,
                runtime::RandomSource& random, StopToken stop);

  void read_requests();
  // Asks the CA for the outcomes of interrupted and pending jobs.
  void ask_about_earlier_attempts();
  void drop_overdue();
  void check_leases(LeaseGuard& leases);
  void revoke();
  void submit();

  // After the last step every job has one.
  [[nodiscard]] std::vector<std::optional<core::Verdict>>& verdicts() { return verdicts_; }
  [[nodiscard]] const Batch& batch() const { return batch_; }
  // Of job i; null: none that can be read.
  [[nodiscard]] const crypto::Pkcs10* request(std::size_t i) const {
    return requests_[i] ? &*requests_[i] : nullptr;
  }
  [[nodiscard]] BatchOutcome outcome() const;
  // Such a job goes on waiting, so its verdict says nothing of it.
  [[nodiscard]] const std::vector<UnansweredWait>& unanswered() const { return unanswered_; }
  // The CA's stored data is damaged: the agent must stop.
  [[nodiscard]] const std::optional<Error>& damage() const { return damage_; }

 private:
  [[nodiscard]] AnswerContext context() const;
  // For a call that begins now.
  [[nodiscard]] core::CallContext call() const;
  [[nodiscard]] const core::CaPorts& ports() const { return batch_.handle->ports; }
  // Why this CA does not get the request, or the request not its subject.
  [[nodiscard]] std::optional<core::Failed> why_not_here(const core::Job& job,
                                                         const crypto::Pkcs10& request) const;
  void ask_about_pending(std::size_t i);
  void ask_about_interrupted(std::size_t i);
  [[nodiscard]] core::Submission submission(std::size_t i) const;
  [[nodiscard]] std::optional<core::Failed> wrong_issuer(const core::RevokeRequest& request) const;
  void note_unavailable(const std::string& why, std::optional<Duration> retry_after);
  void note_damage(const Error& error);
  template <typename Answer>
  void note(const Answer& answer);
  // A certificate of another party's CA counts only when it matches the request.
  void compare(std::size_t i, core::SubmitAnswer& answer);
  [[nodiscard]] std::string take_back(std::size_t i, const core::IssuedCertificate& issued);

  Batch& batch_;
  const AnswerRules& rules_;
  const Clock& clock_;
  runtime::RandomSource& random_;
  const StopToken stop_;
  std::vector<std::optional<core::Verdict>> verdicts_;
  std::vector<std::optional<crypto::Pkcs10>> requests_;
  std::vector<bool> sent_again_;  // in doubt, and sent again because the policy says so
  bool ca_worked_ = false;
  bool ca_failed_ = false;
  std::string failure_;  // the CA's first answer of that kind
  std::optional<Duration> retry_after_;
  std::optional<Error> damage_;
  std::vector<UnansweredWait> unanswered_;
};

}  // namespace certconnector::jobs
