// The management endpoint that is in use now. It can be exchanged while calls are under way (a
// renewed identity, an enrollment): they end on the one they started with, later ones use the new
// one.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "agent/core/ports/challenge_validator.h"
#include "agent/core/ports/management_endpoint.h"

namespace certconnector::upstream {

// Thread-safe. Empty at first: every call then answers transient, "not enrolled".
class EndpointSlot final : public core::ManagementEndpoint, public core::ChallengeValidator {
 public:
  // `challenges` null: this endpoint cannot be asked about challenges.
  void set(std::shared_ptr<core::ManagementEndpoint> endpoint,
           std::shared_ptr<core::ChallengeValidator> challenges = nullptr);

  Result<core::LeasedJobs> lease(const core::LeaseQuery& query, const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> acknowledge(const std::vector<core::LeaseClaim>& leases,
                                                       const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> extend(const std::vector<core::LeaseClaim>& leases,
                                                  Duration lease, const StopToken& stop) override;
  Result<std::vector<core::ReportedItem>> report(const std::vector<core::Report>& reports,
                                                 const StopToken& stop) override;
  Status heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) override;
  Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) override;
  Result<core::ChallengeVerdict> ask(const core::ChallengeQuestion& question, Duration limit,
                                     const StopToken& stop) override;

 private:
  [[nodiscard]] std::shared_ptr<core::ManagementEndpoint> current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<core::ManagementEndpoint> endpoint_;
  std::shared_ptr<core::ChallengeValidator> challenges_;
};

}  // namespace certconnector::upstream
