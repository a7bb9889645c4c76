#include "tests/support/core/fake_endpoint.h"

#include "agent/core/errors.h"

namespace certconnector::testing {

using core::CoreErrc;

Error FakeEndpoint::unreachable() {
  return {CoreErrc::not_enrolled, ErrorKind::transient, "connection refused"};
}

Error FakeEndpoint::denied() {
  return {CoreErrc::not_enrolled, ErrorKind::denied, "the agent was revoked"};
}

Error FakeEndpoint::protocol() {
  return {CoreErrc::bad_answer, ErrorKind::permanent, "the request cannot be taken"};
}

std::vector<core::LeaseStanding> FakeEndpoint::held(std::size_t count) const {
  return std::vector<core::LeaseStanding>(count, {true, clock_.now() + std::chrono::minutes(5)});
}

Result<core::LeasedJobs> FakeEndpoint::lease(const core::LeaseQuery& query, const StopToken& stop) {
  if (while_polling) while_polling(query, stop);
  const std::lock_guard<std::mutex> lock(mutex_);
  lease_queries.push_back(query);
  if (leases.empty()) return core::LeasedJobs();
  auto answer = std::move(leases.front());
  leases.pop_front();
  return answer;
}

Result<std::vector<core::LeaseStanding>> FakeEndpoint::acknowledge(
    const std::vector<core::LeaseClaim>& claims, const StopToken& /*stop*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  acknowledged.push_back(claims);
  return on_acknowledge ? on_acknowledge(claims) : held(claims.size());
}

Result<std::vector<core::LeaseStanding>> FakeEndpoint::extend(
    const std::vector<core::LeaseClaim>& claims, Duration /*lease*/, const StopToken& /*stop*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  extended.push_back(claims);
  return on_extend ? on_extend(claims) : held(claims.size());
}

Result<std::vector<core::ReportedItem>> FakeEndpoint::report(
    const std::vector<core::Report>& reports, const StopToken& /*stop*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  reported.push_back(reports);
  if (on_report) return on_report(reports);
  return std::vector<core::ReportedItem>(reports.size());
}

Status FakeEndpoint::heartbeat(const core::Heartbeat& heartbeat, const StopToken& /*stop*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  heartbeats.push_back(heartbeat);
  return on_heartbeat ? on_heartbeat() : Status();
}

Result<std::vector<Bytes>> FakeEndpoint::renew_identity(const Bytes& pkcs10,
                                                        const StopToken& /*stop*/) {
  if (!on_renew) return unreachable();
  return on_renew(pkcs10);
}

}  // namespace certconnector::testing
