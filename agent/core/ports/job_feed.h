// A role of a cloud: it hands out jobs under leases. A cloud's protocol implements it.
//
// Each call is one request with its deadline; `stop` ends it early. Thread-safe: calls may overlap.
// Errors: transient (may carry Error::retry_after()), denied (the cloud refused the agent's
// identity), permanent (protocol).
#pragma once

#include <string>
#include <vector>

#include "agent/core/job.h"
#include "agent/core/ports/call_size.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"
#include "common/time/stop.h"

namespace certconnector::core {

struct LeaseQuery {
  std::size_t max_jobs = 100;  // 1 to 500
  Duration wait{30000};        // long poll, at most 30 s
  Duration lease{300000};
  std::vector<CaFingerprint> cas;  // those this agent serves now
  bool issue = true;
  bool revoke = true;
};

struct LeasedJobs {
  // In the order received. A job that the agent cannot read has a rejection, so that the agent
  // reports it. The agent only counts jobs without a usable id.
  std::vector<NewJob> jobs;
  std::size_t unreadable = 0;
};

struct LeaseClaim {  // a lease as the cloud knows it
  std::string id;
  std::uint64_t number = 0;
};
struct LeaseStanding {
  bool held = false;
  Timestamp until;  // when held; Clock::now() time
};

class JobFeed {
 public:
  virtual ~JobFeed() = default;

  virtual Result<LeasedJobs> lease(const LeaseQuery& query, const StopToken& stop) = 0;
  // Tells that the jobs are stored. One standing for each, in order.
  virtual Result<std::vector<LeaseStanding>> acknowledge(const std::vector<LeaseClaim>& leases,
                                                         const StopToken& stop) = 0;
  virtual Result<std::vector<LeaseStanding>> extend(const std::vector<LeaseClaim>& leases,
                                                    Duration lease, const StopToken& stop) = 0;
};

}  // namespace certconnector::core
