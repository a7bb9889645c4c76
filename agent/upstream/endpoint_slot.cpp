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

void EndpointSlot::set(std::shared_ptr<core::ManagementEndpoint> endpoint,
                       std::shared_ptr<core::ChallengeValidator> challenges) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::swap(endpoint_, endpoint);
  std::swap(challenges_, challenges);
}

std::shared_ptr<core::ManagementEndpoint> EndpointSlot::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return endpoint_;
}

Result<core::LeasedJobs> EndpointSlot::lease(const core::LeaseQuery& query, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->lease(query, stop);
}

Result<std::vector<core::LeaseStanding>> EndpointSlot::acknowledge(
    const std::vector<core::LeaseClaim>& leases, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->acknowledge(leases, stop);
}

Result<std::vector<core::LeaseStanding>> EndpointSlot::extend(
    const std::vector<core::LeaseClaim>& leases, Duration lease, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->extend(leases, lease, stop);
}

Result<std::vector<core::ReportedItem>> EndpointSlot::report(
    const std::vector<core::Report>& reports, const StopToken& stop) {
  const auto endpoint = current();
  if (!endpoint) return not_enrolled();
  return endpoint->report(reports, stop);
}

Status EndpointSlot::heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) {
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

Result<core::ChallengeVerdict> EndpointSlot::ask(const core::ChallengeQuestion& question,
                                                 Duration limit, const StopToken& stop) {
  std::shared_ptr<core::ChallengeValidator> challenges;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    challenges = challenges_;
  }
  if (!challenges) return not_enrolled();
  return challenges->ask(question, limit, stop);
}

}  // namespace certconnector::upstream
