#include "agent/upstream/endpoint_slot.h"

#include <utility>

#include "agent/core/errors.h"

namespace certconnector::upstream {
namespace {

Error not_enrolled() {
  return {core::CoreErrc::not_enrolled, ErrorKind::transient,
          "the agent is not enrolled; get a token from the management endpoint and run: "
          "certconnector enroll"};
}

}  // namespace

void EndpointSlot::exchange(std::shared_ptr<void> cloud, const CloudRoles& roles) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::swap(cloud_, cloud);
  roles_ = roles;
}

// Keeps the cloud alive for as long as the call takes.
template <typename Role>
std::shared_ptr<Role> EndpointSlot::current(Role* CloudRoles::*role) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return roles_.*role == nullptr ? nullptr : std::shared_ptr<Role>(cloud_, roles_.*role);
}

Result<core::LeasedJobs> EndpointSlot::lease(const core::LeaseQuery& query, const StopToken& stop) {
  const auto feed = current(&CloudRoles::feed);
  if (!feed) return not_enrolled();
  return feed->lease(query, stop);
}

Result<std::vector<core::LeaseStanding>> EndpointSlot::acknowledge(
    const std::vector<core::LeaseClaim>& leases, const StopToken& stop) {
  const auto feed = current(&CloudRoles::feed);
  if (!feed) return not_enrolled();
  return feed->acknowledge(leases, stop);
}

Result<std::vector<core::LeaseStanding>> EndpointSlot::extend(
    const std::vector<core::LeaseClaim>& leases, Duration lease, const StopToken& stop) {
  const auto feed = current(&CloudRoles::feed);
  if (!feed) return not_enrolled();
  return feed->extend(leases, lease, stop);
}

Result<std::vector<core::ReportedItem>> EndpointSlot::report(
    const std::vector<core::Report>& reports, const StopToken& stop) {
  const auto results = current(&CloudRoles::results);
  if (!results) return not_enrolled();
  return results->report(reports, stop);
}

Status EndpointSlot::heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) {
  const auto heartbeats = current(&CloudRoles::heartbeats);
  if (!heartbeats) return not_enrolled();
  return heartbeats->heartbeat(heartbeat, stop);
}

Result<std::vector<Bytes>> EndpointSlot::renew_identity(const Bytes& pkcs10,
                                                        const StopToken& stop) {
  const auto credential = current(&CloudRoles::credential);
  if (!credential) return not_enrolled();
  return credential->renew_identity(pkcs10, stop);
}

Result<core::ChallengeVerdict> EndpointSlot::ask(const core::ChallengeQuestion& question,
                                                 Duration limit, const StopToken& stop) {
  const auto challenges = current(&CloudRoles::challenges);
  if (!challenges) return not_enrolled();
  return challenges->ask(question, limit, stop);
}

}  // namespace certconnector::upstream
