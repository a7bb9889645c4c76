// The connection to a cloud that is in use now. It can be exchanged while calls are under way (a
// renewed identity, an enrollment): they end on the one they started with, later ones use the new
// one.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "agent/upstream/cloud_roles.h"

namespace certconnector::upstream {

// Thread-safe. Empty at first: every call then answers transient, "not enrolled".
class EndpointSlot final : public core::JobFeed,
                           public core::ResultSink,
                           public core::ChallengeValidator,
                           public core::HeartbeatSink,
                           public core::Credential {
 public:
  // A role that the cloud lacks answers as an empty slot does; no loop of its session asks for it.
  template <typename Cloud>
  void set(const std::shared_ptr<Cloud>& cloud) {
    exchange(cloud, roles_of(*cloud));
  }

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
  void exchange(std::shared_ptr<void> cloud, const CloudRoles& roles);
  template <typename Role>
  [[nodiscard]] std::shared_ptr<Role> current(Role* CloudRoles::*role) const;

  mutable std::mutex mutex_;
  std::shared_ptr<void> cloud_;
  CloudRoles roles_;  // of cloud_
};

}  // namespace certconnector::upstream
