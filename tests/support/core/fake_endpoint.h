// A cloud in memory, with every role but ChallengeValidator. By default it has no jobs, keeps every
// lease and accepts every result; a test replaces functions. Thread-safe when the functions are set
// before the threads start.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "agent/core/ports/credential.h"
#include "agent/core/ports/heartbeat_sink.h"
#include "agent/core/ports/job_feed.h"
#include "agent/core/ports/result_sink.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

class FakeEndpoint final : public core::JobFeed,
                           public core::ResultSink,
                           public core::HeartbeatSink,
                           public core::Credential {
 public:
  explicit FakeEndpoint(const Clock& clock) : clock_(clock) {}

  // The answers to the next lease calls, in turn; after them nothing.
  std::deque<Result<core::LeasedJobs>> leases;
  std::function<Result<std::vector<core::LeaseStanding>>(const std::vector<core::LeaseClaim>&)>
      on_acknowledge;
  std::function<Result<std::vector<core::LeaseStanding>>(const std::vector<core::LeaseClaim>&)>
      on_extend;
  std::function<Result<std::vector<core::ReportedItem>>(const std::vector<core::Report>&)>
      on_report;
  std::function<Status()> on_heartbeat;
  std::function<Result<std::vector<Bytes>>(const Bytes&)> on_renew;
  std::function<void(const core::LeaseQuery&, const StopToken&)> while_polling;

  // The calls.
  std::vector<core::LeaseQuery> lease_queries;
  std::vector<std::vector<core::LeaseClaim>> acknowledged;
  std::vector<std::vector<core::LeaseClaim>> extended;
  std::vector<std::vector<core::Report>> reported;
  std::vector<core::Heartbeat> heartbeats;

  [[nodiscard]] static Error unreachable();
  [[nodiscard]] static Error denied();
  [[nodiscard]] static Error protocol();
  [[nodiscard]] std::vector<core::LeaseStanding> held(std::size_t count) const;

  Result<core::LeasedJobs> lease(const core::LeaseQuery& query, const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> acknowledge(const std::vector<core::LeaseClaim>& claims,
                                                       const StopToken& stop) override;
  Result<std::vector<core::LeaseStanding>> extend(const std::vector<core::LeaseClaim>& claims,
                                                  Duration lease, const StopToken& stop) override;
  Result<std::vector<core::ReportedItem>> report(const std::vector<core::Report>& reports,
                                                 const StopToken& stop) override;
  Status heartbeat(const core::Heartbeat& heartbeat, const StopToken& stop) override;
  Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) override;

 private:
  const Clock& clock_;
  std::mutex mutex_;
};

}  // namespace certconnector::testing
