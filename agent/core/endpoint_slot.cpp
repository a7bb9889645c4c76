#include "agent/core/endpoint_slot.h"

#include <utility>

#include "agent/core/errors.h"

namespace certconnector::core {
namespace {

Error not_enrolled() {
  return {CoreErrc::not_enrolled, ErrorKind::transient,
          "the agent is not enrolled; get a token from the management endpoint and run: "
          "certconnector enroll"};
}

}  // namespace

void EndpointSlot::set(std::shared_ptr<ManagementEndpoint> endpoint,
                       std::shared_ptr<ChallengeAuthority> challenges) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::swap(endpoint_, endpoint);
  std::swap(challenges_, challenges);
}

std::shared_ptr<ManagementEndpoint> EndpointSlot::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return endpoint_;
}

Result<LeasedJobs> EndpointSlot::lease(const LeaseQuery& query, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->lease(query, stop);
}

Result<std::vector<LeaseStanding>> EndpointSlot::acknowledge(const std::vector<LeaseClaim>& leases,
                                                             const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->acknowledge(leases, stop);
}

Result<std::vector<LeaseStanding>> EndpointSlot::extend(const std::vector<LeaseClaim>& leases,
                                                        Duration lease, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->extend(leases, lease, stop);
}

Result<std::vector<ReportedItem>> EndpointSlot::report(const std::vector<Report>& reports,
                                                       const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->report(reports, stop);
}

Status EndpointSlot::heartbeat(const Heartbeat& heartbeat, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->heartbeat(heartbeat, stop);
}

Result<std::vector<Bytes>> EndpointSlot::renew_identity(const Bytes& pkcs10,
                                                        const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->renew_identity(pkcs10, stop);
}

Result<ChallengeVerdict> EndpointSlot::ask(const ChallengeQuestion& question, Duration limit,
                                           const StopToken& stop) {
  std::shared_ptr<ChallengeAuthority> challenges;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    challenges = challenges_;
  }
  if (!challenges) return not_enrolled();
  return challenges->ask(question, limit, stop);
}

}  // namespace certconnector::core
