// The management endpoint that is in use now. It can be exchanged while calls are under way (a
// renewed identity, an enrollment): they end on the one they started with, later ones use the new
// one.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "agent/core/ports/challenge_authority.h"
#include "agent/core/ports/management_endpoint.h"

namespace certconnector::core {

// Thread-safe. Empty at first: every call then answers transient, "not enrolled".
class EndpointSlot final : public ManagementEndpoint, public ChallengeAuthority {
 public:
  // `challenges` null: this endpoint cannot be asked about challenges.
  void set(std::shared_ptr<ManagementEndpoint> endpoint,
           std::shared_ptr<ChallengeAuthority> challenges = nullptr);

  Result<LeasedJobs> lease(const LeaseQuery& query, const StopToken& stop) override;
  Result<std::vector<LeaseStanding>> acknowledge(const std::vector<LeaseClaim>& leases,
                                                 const StopToken& stop) override;
  Result<std::vector<LeaseStanding>> extend(const std::vector<LeaseClaim>& leases, Duration lease,
                                            const StopToken& stop) override;
  Result<std::vector<ReportedItem>> report(const std::vector<Report>& reports,
                                           const StopToken& stop) override;
  Status heartbeat(const Heartbeat& heartbeat, const StopToken& stop) override;
  Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) override;
  Result<ChallengeVerdict> ask(const ChallengeQuestion& question, Duration limit,
                               const StopToken& stop) override;

 private:
  [[nodiscard]] std::shared_ptr<ManagementEndpoint> current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<ManagementEndpoint> endpoint_;
  std::shared_ptr<ChallengeAuthority> challenges_;
};

}  // namespace certconnector::core
